using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Rules of docs/semantics.md sections 2, 4 and 5 that need a shape of their own.</summary>
[Trait("tier", "fast")]
public sealed class CycleRuleTests
{
    [Fact]
    public void Else_is_taken_if_no_conditioned_edge_is_whatever_edges_without_condition_do()
    {
        const string Flow = """
            - step: a
              tool: echo
              next: [always, {when: "{{ result > 1 }}", step: large}, {else: small}]
            - {step: always, tool: echo}
            - {step: large, tool: echo}
            - {step: small, tool: echo}
            """;
        Assert.Equal(["a", "always", "small"], YamlRun.Of(Flow).Started().Done("a#1", "1").Tasks.Select(task => task.Step));
        Assert.Equal(["a", "always", "large"], YamlRun.Of(Flow).Started().Done("a#1", "2").Tasks.Select(task => task.Step));
    }

    [Fact]
    public void N_of_waits_as_long_as_the_open_edges_could_do()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [a, b, c]
            - {step: a, tool: echo, next: [{when: 'false', step: j}]}
            - {step: b, tool: echo, next: j}
            - {step: c, tool: echo, next: j}
            - {step: j, tool: echo, join: {n_of: 2}}
            """).Started().Done("a#1").Done("b#1");
        Assert.DoesNotContain("j", run.State!.Steps.Keys);
        run.Done("c#1");
        Assert.Equal("j#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void With_first_only_the_first_on_error_edge_whose_condition_holds_is_taken()
    {
        const string Flow = """
            - step: a
              tool: echo
              next_mode: first
              next:
              - {on_error: true, when: "{{ error.code == 'rare' }}", step: rare}
              - {on_error: true, step: one}
              - {on_error: true, step: two}
              - {step: fine}
            - {step: rare, tool: echo}
            - {step: one, tool: echo}
            - {step: two, tool: echo}
            - {step: fine, tool: echo}
            """;
        Assert.Equal(["a", "one"], YamlRun.Of(Flow).Started().Broken("a#1").Tasks.Select(task => task.Step));
        Assert.Equal(["a", "rare"], YamlRun.Of(Flow).Started().Broken("a#1", "rare").Tasks.Select(task => task.Step));
        Assert.Equal(["a", "fine"], YamlRun.Of(Flow).Started().Done("a#1").Tasks.Select(task => task.Step));
    }

    [Fact]
    public void A_loop_may_go_back_on_failure()
    {
        var run = YamlRun.Of("""
            - step: a
              tool: echo
              next: [{on_error: true, step: a}, {step: b}]
            - {step: b, tool: echo}
            """).Started().Broken("a#1").Broken("a#2").Done("a#3");
        Assert.Equal("b#1", run.Tasks[^1].Activation);
        run.Done("b#1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void Loops_nest_and_an_exit_is_dead_only_when_its_loop_is_finished()
    {
        var run = YamlRun.Of("""
            - step: outer
              tool: echo
              next: inner
            - step: inner
              tool: echo
              next_mode: first
              next: [{when: "{{ result == 'again' }}", step: inner}, {when: "{{ result == 'lost' }}", step: lost}, {step: last}]
            - {step: lost, tool: echo}
            - step: last
              tool: echo
              next_mode: first
              next: [{when: "{{ result == 'again' }}", step: outer}, {when: "{{ result == 'rare' }}", step: rare}, {step: out}]
            - {step: rare, tool: echo}
            - {step: out, tool: echo}
            """).Started();
        run.Done("outer#1").Done("inner#1", "\"again\"").Done("inner#2", "\"go\"");
        Assert.DoesNotContain(EventTypes.StepSkipped, run.Types);
        run.Done("last#1", "\"again\"").Done("outer#2").Done("inner#3", "\"go\"");
        Assert.DoesNotContain(EventTypes.StepSkipped, run.Types);
        run.Done("last#2", "\"go\"");
        Assert.Equal(["lost#1", "rare#1"], run.Facts.Where(fact => fact.EventType == EventTypes.StepSkipped)
            .Select(fact => fact.Activation).Order(StringComparer.Ordinal));
        run.Done("out#1", "1");
        Assert.Equal((EventTypes.ExecutionCompleted, 3), (run.Last.EventType, run.State!.LastSeq > 0 ? run.Tasks.Count(task => task.Step == "inner") : 0));
    }

    [Fact]
    public void A_value_that_was_passed_on_is_kept_as_long_as_it_can_be_seen()
    {
        var run = YamlRun.Of("""
            - step: a
              tool: echo
              next: [{when: "{{ result.n == 1 }}", step: r}, {when: "{{ result.n != 1 }}", step: q}]
            - {step: r, next: j}
            - {step: q, tool: echo, next: j}
            - step: j
              tool: echo
              args: {first: "{{ r.n }}"}
              next_mode: first
              next: [{when: "{{ result < 4 }}", step: a}, {step: out}]
            - {step: out, tool: echo, args: {first: "{{ r.n }}"}}
            """).Started();
        run.Done("a#1", """{"n":1}""").Done("j#1", "1");
        for (var i = 2; i <= 4; i++) run.Done($"a#{i}", $$"""{"n":{{i}}}""").Done($"q#{i}").Done($"j#{i}", $"{i}");
        Assert.Equal(1, (int)run.TaskOf("out#1").Input()["args"]!["first"]!);
    }

    [Fact]
    public void A_step_beside_an_inner_loop_sees_of_it_the_iteration_before_however_often_it_has_turned()
    {
        var run = YamlRun.Of("""
            - step: head
              tool: echo
              next: [inner, x]
            - step: inner
              tool: echo
              args: {before: "{{ inner.n | default('none') }}"}
              next_mode: first
              next: [{when: "{{ result.again }}", step: inner}, {step: tail}]
            - {step: x, tool: echo, next: y}
            - {step: y, tool: echo, args: {inner: "{{ inner.n | default('none') }}"}, next: tail}
            - step: tail
              tool: echo
              next: [{when: "{{ result == 'again' }}", step: head}]
            """).Started();
        run.Done("head#1").Done("inner#1", """{"n":1,"again":true}""").Done("x#1");
        Assert.Equal("1", run.TaskOf("inner#2").Input()["args"]!["before"]!.ToJsonString());
        Assert.Equal("none", (string)run.TaskOf("y#1").Input()["args"]!["inner"]!);
        run.Done("inner#2", """{"n":2,"again":false}""").Done("y#1").Done("tail#1", "\"again\"").Done("head#2");
        Assert.Equal("2", run.TaskOf("inner#3").Input()["args"]!["before"]!.ToJsonString());
        run.Done("inner#3", """{"n":3,"again":true}""").Done("x#2");
        Assert.Equal("3", run.TaskOf("inner#4").Input()["args"]!["before"]!.ToJsonString());
        Assert.Equal("2", run.TaskOf("y#2").Input()["args"]!["inner"]!.ToJsonString());
    }

    [Fact]
    public void A_step_sees_of_another_branch_the_iteration_before_however_fast_that_branch_is()
    {
        var run = YamlRun.Of("""
            - step: head
              tool: echo
              next: [j, k]
            - {step: j, tool: echo, next: tail}
            - {step: k, tool: echo, next: i}
            - {step: i, tool: echo, args: {j: "{{ j | default('none') }}"}, next: tail}
            - step: tail
              tool: echo
              next_mode: first
              next: [{when: "{{ result == 'again' }}", step: head}, {step: out}]
            - {step: out, tool: echo}
            """).Started();
        run.Done("head#1").Done("j#1", "1").Done("k#1");
        Assert.Equal("none", (string)run.TaskOf("i#1").Input()["args"]!["j"]!);
        run.Done("i#1").Done("tail#1", "\"again\"").Done("head#2").Done("j#2", "2").Done("k#2");
        Assert.Equal(1, (int)run.TaskOf("i#2").Input()["args"]!["j"]!);
    }
}
