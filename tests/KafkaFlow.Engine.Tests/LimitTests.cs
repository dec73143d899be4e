using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class LimitTests
{
    private static Playbook Chain(int routers)
    {
        var playbook = new Playbook().Step("r0");
        for (var i = 1; i < routers; i++) playbook.Step($"r{i}").Edge($"r{i - 1}", $"r{i}");
        return playbook.Task("last").Edge($"r{routers - 1}", "last");
    }

    [Fact]
    public void A_decision_ends_at_its_limit_and_goes_on_with_its_own_command()
    {
        var run = new TestRun(Chain(1_000).Build()).Started();
        Assert.Equal(256, run.Facts.Count, 2d);
        Assert.Empty(run.Tasks);
        Assert.Equal("continue", Assert.Single(run.Sent).EventType);

        var decisions = run.Settle();

        Assert.Equal(7, decisions);
        Assert.Equal("last", Assert.Single(run.Tasks).Step);
        Assert.Null(run.State!.Cursor);
    }

    [Fact]
    public void Only_the_stored_cursor_goes_on()
    {
        var run = new TestRun(Chain(300).Build()).Started();
        var own = run.Sent.Dequeue();

        Assert.IsType<DecisionOutcome.Ignored>(run.When(own with { Cursor = "order-17/1" }).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(own with { Cursor = null }).Outcome);
        run.Accepted(own);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(own).Outcome);
    }

    [Fact]
    public void Another_command_between_goes_on_with_the_pending_work_too()
    {
        var run = new TestRun(Chain(400).Build()).Started();
        var own = run.Sent.Dequeue();

        run.Accepted(new() { EventType = CommandTypes.SignalReceived, ExecutionId = TestRun.Id, Name = "x" });
        run.Settle();

        Assert.Equal("last", Assert.Single(run.Tasks).Step);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(own).Outcome);
    }

    [Fact]
    public void A_decision_is_bounded_by_bytes_too()
    {
        var workload = $$"""{"big":"{{new string('x', 100_000)}}"}""";
        var playbook = new Playbook(workload).Step("start");
        for (var i = 0; i < 10; i++) playbook.Task($"t{i}", """{"x":"{{ workload.big }}"}""").Edge("start", $"t{i}");
        var run = new TestRun(playbook.Build()).Started();
        run.Settle();

        Assert.Equal(10, run.Tasks.Count);
        Assert.All(run.Log, entry => Assert.True(entry.Decision.Facts.Sum(fact => fact.Context?.Length ?? 0) < 400_000));
        Assert.True(run.Log.Count >= 4);
    }
}
