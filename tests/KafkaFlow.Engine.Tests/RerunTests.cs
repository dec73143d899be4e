using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>What led to a visit is kept as long as the visit may begin anew or tries again: docs/semantics.md section 11.</summary>
[Trait("tier", "fast")]
public sealed class RerunTests
{
    /// <summary>An edge from a settled step to another one, in place of all that it had.</summary>
    private static string Lead(string from, string to) =>
        $$$"""[{"op": "add", "path": "/workflow/{{{to}}}", "value": {"tool": "echo"}}, {"op": "add", "path": "/workflow/{{{from}}}/next", "value": ["{{{to}}}"]}]""";

    [Fact]
    public void A_visit_begun_by_a_back_edge_begins_like_it_however_often_it_runs_again()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [a, hold]
            - step: a
              tool: echo
              args: {r: "{{ result | default('none') }}"}
              next: [{when: "{{ result > 7 }}", step: a, args: {back: "{{ result }}"}}]
            - {step: hold, wait: {signal: go}}
            """).Started().Done("a#1", "8");
        var input = run.TaskOf("a#2").Input;
        Assert.Equal("""{"back":8,"r":8}""", run.TaskOf("a#2").Input()["args"]!.ToJsonString());
        for (var visit = 2; visit < 5; visit++)
        {
            run.Done($"a#{visit}", $"{visit}").Rerun("a");
            Assert.Equal(input, run.TaskOf($"a#{visit + 1}").Input);
        }
        Assert.Equal(["a#1", "a#4", "a#5", "hold#1", "start#1"], run.State!.Activations.Keys);
    }

    [Fact]
    public void Each_attempt_of_a_visit_begun_by_a_failure_that_went_back_sees_the_error()
    {
        var run = YamlRun.Of("""
            - step: a
              tool: echo
              args: {why: "{{ error.code | default('none') }}"}
              retry: {max_attempts: 2, initial_delay: 0}
              next: [{on_error: true, step: a}, {step: b}]
            - {step: b, tool: echo}
            """).Started().Broken("a#1").Broken("a#1", "bad").Broken("a#2");
        Assert.Equal((2, "bad"), (run.TaskOf("a#2").Attempt, (string)run.TaskOf("a#2").Input()["args"]!["why"]!));
        run.Broken("a#2").Broken("a#3").Broken("a#3");
        Assert.Equal(["a#3", "a#4"], run.State!.Activations.Keys);
    }

    [Fact]
    public void An_attempt_sees_what_led_to_its_visit_though_that_step_has_run_again_and_leads_elsewhere()
    {
        var run = YamlRun.Of("""
            - {step: a, tool: echo, next: b}
            - {step: b, tool: echo, args: {r: "{{ result | default('none') }}"}, retry: {max_attempts: 3, initial_delay: 0}}
            """).Started().Done("a#1", "1").Patch(Lead("a", "c")).Rerun("a").Done("a#2", "2").Broken("b#1");
        Assert.Equal((2, 1), (run.TaskOf("b#1").Attempt, (int)run.TaskOf("b#1").Input()["args"]!["r"]!));
    }

    [Fact]
    public void A_rerun_has_the_args_of_every_edge_though_their_sources_have_run_again_and_lead_elsewhere()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [a, b]
            - {step: a, tool: echo, next: {step: j, args: {a: "{{ result }}"}}}
            - {step: b, tool: echo, next: {step: j, args: {b: "{{ result }}"}}}
            - {step: j, tool: echo}
            """).Started().Done("a#1", "1").Done("b#1", "2");
        Assert.Equal(["a#1", "b#1"], run.FactOf(EventTypes.StepStarted, "j#1").Meta()["sources"]!.AsArray().Select(id => (string)id!));
        run.Patch(Lead("a", "c")).Rerun("a").Done("a#2", "10");
        run.Done("j#1").Rerun("j");
        Assert.Equal("""{"a":1,"b":2}""", run.TaskOf("j#2").Input()["args"]!.ToJsonString());
        run.Done("j#2").Rerun("j");
        Assert.Equal("""{"a":1,"b":2}""", run.TaskOf("j#3").Input()["args"]!.ToJsonString());
        Assert.DoesNotContain("j#1", run.State!.Activations.Keys);
    }

    [Fact]
    public void A_rerun_takes_back_the_failures_of_what_runs_again_and_no_others()
    {
        const string Flow = """
            - step: start
              next: [head, hold]
            - {step: hold, wait: {signal: go}}
            - step: head
              next: [fast, slow]
            - {step: fast, next: tail}
            - {step: slow, tool: echo, next: tail}
            - step: tail
              tool: echo
              join: any
              next: [{when: "{{ result == 'again' }}", step: head}]
            """;
        var other = YamlRun.Of(Flow, "on_failure: drain").Started().Broken("slow#1", "first").Done("tail#1", "\"again\"");
        other.Done("tail#2").Rerun("tail").Done("slow#2").Done("tail#3").Signal("go");
        Assert.Equal((EventTypes.ExecutionFailed, "first"), (other.Last.EventType, other.Last.ErrorOf().Code));

        var same = YamlRun.Of(Flow, "on_failure: drain").Started().Broken("slow#1", "first").Done("tail#1", "\"again\"");
        same.Broken("slow#2", "second").Done("tail#2").Rerun("slow").Done("slow#3");
        Assert.Equal(0, same.State!.FailureSeq);
        same.Done("tail#3").Signal("go");
        Assert.Equal(EventTypes.ExecutionCompleted, same.Last.EventType);
    }
}
