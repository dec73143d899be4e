using KafkaFlow.Engine.Reference;
using static KafkaFlow.Engine.Reference.RunStatus;
using static KafkaFlow.Engine.Tests.ByHand;

namespace KafkaFlow.Engine.Tests;

/// <summary>Sections 9 to 12 of docs/semantics.md, worked out by hand.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceRunTests
{
    private const string Two = """
          - {step: start, next: [a, b]}
          - {step: a, tool: work, compensate: undo_a, next: c}
          - {step: b, tool: work, compensate: undo_b}
          - {step: c, tool: work}
          - {step: undo_a, tool: work, args: {r: "{{ result }}", e: "{{ event }}"}}
          - {step: undo_b, tool: work, args: {r: "{{ result }}"}}
          - {step: last1, tool: work, finally: true, args: {e: "{{ event }}", c: "{{ error.code | default('') }}"}}
          - {step: last2, tool: work, finally: true}
        """;

    [Fact]
    public void A_failed_run_compensates_in_reverse_order_and_then_runs_the_finally_steps() =>
        Begin(Two).Done("a", "1").Done("b", "2").Failed("c").Gets("undo_b", """{"args":{"r":2}}""").Failed("undo_b")
            .Gets("undo_a", """{"args":{"r":1,"e":"FAILED"}}""").Done("undo_a").Gets("last1", """{"args":{"e":"FAILED","c":"boom"}}""")
            .Opens("last1#1/1").Failed("last1", "late").Done("last2").Is(RunStatus.Failed, "start#1 COMPLETED null", "a#1 COMPLETED 1",
            "b#1 COMPLETED 2", "c#1 FAILED boom", "undo_b#1 FAILED boom", "undo_a#1 COMPLETED null", "last1#1 FAILED late",
            "last2#1 COMPLETED null").Then(run => Assert_Error(run, "boom"), InputOutcome.Ignored);

    private static InputOutcome Assert_Error(ReferenceRun run, string code)
    {
        Assert.Equal(code, run.ErrorCode);
        Assert.Equal(["undo_b#1", "undo_a#1"], run.Compensations);
        return run.Cancel(false);
    }

    [Fact]
    public void Fail_fast_cancels_what_is_live() =>
        Begin(Two).Failed("a").Is(RunStatus.Closing, "start#1 COMPLETED null", "a#1 FAILED boom", "b#1 CANCELLED", "last1#1 LIVE");

    [Fact]
    public void A_failing_finally_step_fails_a_completed_run() =>
        Begin(Two).Done("a").Done("b").Done("c").Failed("last1", "late").Done("last2").Is(RunStatus.Failed,
            "start#1 COMPLETED null", "a#1 COMPLETED null", "b#1 COMPLETED null", "c#1 COMPLETED null", "last1#1 FAILED late",
            "last2#1 COMPLETED null");

    [Fact]
    public void Drain_goes_on_and_fails_with_the_first_failure()
    {
        var run = Begin("""
          - {step: start, next: [a, b]}
          - {step: a, tool: work}
          - {step: b, tool: work, next: c}
          - {step: c, tool: work}
        """, "on_failure: drain").Failed("a", "first").Done("b").Failed("c", "second");
        Assert.Equal((RunStatus.Failed, "first"), (run.Run.Status, run.Run.ErrorCode));
    }

    [Fact]
    public void Cancel_runs_the_finally_steps_and_force_leaves_them_out()
    {
        Begin(Two).Then(run => run.Cancel(false)).Is(RunStatus.Closing, "start#1 COMPLETED null", "a#1 CANCELLED", "b#1 CANCELLED", "last1#1 LIVE")
            .Then(run => run.Cancel(false)).Opens("last1#1/1").Then(run => run.Cancel(true)).Is(Cancelled,
            "start#1 COMPLETED null", "a#1 CANCELLED", "b#1 CANCELLED", "last1#1 CANCELLED");
        Begin(Two).Done("a").Then(run => run.Cancel(true)).Is(Cancelled, "start#1 COMPLETED null", "a#1 COMPLETED null",
            "b#1 CANCELLED", "c#1 CANCELLED");
    }

    [Fact]
    public void The_deadline_fails_the_run()
    {
        var run = Begin("  - {step: a, tool: work}", "deadline: 1h").Fires("", TimerKinds.Deadline).Is(RunStatus.Failed, "a#1 CANCELLED");
        Assert.Equal("deadline", run.Run.ErrorCode);
    }

    [Fact]
    public void Waits_for_a_time_complete_with_null() =>
        Begin("""
          - {step: a, wait: {until: "2020-01-01T00:00:00Z"}, next: b}
          - {step: b, wait: {duration: 5s}}
        """).Is(Running, "a#1 COMPLETED null", "b#1 LIVE").Fires("b#1", TimerKinds.Wait).Is(Completed,
            "a#1 COMPLETED null", "b#1 COMPLETED null");

    private const string Waits = """
          - {step: a, wait: {signal: go, timeout: 50s}}
          - {step: start, next: [a, b]}
          - {step: b, tool: work, next: c}
          - {step: c, wait: {signal: go}}
        """;

    [Fact]
    public void A_signal_goes_to_the_oldest_wait_and_is_kept_without_one()
    {
        Begin(Waits).Then(run => run.Signal("go", "1")).Then(run => run.Signal("go", "2")).Then(run => run.Signal("go", "3"))
            .Done("b").Is(Completed, "start#1 COMPLETED null", "a#1 COMPLETED 1", "b#1 COMPLETED null", "c#1 COMPLETED 2")
            .Then(run => { Assert.Equal(["go"], run.LeftoverSignals); return InputOutcome.Accepted; });
        Begin(Waits).Fires("a#1", TimerKinds.WaitTimeout).Is(RunStatus.Failed, "start#1 COMPLETED null", "a#1 FAILED wait_timeout",
            "b#1 CANCELLED");
    }

    [Fact]
    public void Signals_beyond_the_limit_are_rejected() =>
        Begin("  - {step: a, tool: work}", settings: new() { MaxSignals = 1 }).Then(run => run.Signal("x", null))
            .Then(run => run.Signal("y", null), InputOutcome.Rejected);

    [Fact]
    public void An_approval_is_decided_once_by_somebody_who_may() =>
        Begin("  - {step: a, approval: {who: [ann]}, next: b}\n  - {step: b, wait: {signal: x}}")
            .Then(run => run.Decide("a#1", true, "eve", null, null), InputOutcome.Rejected)
            .Then(run => run.Decide("a#1", true, "ann", "{\"n\":1}", "fine"))
            .Then(run => run.Decide("a#1", true, "ann", null, null), InputOutcome.Rejected)
            .Is(Running, """a#1 COMPLETED {"decision":"approve","actor":"ann","form":{"n":1},"reason":"fine"}""", "b#1 LIVE");

    [Fact]
    public void A_rejected_or_late_approval_fails()
    {
        const string Ask = "  - {step: a, approval: {who: ann, timeout: 1h}}";
        Begin(Ask).Then(run => run.Decide("a#1", false, "ann", null, null)).Is(RunStatus.Failed, "a#1 FAILED rejected");
        Begin(Ask).Fires("a#1", TimerKinds.ApprovalTimeout).Is(RunStatus.Failed, "a#1 FAILED approval_timeout");
    }

    private const string Parent = "  - {step: a, tool: playbook, path: t/child, args: {n: 1}, await_cancel: true}";

    [Theory]
    [InlineData("COMPLETED", "a#1 COMPLETED 7")]
    [InlineData("FAILED", "a#1 FAILED child_failed")]
    [InlineData("CANCELLED", "a#1 FAILED child_cancelled")]
    [InlineData("REJECTED", "a#1 FAILED child_rejected")]
    public void A_childs_end_ends_its_step(string status, string expected) =>
        Begin(Parent).Then(run => run.ChildEnded("a#1", 1, status, "7"))
            .Is(status == "COMPLETED" ? Completed : RunStatus.Failed, expected);

    [Fact]
    public void A_run_waits_for_a_cancelled_child_that_is_awaited() =>
        Begin(Parent).Then(run => run.Cancel(false)).Is(RunStatus.Closing, "a#1 LIVE")
            .Then(run => run.ChildEnded("a#1", 1, "CANCELLED", null)).Is(Cancelled, "a#1 CANCELLED");

    private const string Chain = """
          - {step: a, tool: work, next: b}
          - {step: b, tool: work, args: {a: "{{ a }}", v: "{{ vars.v | default(0) }}"}, next: c}
          - {step: c, tool: work}
        """;

    [Fact]
    public void Skip_completes_a_live_step_with_null() =>
        Begin(Chain).Then(run => run.Skip("b"), InputOutcome.Rejected).Then(run => run.Skip("a"))
            .Then(run => run.Skip("a"), InputOutcome.Rejected).Is(Running, "a#1 COMPLETED null", "b#1 LIVE");

    [Fact]
    public void Rerun_begins_a_new_visit_of_the_step_and_of_what_comes_after_it() =>
        Begin("""
          - {step: start, next: [a, hold]}
          - {step: hold, tool: work}
          - {step: a, tool: work, next: b}
          - {step: b, tool: work, args: {a: "{{ a }}"}}
        """).Then(run => run.Rerun("a"), InputOutcome.Rejected).Done("a", "1").Then(run => run.Rerun("a"), InputOutcome.Rejected)
            .Done("b", "2").Then(run => run.Rerun("a")).Done("a#2", "3").Gets("b", """{"args":{"a":3}}""").Opens("b#2/1", "hold#1/1");

    [Fact]
    public void A_variable_is_seen_by_what_begins_later() =>
        Begin(Chain).Then(run => run.SetVariable("v", "5")).Done("a", "1").Gets("b", """{"args":{"a":1,"v":5}}""");

    [Fact]
    public void Nothing_begins_during_a_pause_and_timers_are_kept() =>
        Begin("""
          - {step: start, next: [a, w]}
          - {step: w, wait: {duration: 5s}}
          - {step: a, tool: work, next: b}
          - {step: b, tool: work}
        """).Then(run => run.Pause()).Then(run => run.Pause(), InputOutcome.Rejected).Done("a", "1").Fires("w#1", TimerKinds.Wait)
            .Is(Paused, "start#1 COMPLETED null", "a#1 COMPLETED 1", "w#1 LIVE").Then(run => run.Resume())
            .Is(Running, "start#1 COMPLETED null", "a#1 COMPLETED 1", "w#1 COMPLETED null", "b#1 LIVE")
            .Then(run => run.Resume(), InputOutcome.Rejected);

    [Fact]
    public void A_closing_run_rejects_live_changes() =>
        Begin(Two).Failed("a").Then(run => run.Skip("last1"), InputOutcome.Rejected).Then(run => run.Rerun("a"), InputOutcome.Rejected)
            .Then(run => run.SetVariable("v", "1"), InputOutcome.Rejected).Then(run => run.Pause(), InputOutcome.Rejected);
}
