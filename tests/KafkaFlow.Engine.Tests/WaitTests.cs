using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Times, signals and approvals: docs/semantics.md section 10.</summary>
[Trait("tier", "fast")]
public sealed class WaitTests
{
    private static TestRun Waits(string wait, string workload = "{}") => YamlRun.Of($$$"""
        - step: w
          {{{wait}}}
          next: [after, {step: caught, on_error: true}]
        - step: after
          tool: echo
          args: {got: "{{ result }}"}
        - step: caught
          tool: echo
          args: {code: "{{ error.code }}"}
        """, $"workload: {workload}").Started();

    [Theory]
    [InlineData("wait: 90s", 90_000)]
    [InlineData("wait: {duration: '{{ workload.d }}'}", 2_500)]
    [InlineData("wait: {until: '2023-11-14T22:13:30Z'}", 10_000)]
    public void A_wait_for_a_time_completes_with_null_when_it_has_come_and_not_before(string wait, long millis)
    {
        var run = Waits(wait, "{d: 2.5}");
        Assert.Equal(millis, run.DueIn("w#1"));
        var key = TimerKeys.Of(TestRun.Id, "w#1");
        var due = run.Timers[key].UnixMicros / 1000;
        run.Later(millis - 1);
        Assert.Empty(run.When(TimerKeys.Fired(key, due)).Facts);
        run.Ring("w#1");
        Assert.Equal("null", run.FactOf(EventTypes.StepCompleted, "w#1").Result);
        Assert.Equal("after#1", run.Tasks.Single().Activation);
    }

    [Theory]
    [InlineData("wait: {duration: '{{ workload.none }}'}")]
    [InlineData("wait: {until: '2023-11-14T22:13:20Z'}")]
    [InlineData("wait: {until: '2001-01-01T00:00:00Z'}")]
    public void A_time_that_has_passed_is_not_waited_for(string wait)
    {
        var run = Waits(wait, "{none: 0}");
        Assert.Equal("after#1", run.Tasks.Single().Activation);
        Assert.DoesNotContain(EventTypes.TimerArmed, run.Types);
    }

    [Theory]
    [InlineData("wait: {duration: '{{ workload.bad }}'}", "bad_wait", "duration is \"soon\"")]
    [InlineData("wait: {until: '{{ workload.bad }}'}", "bad_wait", "until is \"soon\"")]
    [InlineData("wait: {signal: '{{ workload.n }}'}", "bad_wait", "signal is 7")]
    [InlineData("approval: {who: ['{{ workload.n }}']}", "bad_wait", "who is [7]")]
    public void A_wait_that_means_nothing_fails_the_step(string wait, string code, string message)
    {
        var (found, text) = Waits(wait, "{bad: soon, n: 7}").FactOf(EventTypes.StepFailed, "w#1").ErrorOf();
        Assert.Equal(code, found);
        Assert.Contains(message, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_completes_its_wait_with_the_payload_and_is_consumed()
    {
        var run = Waits("wait: {signal: 'paid-{{ workload.n }}', timeout: 1h}", "{n: 7}");
        run.Signal("paid-8");
        Assert.Empty(run.Tasks);
        run.Signal("paid-7", """{"by":"card"}""");
        Assert.Equal("""{"by":"card"}""", run.TaskOf("after#1").Input()["args"]!["got"]!.ToJsonString());
        Assert.DoesNotContain(TimerKeys.Of(TestRun.Id, "w#1"), run.Timers.Keys);
        run.Done("after#1");
        Assert.Equal("""["paid-8"]""", run.Last.Meta()["leftover_signals"]!.ToJsonString());
    }

    [Fact]
    public void Without_a_payload_the_value_is_null_and_a_timeout_fails_the_step()
    {
        Assert.Equal("null", Waits("wait: {signal: go}").Signal("go").FactOf(EventTypes.StepCompleted, "w#1").Result);
        var run = Waits("wait: {signal: go, timeout: 5s}");
        run.Ring("w#1");
        Assert.Equal(("wait_timeout", "caught#1"), (run.FactOf(EventTypes.StepFailed, "w#1").ErrorOf().Code, run.Tasks.Single().Activation));
        run.Signal("go");
        Assert.Single(run.State!.Signals);
    }

    [Fact]
    public void Signals_are_first_in_first_out_per_name_and_the_oldest_wait_comes_first()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [one, hold]
            - step: hold
              tool: echo
              next: two
            - {step: one, wait: {signal: go}}
            - step: two
              wait: {signal: go}
              next: three
            - {step: three, wait: {signal: go}}
            """).Started().Done("hold#1");
        run.Signal("other", "0").Signal("go", "1").Signal("go", "2").Signal("go", "3");
        Assert.Equal(["1", "2", "3"], new[] { "one#1", "two#1", "three#1" }
            .Select(id => run.FactOf(EventTypes.StepCompleted, id).Result));
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void Signals_that_came_before_their_wait_are_kept_in_order()
    {
        var run = YamlRun.Of("""
            - step: a
              tool: echo
              next: one
            - step: one
              wait: {signal: go}
              next: b
            - step: b
              tool: echo
              next: two
            - {step: two, wait: {signal: go}}
            """).Started().Signal("no").Signal("go", "1").Signal("go", "2").Done("a#1");
        Assert.Equal("1", run.FactOf(EventTypes.StepCompleted, "one#1").Result);
        run.Done("b#1");
        Assert.Equal(("2", EventTypes.ExecutionCompleted), (run.FactOf(EventTypes.StepCompleted, "two#1").Result, run.Last.EventType));
        Assert.Equal("""["no"]""", run.Last.Meta()["leftover_signals"]!.ToJsonString());
    }

    [Fact]
    public void A_signal_that_something_waits_for_is_taken_however_many_are_kept()
    {
        var run = YamlRun.Of("- step: w\n  wait: {signal: go}", settings: new() { MaxSignals = 1 }).Started().Signal("other").Signal("other");
        Assert.Equal("1 signals are waiting already", run.Refusal());
        run.Signal("go", "5");
        Assert.Equal((EventTypes.ExecutionCompleted, "5"), (run.Last.EventType, run.Last.Result));
    }

    // agentic-orchestrator 21: who, when, why are kept; one decision per activation.
    [Fact]
    public void An_approval_completes_with_who_decided_and_why_and_hears_no_second_decision()
    {
        var run = Waits("approval: {who: [ana, bob], form: {total: '{{ workload.n }}'}}", "{n: 12}");
        Assert.Equal("""{"total":12}""", run.FactOf(EventTypes.ApprovalRequested, "w#1").Context);
        run.Decided("w#1", "approve", form: """{"ok":true}""");
        Assert.Equal("""{"decision":"approve","actor":"ana","form":{"ok":true},"reason":"because"}""",
            run.FactOf(EventTypes.StepCompleted, "w#1").Result);
        var decided = run.FactOf(EventTypes.ApprovalDecided, "w#1");
        Assert.Equal(("approve", "ana", "because"),
            ((string)decided.Meta()["name"]!, (string)decided.Meta()["actor"]!, (string)decided.Meta()["reason"]!));
        run.Decided("w#1", "reject");
        Assert.Equal("w#1 has ended", run.Refusal());
        Assert.Equal("after#1", run.Tasks.Single().Activation);
    }

    // agentic-orchestrator 21: reject must not be approve.
    [Fact]
    public void A_rejection_fails_the_step_and_never_runs_its_successor()
    {
        var run = Waits("approval: true").Decided("w#1", "reject");
        Assert.Equal(("rejected", "ana rejected it: because"), run.FactOf(EventTypes.StepFailed, "w#1").ErrorOf());
        Assert.Equal("caught#1", run.Tasks.Single().Activation);
        var details = JsonNode.Parse(run.FactOf(EventTypes.StepFailed, "w#1").Error!)!["details"]!;
        Assert.Equal(("reject", "ana"), ((string)details["decision"]!, (string)details["actor"]!));
        var plain = YamlRun.Of("- step: w\n  approval: true\n  next: b\n- step: b\n  tool: echo").Started().Decided("w#1", "reject");
        Assert.Equal((EventTypes.ExecutionFailed, 0), (plain.Last.EventType, plain.Tasks.Count));
    }

    [Theory]
    [InlineData("w#1", "approve", "eve", "eve is not among ana, bob")]
    [InlineData("w#1", "approve", null, "nobody (no actor) is not among ana, bob")]
    [InlineData("w#2", "approve", "ana", "there is no activation w#2")]
    [InlineData("w#1", "maybe", "ana", "decision is 'maybe'; expected approve or reject")]
    [InlineData("x#1", "approve", "ana", "x#1 waits for no decision")]
    public void A_decision_that_does_not_apply_is_rejected_and_recorded(string activation, string decision, string? actor, string reason)
    {
        var run = YamlRun.Of("""
            - step: start
              next: [w, x]
            - {step: w, approval: {who: [ana, bob]}}
            - {step: x, wait: 1h}
            """).Started();
        run.Accepted(Acts.Asked(CommandTypes.ApprovalDecided) with { Activation = activation, Decision = decision, Actor = actor });
        Assert.Equal((EventTypes.CommandRejected, reason), (run.Last.EventType, (string)run.Last.Meta()["reason"]!));
        Assert.Equal(2, run.State!.Live);
    }

    [Fact]
    public void An_approval_that_nobody_decides_in_time_fails_and_one_in_a_cycle_is_asked_each_visit()
    {
        var run = Waits("approval: {timeout: 1h}");
        run.Ring("w#1");
        Assert.Equal("approval_timeout", run.FactOf(EventTypes.StepFailed, "w#1").ErrorOf().Code);
        var cycle = YamlRun.Of("""
            - step: w
              approval: true
              next_mode: first
              next: [{when: result.form.again, step: w}, {step: b}]
            - {step: b, tool: echo}
            """).Started().Decided("w#1", "approve", form: """{"again":true}""");
        Assert.Equal("w#2", cycle.State!.Steps["w"].Current);
        cycle.Decided("w#2", "approve", form: """{"again":false}""");
        Assert.Equal("b#1", cycle.Tasks.Single().Activation);
    }
}
