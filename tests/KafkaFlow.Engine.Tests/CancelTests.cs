using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class CancelTests
{
    private static readonly Command Cancel = new()
    {
        EventType = CommandTypes.CancelRequested,
        ExecutionId = TestRun.Id,
        Actor = "ana",
        Reason = "wrong order",
    };

    [Fact]
    public void Cancel_closes_the_run_without_waiting_for_workers()
    {
        var run = new TestRun(new Playbook().Step("start").Task("a").Task("b")
            .Edge("start", "a").Edge("start", "b").Build()).Started();

        run.Accepted(Cancel);

        Assert.Equal(
            [
                EventTypes.CancelRequested, EventTypes.ExecutionClosing, EventTypes.StepCancelled,
                EventTypes.StepCancelled, EventTypes.ExecutionCancelled,
            ],
            run.Types.TakeLast(5));
        Assert.Equal("""{"reason":"wrong order","actor":"ana"}""", run.Fact(EventTypes.CancelRequested).Meta);
        Assert.Equal(["order-17/a#1/1", "order-17/b#1/1"], run.Controls.Select(control => control.TaskId));
        Assert.Equal("CANCELLED", run.View().Status);
        Assert.Equal(DlqCodes.FinishedExecution,
            Assert.IsType<DecisionOutcome.DeadLetter>(run.When(run.Answer("a", "1")).Outcome).Code);
    }

    [Fact]
    public void A_cancel_while_closing_is_recorded_only()
    {
        var playbook = new Playbook().Step("start");
        for (var i = 0; i < 20; i++) playbook.Task($"t{i}").Edge("start", $"t{i}");
        var run = new TestRun(playbook.Build(), new() { MaxFactsPerDecision = 8 }).Started();
        run.Settle();
        run.Fail("t3");
        Assert.Equal(ExecutionStatus.Closing, run.State!.Status);

        run.Accepted(Cancel);
        run.Settle();

        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Single(run.Types, type => type == EventTypes.ExecutionClosing);
        Assert.Equal(19, run.Outcomes().Count(outcome => outcome.Value == "CANCELLED"));
    }

    [Fact]
    public void A_parked_run_holds_everything_but_resume_and_cancel()
    {
        var run = new TestRun(new Playbook().Task("a").Build()).Started();
        var parked = Engine.Park(run.State!, run.Log[^1].Input, "the decision threw");
        Assert.Equal(EventTypes.ExecutionParked, Assert.Single(parked.Facts).EventType);
        var input = run.Log[^1].Input with { Offset = 900 };

        Assert.True(Assert.IsType<DecisionOutcome.Hold>(
            Engine.Decide(parked.State, input with { Command = run.Answer("a", "1") }).Outcome).Parked);
        var resumed = Engine.Decide(parked.State, input with
        {
            Command = new() { EventType = CommandTypes.ResumeRequested, ExecutionId = TestRun.Id },
        });
        Assert.Equal(EventTypes.ExecutionResumed, Assert.Single(resumed.Facts).EventType);
        var done = Engine.Decide(resumed.State, input with { Command = run.Answer("a", "1") });
        Assert.Equal(EventTypes.ExecutionCompleted, done.Facts[^1].EventType);
        var cancelled = Engine.Decide(parked.State, input with { Command = Cancel });
        Assert.Equal(EventTypes.ExecutionCancelled, cancelled.Facts[^1].EventType);
    }
}
