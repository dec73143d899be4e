using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class FailureTests
{
    private static Playbook Two(OnFailure onFailure = OnFailure.FailFast) => new Playbook { OnFailure = onFailure }
        .Step("start").Task("a").Task("b").Task("after_b").Edge("start", "a").Edge("start", "b").Edge("b", "after_b");

    [Fact]
    public void Fail_fast_cancels_what_is_live_and_names_the_step()
    {
        var run = new TestRun(Two().Build()).Started();

        var decision = run.Fail("a", "http_503", "no luck");

        Assert.Equal(
            [
                EventTypes.ActionFailed, EventTypes.StepFailed, EventTypes.ExecutionClosing, EventTypes.StepCancelled,
                EventTypes.ExecutionFailed,
            ],
            decision.Facts.Select(fact => fact.EventType));
        Assert.Equal("""{"step":"a","code":"http_503","message":"no luck","attempt":1,"retryable":false}""", run.Last.Error);
        Assert.Equal(("order-17/b#1/1", TaskControl.Cancelled),
            (Assert.Single(run.Controls).TaskId, run.Controls[0].Action));
        Assert.Empty(run.Timers);
        Assert.Equal(run.Fact(EventTypes.ExecutionClosing).EventId, run.Last.ParentEventId);
        Assert.Equal(run.Fact(EventTypes.StepFailed).EventId, run.Fact(EventTypes.ExecutionClosing).ParentEventId);
    }

    [Fact]
    public void Drain_waits_for_all_and_then_fails_with_the_first_error()
    {
        var run = new TestRun(Two(OnFailure.Drain).Build()).Started();
        run.Fail("a", "first");
        run.Complete("b");
        run.Fail("after_b", "second");

        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("\"code\":\"first\"", run.Last.Error, StringComparison.Ordinal);
        Assert.Empty(run.Controls);
    }

    [Fact]
    public void An_on_error_edge_catches_a_failure_and_sees_the_error()
    {
        var playbook = new Playbook().Task("risky").Task("normal")
            .Task("rescue", """{"code":"{{ error.code }}","why":"{{ error.message }}"}""").Step("end")
            .Edge("risky", "normal").Edge("risky", "rescue", onError: true, args: """{"at":"{{ error.step }}"}""")
            .Edge("normal", "end").Edge("rescue", "end").Build();
        var run = new TestRun(playbook).Started();

        run.Fail("risky", "boom", "broke");
        Assert.Equal("""{"args":{"at":"risky","code":"boom","why":"broke"}}""", run.Task("rescue").Input);
        run.Complete("rescue", "\"saved\"");

        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.Equal("\"saved\"", run.Last.Result);
        Assert.Equal("SKIPPED", run.Outcomes()["normal"]);
    }

    [Fact]
    public void An_on_error_edge_is_dead_when_the_step_succeeds()
    {
        var playbook = new Playbook().Task("risky").Task("rescue").Edge("risky", "rescue", onError: true).Build();
        var run = new TestRun(playbook).Started();

        run.Complete("risky", "1");

        Assert.Equal("SKIPPED", run.Outcomes()["rescue"]);
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void A_result_over_the_limit_fails_the_step_with_size_and_limit()
    {
        var run = new TestRun(new Playbook().Task("a").Build()).Started();

        run.Complete("a", $"\"{new string('x', SizeLimits.AnswerBytes)}\"");

        Assert.Contains($"the result has {SizeLimits.AnswerBytes + 2} bytes; at most {SizeLimits.AnswerBytes}",
            run.Fact(EventTypes.StepFailed).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_over_the_limit_fails_the_step_and_hands_nothing_out()
    {
        var playbook = new Playbook().Task("a").Task("b").Task("c").Task("big", """{"x":"{{ a }}{{ b }}{{ c }}"}""")
            .Edge("a", "b").Edge("b", "c").Edge("c", "big").Build();
        var run = new TestRun(playbook).Started();
        foreach (var step in new[] { "a", "b", "c" }) run.Complete(step, $"\"{new string('x', 200_000)}\"");

        Assert.Contains("the rendered input has", run.Fact(EventTypes.StepFailed, "big").Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Tasks, task => task.Step == "big");
    }

    [Fact]
    public void An_input_that_cannot_be_rendered_fails_the_step_and_hands_nothing_out()
    {
        var playbook = new Playbook().Step("start").Task("ok").Task("bad", """{"x":"{{ workload.absent }}"}""")
            .Edge("start", "ok").Edge("start", "bad").Build();

        var run = new TestRun(playbook).Started();

        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("args:", run.Fact(EventTypes.StepFailed, "bad").Error, StringComparison.Ordinal);
        Assert.Empty(run.Tasks);
        Assert.Empty(run.Controls);
        Assert.Empty(run.Timers);
    }

    [Fact]
    public void A_result_that_is_no_json_fails_the_step()
    {
        var run = new TestRun(new Playbook().Task("a").Build()).Started();

        run.Complete("a", "{oops");

        Assert.Contains("bad_answer", run.Fact(EventTypes.StepFailed).Error, StringComparison.Ordinal);
        Assert.Null(run.Fact(EventTypes.StepFailed).Result);
    }

    [Fact]
    public void A_save_that_needs_a_worker_is_refused_by_name()
    {
        var playbook = new Playbook().Step("a", "python", with: (node, tree) => node with
        {
            Save = tree("""{"storage":"postgres","args":{}}"""),
        }).Build();
        var run = new TestRun(playbook).Started();

        run.Complete("a", "1");

        Assert.Contains("save to 'postgres' is not available", run.Last.Error, StringComparison.Ordinal);
    }
}
