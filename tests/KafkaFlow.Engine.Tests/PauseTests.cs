using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>A run that is held: paused by somebody, or parked for an operator.</summary>
[Trait("tier", "fast")]
public sealed class PauseTests
{
    [Fact]
    public void A_paused_run_records_what_comes_and_begins_nothing_until_it_is_resumed()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [a, w, p, each, r, t]
            - {step: a, tool: echo, next: b}
            - {step: b, tool: echo}
            - {step: w, wait: {signal: go}, next: w2}
            - {step: w2, tool: echo}
            - {step: p, approval: true, next: p2}
            - {step: p2, tool: echo}
            - step: each
              tool: iterator
              collection: [1, 2, 3]
              task: {tool: echo}
            - {step: r, tool: echo, retry: {initial_delay: 0}}
            - {step: t, tool: echo, while: {condition: result < 2}}
            """).Started().Pause();
        var handed = run.Tasks.Count;
        run.Done("a#1", "1").Signal("go", "2").Decided("p#1", "approve").Done("each#1[0]", "3").Broken("r#1").Done("t#1[0]", "1");
        Assert.Equal(handed, run.Tasks.Count);
        Assert.Equal(("1", "2"), (run.FactOf(EventTypes.StepCompleted, "a#1").Result, run.FactOf(EventTypes.StepCompleted, "w#1").Result));
        Assert.Contains(Waiting.For(run.State!), one => one.Kind == "paused");
        run.Resume();
        Assert.Equal(["b#1", "each#1[1]", "p2#1", "t#1[1]", "w2#1"], run.Tasks.Skip(handed).Select(task => task.Activation).Order(StringComparer.Ordinal));
        Assert.Equal(0, run.DueIn("r#1"));
        run.Ring("r#1");
        Assert.Equal(2, run.TaskOf("r#1").Attempt);
        run.Done("b#1").Done("w2#1").Done("p2#1").Done("each#1[1]").Done("each#1[2]").Done("r#1").Done("t#1[1]", "2");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void A_worker_that_showed_itself_after_its_timer_fell_due_in_a_pause_is_not_lost_at_the_resume()
    {
        var run = YamlRun.Of("- {step: a, tool: echo, timeout: {heartbeat: 5s}}").Started().Began("a#1").Pause();
        run.Ring("a#1");
        run.When(run.AnswerOf("a#1", null) with { EventType = CommandTypes.ActionHeartbeat });
        run.Resume();
        var rearmed = Assert.IsType<DecisionOutcome.RearmTimer>(run.Ring("a#1").Outcome);
        Assert.Equal(5_000, (rearmed.DueAt.UnixMicros - run.Clock.UnixMicros) / 1000);
        Assert.Equal(1, run.State!.Activations["a#1"].Attempt);
    }

    [Fact]
    public void Timers_that_fall_due_are_kept_for_the_resume()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [w, r]
            - {step: w, wait: 10s, next: w2}
            - {step: w2, tool: echo}
            - {step: r, tool: echo, retry: {initial_delay: 10s, jitter: false}}
            """).Started().Broken("r#1").Pause();
        var facts = run.Facts.Count;
        run.Ring("w#1");
        run.Ring("r#1");
        Assert.Equal(facts, run.Facts.Count);
        run.Later(60_000).Resume();
        Assert.True(run.DueIn("w#1") < 0 && run.DueIn("r#1") < 0);
        run.Ring("w#1");
        run.Ring("r#1");
        Assert.Equal(("w2#1", 2), (run.TaskOf("w2#1").Activation, run.TaskOf("r#1").Attempt));
    }

    [Fact]
    public void A_paused_run_is_not_terminal_when_everything_has_ended_and_ends_on_resume()
    {
        var run = YamlRun.Of("- {step: a, tool: echo}").Started().Pause().Done("a#1", "1");
        Assert.Equal((ExecutionStatus.Paused, 0), (run.State!.Status, run.State.Live));
        run.Resume();
        Assert.Equal((EventTypes.ExecutionCompleted, "1"), (run.Last.EventType, run.Last.Result));
    }

    [Fact]
    public void The_deadline_runs_on_and_a_failure_and_a_cancel_close_a_paused_run()
    {
        var run = YamlRun.Of("- {step: a, tool: echo}", "deadline: 10s").Started().Pause();
        var key = TimerKeys.Deadline(TestRun.Id);
        run.Later(10_000).Accepted(TimerKeys.Fired(key, run.Timers[key].UnixMicros / 1000));
        Assert.Equal((EventTypes.ExecutionFailed, "deadline"), (run.Last.EventType, run.Last.ErrorOf().Code));
        Assert.Equal(EventTypes.ExecutionFailed, YamlRun.Of("- {step: a, tool: echo}").Started().Pause().Broken("a#1").Last.EventType);
        Assert.Equal(EventTypes.ExecutionCancelled, YamlRun.Of("- {step: a, tool: echo}").Started().Pause().Cancel().Last.EventType);
    }

    [Fact]
    public void A_paused_run_that_drains_stays_paused_after_a_failure()
    {
        var run = YamlRun.Of("- {step: start, next: [a, b]}\n- {step: a, tool: echo}\n- {step: b, tool: echo, next: c}\n- {step: c, tool: echo}",
            "on_failure: drain").Started().Pause().Broken("a#1");
        Assert.Equal(ExecutionStatus.Paused, run.State!.Status);
        run.Done("b#1").Resume().Done("c#1");
        Assert.Equal((EventTypes.ExecutionFailed, "boom"), (run.Last.EventType, run.Last.ErrorOf().Code));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_code_to_park_on_parks_the_run_and_resume_begins_another_attempt(bool paused)
    {
        var run = YamlRun.Of("- {step: a, tool: echo}\n- {step: b, tool: echo}", settings: new() { ParkOn = ["missing_credential"] }).Started();
        if (paused) run.Pause();
        run.Broken("a#1", "missing_credential", ",\"retryable\":false");
        Assert.Equal((ExecutionStatus.Parked, "a#1: missing_credential: it broke"), (run.State!.Status, run.State.ParkedReason));
        Assert.DoesNotContain(EventTypes.StepFailed, run.Types);
        Assert.Equal("parked", Waiting.For(run.State)[0].Kind);
        Assert.True(Assert.IsType<DecisionOutcome.Hold>(run.When(run.AnswerOf("a#1")).Outcome).Parked);
        run.Resume();
        Assert.Equal((2, ActivationPhase.Scheduled), (run.TaskOf("a#1").Attempt, run.State.Activations["a#1"].Phase));
        run.Done("a#1", "1");
        Assert.Equal((EventTypes.ExecutionCompleted, "1"), (run.Last.EventType, run.Last.Result));
    }

    [Fact]
    public void An_item_parks_too_and_other_codes_do_not()
    {
        var run = YamlRun.Of("""
            - step: each
              tool: iterator
              collection: [1, 2]
              mode: async
              task: {tool: echo}
            """, settings: new() { ParkOn = ["locked"] }).Started().Broken("each#1[1]", "locked").Resume();
        Assert.Equal(2, run.TaskOf("each#1[1]").Attempt);
        run.Broken("each#1[1]");
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }
}
