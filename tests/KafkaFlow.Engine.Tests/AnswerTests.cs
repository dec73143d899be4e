using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class AnswerTests
{
    private static TestRun Sequence() =>
        new TestRun(new Playbook().Task("a").Task("b").Edge("a", "b").Build()).Started();

    [Fact]
    public void The_first_answer_in_log_order_wins_and_its_repeat_changes_nothing()
    {
        var run = Sequence();
        var answer = run.Answer("a", "1");
        run.Accepted(answer);
        var facts = run.Facts.Count;

        Assert.IsType<DecisionOutcome.Ignored>(run.When(answer with { Result = "2" }).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(
            run.When(answer with { EventType = CommandTypes.ActionFailed, Error = "{}" }).Outcome);

        Assert.Equal(facts, run.Facts.Count);
        Assert.Equal("1", run.Fact(EventTypes.StepCompleted).Result);
    }

    [Fact]
    public void An_answer_with_another_content_or_attempt_is_stale_once_per_attempt()
    {
        var run = Sequence();
        var answer = run.Answer("a", "1");

        Assert.Equal(EventTypes.StaleResult, Assert.Single(run.Accepted(answer with { TaskHash = "other" }).Facts).EventType);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(answer with { TaskHash = "other" }).Outcome);
        Assert.Equal(9, Assert.Single(run.Accepted(answer with { Attempt = 9 }).Facts).Attempt);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(answer with { Attempt = 9 }).Outcome);

        run.Accepted(answer);
        Assert.Equal("1", run.Fact(EventTypes.StepCompleted).Result);
    }

    [Fact]
    public void Stale_attempts_that_are_remembered_are_bounded()
    {
        var run = Sequence();
        for (var attempt = 2; attempt < 100; attempt++) run.When(run.Answer("a", "1") with { Attempt = attempt });

        Assert.Equal(16, run.Types.Count(type => type == EventTypes.StaleResult));
    }

    [Fact]
    public void An_answer_for_no_activation_of_the_run_is_ignored()
    {
        var run = Sequence();

        Assert.IsType<DecisionOutcome.Ignored>(run.When(run.Answer("a", "1") with { Activation = "zzz#1" }).Outcome);
    }

    [Fact]
    public void A_step_completes_with_its_worker_and_the_duration_it_reports()
    {
        var run = Sequence();
        run.Clock = run.Clock.PlusMillis(500);
        run.Accepted(run.Answer("a", "1") with { DurationMs = 321, WorkerId = "w9" });

        var fact = run.Fact(EventTypes.StepCompleted);
        Assert.Equal((321L, "w9", run.Fact(EventTypes.StepStarted, "a").EventId),
            (fact.DurationMs, fact.WorkerId, fact.ParentEventId));
    }

    [Fact]
    public void An_answer_that_cannot_be_decoded_fails_the_live_attempt_it_names()
    {
        var run = Sequence();
        var poison = new Command
        {
            EventType = CommandTypes.ActionFailed,
            ExecutionId = TestRun.Id,
            TaskId = run.Task("a").TaskId,
        };

        Assert.Equal(DlqCodes.Undecodable, Assert.IsType<DecisionOutcome.DeadLetter>(
            run.When(poison with { TaskId = "order-17/a#1/2" }, undecodable: "byte 3").Outcome).Code);
        run.When(poison, undecodable: "byte 3 of the value is no JSON");

        Assert.Contains("undecodable_answer", run.Fact(EventTypes.ActionFailed).Error, StringComparison.Ordinal);
        Assert.Contains("byte 3 of the value", run.Last.Error, StringComparison.Ordinal);
        Assert.Equal(DlqCodes.Undecodable,
            Assert.IsType<DecisionOutcome.DeadLetter>(run.When(poison, undecodable: "again").Outcome).Code);
    }

    [Fact]
    public void Decision_time_never_goes_back_when_the_brokers_clock_does()
    {
        var run = Sequence();
        var before = run.Last.CreatedAt;
        run.Clock = run.Clock.PlusMillis(-60_000);

        run.Complete("a");

        Assert.Equal(before, run.Last.CreatedAt);
    }

    [Fact]
    public void Signals_are_recorded_up_to_a_limit_and_leftovers_are_listed_at_the_end()
    {
        var playbook = new Playbook().Task("a").Build();
        var run = new TestRun(playbook, new() { MaxSignals = 2 }).Started();
        var signal = new Command
        {
            EventType = CommandTypes.SignalReceived,
            ExecutionId = TestRun.Id,
            Name = "go",
            Payload = """{"x":1}""",
        };
        run.Accepted(signal);
        run.Accepted(signal with { Name = "stop" });
        run.Accepted(signal);

        Assert.Equal([EventTypes.SignalReceived, EventTypes.SignalReceived, EventTypes.CommandRejected],
            run.Types.TakeLast(3));
        run.Complete("a");
        Assert.Equal("""{"leftover_signals":["go","stop"]}""", run.Last.Meta);
    }
}
