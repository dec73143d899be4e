using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class ViewTests
{
    [Fact]
    public void A_run_shows_its_steps_in_start_order_with_attempts_results_and_errors()
    {
        var playbook = new Playbook().Step("start").Task("a").Task("b").Task("never")
            .Edge("start", "a").Edge("a", "b").Edge("a", "never", when: "{{ result == 2 }}").Build();
        var run = new TestRun(playbook).Started();
        run.Clock = run.Clock.PlusMillis(40);
        run.Complete("a", "1");
        run.Clock = run.Clock.PlusMillis(2);
        run.Fail("b", "boom", "broke");

        var view = run.View();

        Assert.Equal(["start", "a", "b"], view.Steps.Select(step => step.Step));
        Assert.Equal([0, 1, 1], view.Steps.Select(step => step.Attempts));
        Assert.Equal(["COMPLETED", "COMPLETED", "FAILED"], view.Steps.Select(step => step.Status));
        Assert.Equal(("FAILED", 42L, 40L, "1"), (view.Status, view.DurationMs, view.Steps[1].DurationMs, view.Steps[1].Result));
        Assert.StartsWith("""{"execution_id":"order-17","playbook":{"path":"tests/playbook","version":3,""", view.ToJson(),
            StringComparison.Ordinal);
        Assert.Contains("""
            "error":{"step":"b","code":"boom","message":"broke","attempt":1,"retryable":false},"started_at":"2023-11-14T22:13:20.000000Z"
            """.Trim(), view.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_names_the_task_since_when_until_when_what_then_and_what_helps()
    {
        var playbook = new Playbook { DeadlineMs = 99_000 }.Step("start").Task("a", timeouts: new() { QueueMs = 9_000 })
            .Task("b").Edge("start", "a").Edge("start", "b").Build();
        var run = new TestRun(playbook).Started();
        run.Begin("b");

        var waiting = Waiting.For(run.State!);

        Assert.Equal(
            [("a#1", "task_queued"), ("b#1", "task_running"), (null, "deadline")],
            waiting.Select(item => (item.Activation, item.Kind)));
        Assert.Equal((run.Clock.PlusMillis(9_000), "the step fails with queue_timeout", "kafkaflow worker run --types python"),
            (waiting[0].Until!.Value, waiting[0].Next, waiting[0].Fix));
        Assert.Contains("worker w1 works on python task order-17/b#1/1", waiting[1].What, StringComparison.Ordinal);
        Assert.Contains("attempt 2 begins", waiting[1].Next, StringComparison.Ordinal);
        run.Complete("a");
        run.Complete("b");
        Assert.Empty(Waiting.For(run.State!));
    }

    [Fact]
    public void Parents_of_facts_form_one_tree()
    {
        var run = new TestRun(new Playbook().Step("start").Task("a").Task("b").Step("end")
            .Edge("start", "a").Edge("start", "b").Edge("a", "end").Edge("b", "end").Build()).Started();
        run.Complete("a");
        run.Complete("b");

        Assert.Null(run.Facts[0].ParentEventId);
        foreach (var fact in run.Facts.Skip(1))
        {
            var parent = run.Facts.Single(other => other.EventId == fact.ParentEventId);
            Assert.True(parent.Seq < fact.Seq);
        }
        Assert.Equal(run.Fact(EventTypes.StepCompleted, "end").EventId, run.Last.ParentEventId);
    }
}
