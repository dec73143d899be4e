using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Failure and the order of closing: docs/semantics.md section 9.</summary>
[Trait("tier", "fast")]
public sealed class ClosingTests
{
    private const string Saga = """
        - step: start
          next: [book, pay, other]
        - step: book
          tool: echo
          compensate: unbook
          next: ship
        - step: pay
          tool: echo
          compensate: repay
        - step: other
          tool: echo
        - step: ship
          tool: echo
        - step: unbook
          tool: echo
          args: {what: "{{ result }}", status: "{{ event }}", why: "{{ error.code | default('none') }}"}
        - step: repay
          tool: echo
          args: {what: "{{ result }}"}
        - step: tell
          tool: echo
          finally: true
          args: {status: "{{ event }}", why: "{{ error.code | default('none') }}"}
        - step: clean
          tool: echo
          finally: true
        """;

    [Fact]
    public void Closing_cancels_then_undoes_backwards_then_runs_finally_then_ends()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1", "\"p\"").Done("book#1", "\"b\"");
        var before = run.Facts.Count;
        run.Broken("ship#1").Done("unbook#1").Done("repay#1").Done("tell#1").Done("clean#1");
        Assert.Equal(
        [
            "action_failed ship#1", "step_failed ship#1", "execution_closing", "step_cancelled other#1",
            "compensation_started book#1", "step_started unbook#1", "step_completed unbook#1", "compensation_completed book#1",
            "compensation_started pay#1", "step_started repay#1", "step_completed repay#1", "compensation_completed pay#1",
            "finally_started", "step_started tell#1", "step_completed tell#1", "step_started clean#1", "step_completed clean#1",
            "execution_failed",
        ], run.Since(before));
        Assert.Equal("""{"what":"b","status":"FAILED","why":"boom"}""", run.TaskOf("unbook#1").Input()["args"]!.ToJsonString());
        Assert.Equal("p", (string)run.TaskOf("repay#1").Input()["args"]!["what"]!);
        Assert.Equal("""{"status":"FAILED","why":"boom"}""", run.TaskOf("tell#1").Input()["args"]!.ToJsonString());
        Assert.Equal("boom", run.Last.ErrorOf().Code);
    }

    [Fact]
    public void A_run_that_completes_undoes_nothing_and_runs_finally()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Done("book#1").Done("other#1").Done("ship#1");
        Assert.Equal("COMPLETED", (string)run.TaskOf("tell#1").Input()["args"]!["status"]!);
        run.Done("tell#1").Done("clean#1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.DoesNotContain(EventTypes.CompensationStarted, run.Types);
    }

    [Fact]
    public void Cancel_and_deadline_undo_too()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Cancel();
        Assert.Equal("repay#1", run.Tasks[^1].Activation);
        run.Done("repay#1");
        Assert.Equal("""{"status":"CANCELLED","why":"none"}""", run.TaskOf("tell#1").Input()["args"]!.ToJsonString());
        run.Done("tell#1").Done("clean#1");
        Assert.Equal(EventTypes.ExecutionCancelled, run.Last.EventType);

        var late = YamlRun.Of(Saga, "deadline: 10s").Started().Done("pay#1");
        var key = TimerKeys.Deadline(TestRun.Id);
        late.Later(10_000).Accepted(TimerKeys.Fired(key, late.Timers[key].UnixMicros / 1000));
        late.Done("repay#1");
        Assert.Equal("""{"status":"FAILED","why":"deadline"}""", late.TaskOf("tell#1").Input()["args"]!.ToJsonString());
        late.Done("tell#1").Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, "deadline"), (late.Last.EventType, late.Last.ErrorOf().Code));
    }

    [Fact]
    public void A_compensation_that_fails_is_recorded_and_the_rest_goes_on()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Done("book#1").Broken("ship#1").Broken("unbook#1", "worse");
        Assert.Equal("compensation_failed book#1", run.Since(0).Last(fact => fact.StartsWith("compensation_f", StringComparison.Ordinal)));
        run.Done("repay#1").Done("tell#1").Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, "boom"), (run.Last.EventType, run.Last.ErrorOf().Code));
    }

    [Fact]
    public void Every_completed_visit_of_a_cycle_is_undone_the_last_one_first()
    {
        var run = YamlRun.Of("""
            - step: a
              tool: echo
              compensate: undo
              next_mode: first
              next: [{when: result < 3, step: a}, {step: b}]
            - step: b
              tool: echo
            - step: undo
              tool: echo
              args: {what: "{{ result }}"}
            """).Started().Done("a#1", "1").Done("a#2", "2").Done("a#3", "3").Broken("b#1");
        foreach (var visit in new[] { 1, 2, 3 })
        {
            Assert.Equal(4 - visit, (int)run.TaskOf($"undo#{visit}").Input()["args"]!["what"]!);
            Assert.DoesNotContain($"undo#{visit - 2}", run.State!.Activations.Keys);
            run.Done($"undo#{visit}");
        }
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }

    [Fact]
    public void What_was_done_is_undone_however_many_visits_of_one_step_that_takes()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [a, b, c]
            - {step: a, tool: echo, compensate: undo}
            - {step: b, tool: echo, compensate: undo}
            - {step: c, tool: echo}
            - {step: undo, tool: echo}
            """, settings: new() { MaxVisits = 1 }).Started().Done("a#1").Done("b#1").Broken("c#1").Done("undo#1").Done("undo#2");
        Assert.Equal(["compensation_completed b#1", "compensation_completed a#1"],
            run.Since(0).Where(fact => fact.StartsWith("compensation_", StringComparison.Ordinal) && !fact.Contains("started", StringComparison.Ordinal)));
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }

    [Fact]
    public void A_failing_finally_step_turns_completed_into_failed_and_the_others_still_run()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Done("book#1").Done("other#1").Done("ship#1").Broken("tell#1", "mute");
        Assert.Equal("clean#1", run.Tasks[^1].Activation);
        run.Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, "mute"), (run.Last.EventType, run.Last.ErrorOf().Code));
        Assert.DoesNotContain(EventTypes.CompensationStarted, run.Types);
    }

    [Fact]
    public void A_failing_finally_step_leaves_failed_and_cancelled_as_they_are()
    {
        var run = YamlRun.Of(Saga).Started().Cancel().Broken("tell#1").Done("clean#1");
        Assert.Equal(EventTypes.ExecutionCancelled, run.Last.EventType);
        var failed = YamlRun.Of(Saga).Started().Broken("other#1", "first").Broken("tell#1", "second").Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, "first"), (failed.Last.EventType, failed.Last.ErrorOf().Code));
    }

    [Fact]
    public void Cancel_during_closing_is_recorded_only()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Broken("other#1").Cancel();
        Assert.Equal(EventTypes.CancelRequested, run.Last.EventType);
        run.Done("repay#1").Cancel().Done("tell#1").Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, 1), (run.Last.EventType, run.Types.Count(type => type == EventTypes.ExecutionClosing)));
    }

    [Fact]
    public void Force_cancels_what_undoes_and_ends_at_once_with_the_status_that_was_fixed()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Done("book#1").Broken("ship#1");
        var before = run.Facts.Count;
        run.Cancel(force: true);
        Assert.Equal(["cancel_requested", "step_cancelled unbook#1", "execution_failed"], run.Since(before));
    }

    [Fact]
    public void Force_on_a_running_run_undoes_nothing_and_runs_no_finally()
    {
        var run = YamlRun.Of(Saga).Started().Done("pay#1").Cancel(force: true);
        Assert.Equal(EventTypes.ExecutionCancelled, run.Last.EventType);
        Assert.DoesNotContain(EventTypes.CompensationStarted, run.Types);
        Assert.DoesNotContain(EventTypes.FinallyStarted, run.Types);
    }

    // noetl B29; agentic-orchestrator 9.
    [Fact]
    public void After_the_status_is_fixed_no_new_step_begins_and_nothing_follows_the_end()
    {
        var run = YamlRun.Of(Saga).Started().Broken("pay#1");
        var late = run.AnswerOf("book#1");
        Assert.Equal("CANCELLED", run.EndOf("book#1").Status);
        Assert.DoesNotContain(run.When(late).Facts, fact => fact.EventType == EventTypes.StepStarted);
        run.Done("tell#1").Done("clean#1");
        var (last, state) = (run.Last, run.State);
        foreach (var command in new[] { late, Acts.Asked(CommandTypes.CancelRequested), Acts.Asked(CommandTypes.ResumeRequested) })
            Assert.IsType<DecisionOutcome.DeadLetter>(run.When(command).Outcome);
        Assert.Same(last, run.Last);
        Assert.Same(state, run.State);
    }

    [Fact]
    public void Steps_that_undo_and_finally_steps_have_retries()
    {
        var retry = Saga.Replace("  tool: echo\n  args: {what: \"{{ result }}\"}", "  tool: echo\n  retry: {max_attempts: 2, initial_delay: 1s, jitter: false}\n  args: {what: \"{{ result }}\"}", StringComparison.Ordinal);
        var run = YamlRun.Of(retry).Started().Done("pay#1").Broken("other#1").Broken("repay#1");
        Assert.Equal(1_000, run.DueIn("repay#1"));
        run.Ring("repay#1");
        run.Done("repay#1");
        Assert.Contains("compensation_completed pay#1", run.Since(0));
    }

    [Fact]
    public void Drain_lets_everything_end_and_fails_with_the_first_failure()
    {
        var run = YamlRun.Of(Saga, "on_failure: drain").Started().Broken("other#1", "first");
        Assert.Equal(ExecutionStatus.Running, run.State!.Status);
        run.Done("book#1").Done("pay#1").Broken("ship#1", "second");
        run.Done("repay#1").Done("unbook#1").Done("tell#1").Done("clean#1");
        Assert.Equal((EventTypes.ExecutionFailed, "first"), (run.Last.EventType, run.Last.ErrorOf().Code));
    }
}
