using KafkaFlow.Engine.Reference;
using static KafkaFlow.Engine.Reference.RunStatus;
using static KafkaFlow.Engine.Tests.ByHand;

namespace KafkaFlow.Engine.Tests;

/// <summary>Sections 1 to 5 of docs/semantics.md, worked out by hand.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceFlowTests
{
    private const string Fork = """
          - step: ask
            tool: work
            MODE
            next:
              - {step: other, else: true}
              - {step: huge, when: "{{ result > 9 }}"}
              - {step: big, when: "{{ result > 3 }}"}
              - {step: always}
          - {step: other, tool: work}
          - {step: huge, tool: work}
          - {step: big, tool: work}
          - {step: always, tool: work}
        """;

    private static ByHand Forked(string mode) => Begin(Fork.Replace("MODE", mode, StringComparison.Ordinal));

    [Fact]
    public void All_takes_true_edges_and_those_without_condition() =>
        Forked("next_mode: all").Done("ask", "5").Is(Running,
            "ask#1 COMPLETED 5", "other#1 SKIPPED", "huge#1 SKIPPED", "big#1 LIVE", "always#1 LIVE");

    [Fact]
    public void All_takes_else_if_no_conditioned_edge_is_true() =>
        Forked("next_mode: all").Done("ask", "1").Is(Running,
            "ask#1 COMPLETED 1", "other#1 LIVE", "huge#1 SKIPPED", "big#1 SKIPPED", "always#1 LIVE");

    [Fact]
    public void First_takes_the_first_edge_that_holds_and_never_evaluates_the_rest() =>
        Forked("next_mode: first").Done("ask", "5").Is(Running,
            "ask#1 COMPLETED 5", "other#1 SKIPPED", "huge#1 SKIPPED", "big#1 LIVE", "always#1 SKIPPED");

    [Fact]
    public void An_edge_without_condition_leaves_nothing_to_else_under_first() =>
        Forked("next_mode: first").Done("ask", "1").Is(Running,
            "ask#1 COMPLETED 1", "other#1 SKIPPED", "huge#1 SKIPPED", "big#1 SKIPPED", "always#1 LIVE");

    [Fact]
    public void A_condition_that_cannot_be_evaluated_fails_the_step() =>
        Forked("next_mode: all").Done("ask", "\"x\"").Is(RunStatus.Failed, "ask#1 FAILED no_such_overload");

    private const string Caught = """
          - step: risky
            tool: work
            next:
              - {step: normal}
              - {step: rescue, on_error: true, when: "{{ error.code == 'boom' }}", args: {at: "{{ error.step }}"}}
          - {step: normal, tool: work}
          - {step: rescue, tool: work, args: {code: "{{ error.code }}", same: "{{ result | default('none') }}"}}
        """;

    [Fact]
    public void A_failure_is_caught_by_an_on_error_edge_that_holds() =>
        Begin(Caught).Failed("risky").Gets("rescue", """{"args":{"at":"risky","code":"boom","same":"none"}}""")
            .Done("rescue", "1").Is(Completed, "risky#1 FAILED boom", "normal#1 SKIPPED", "rescue#1 COMPLETED 1");

    [Fact]
    public void A_failure_that_no_on_error_edge_catches_closes_the_run() =>
        Begin(Caught).Failed("risky", "other").Is(RunStatus.Failed, "risky#1 FAILED other");

    [Fact]
    public void An_on_error_edge_that_cannot_be_evaluated_leaves_the_failure_uncaught() =>
        Begin("""
          - {step: a, tool: work, next: [{step: b, on_error: true, when: "{{ error.absent > 1 }}"}]}
          - {step: b, tool: work}
        """).Failed("a").Is(RunStatus.Failed, "a#1 FAILED boom");

    [Fact]
    public void Edge_args_that_cannot_be_rendered_fail_the_step_and_can_be_caught() =>
        Begin("""
          - {step: a, tool: work, next: [{step: b, args: {x: "{{ result.absent }}"}}, {step: c, on_error: true}]}
          - {step: b, tool: work}
          - {step: c, tool: work}
        """).Done("a", "{}").Is(Running, "a#1 FAILED no_such_key", "b#1 SKIPPED", "c#1 LIVE");

    private static string Join(string join) => $$$"""
          - step: start
            next: [a, b, c]
          - {step: a, tool: work, next: [{step: j, when: "{{ result }}", args: {who: a}}]}
          - {step: b, tool: work, next: [{step: j, when: "{{ result }}", args: {who: b}}]}
          - {step: c, tool: work, next: [{step: j, when: "{{ result }}", args: {who: c}}]}
          - {step: j, tool: work, join: {{{join}}}, args: {r: "{{ result }}"}}
        """;

    [Fact]
    public void All_waits_for_every_edge_and_merges_args_in_document_order() =>
        Begin(Join("all")).Done("c", "3").Done("a", "0").Is(Running, "start#1 COMPLETED null", "a#1 COMPLETED 0",
            "b#1 LIVE", "c#1 COMPLETED 3").Done("b", "2").Gets("j", """{"args":{"who":"c","r":3}}""");

    [Fact]
    public void All_is_skipped_when_every_edge_is_dead() =>
        Begin(Join("all")).Done("c", "0").Done("a", "0").Done("b", "0").Is(Completed,
            "start#1 COMPLETED null", "a#1 COMPLETED 0", "b#1 COMPLETED 0", "c#1 COMPLETED 0", "j#1 SKIPPED");

    [Fact]
    public void Any_starts_at_the_first_taken_edge_and_absorbs_later_ones() =>
        Begin(Join("any")).Done("b", "2").Gets("j", """{"args":{"who":"b","r":2}}""").Done("a", "1").Done("c", "3")
            .Opens("j#1/1");

    [Fact]
    public void N_of_starts_at_the_kth_taken_edge() =>
        Begin(Join("{n_of: 2}")).Done("c", "3").Opens("a#1/1", "b#1/1").Done("a", "1")
            .Gets("j", """{"args":{"who":"c","r":3}}""");

    [Fact]
    public void N_of_is_skipped_as_soon_as_too_few_edges_are_left() =>
        Begin(Join("{n_of: 2}")).Done("c", "0").Done("a", "0").Is(Running, "start#1 COMPLETED null", "a#1 COMPLETED 0",
            "b#1 LIVE", "c#1 COMPLETED 0", "j#1 SKIPPED");

    [Fact]
    public void A_failed_edge_keeps_a_join_of_all_from_starting_and_is_passed_on() =>
        Begin("""
          - {step: start, next: [a, b]}
          - {step: a, tool: work, next: j}
          - {step: b, tool: work, next: j}
          - {step: j, tool: work, next: k}
          - {step: k, tool: work}
        """, "on_failure: drain").Failed("a").Opens("b#1/1").Done("b", "2").Is(RunStatus.Failed, "start#1 COMPLETED null",
            "a#1 FAILED boom", "b#1 COMPLETED 2", "j#1 SKIPPED", "k#1 SKIPPED");

    private const string Cycle = """
          - {step: head, tool: work, args: {r: "{{ result | default('first') }}"}, next: [body, {step: side, each_visit: true}]}
          - {step: side, tool: work}
          - step: body
            tool: work
            next_mode: first
            next: [{step: head, when: "{{ result > 1 }}", args: {again: true}}, {step: out}]
          - {step: out, tool: work, args: {h: "{{ head }}", s: "{{ side | default('no side') }}"}}
        """;

    [Fact]
    public void A_loop_turns_once_its_body_has_settled_and_carries_the_back_edge() =>
        Begin(Cycle).Done("head", "1").Done("body", "5").Opens("side#1/1").Done("side", "7")
            .Gets("head#2", """{"args":{"again":true,"r":5}}""")
            .Is(Running, "head#1 COMPLETED 1", "body#1 COMPLETED 5", "side#1 COMPLETED 7", "head#2 LIVE");

    [Fact]
    public void An_exit_is_taken_at_once_and_a_step_behind_a_back_edge_is_seen_as_it_was_when_the_iteration_began() =>
        Begin("""
          - {step: head, tool: work, next: [{step: a, each_visit: true}, b], args: {b: "{{ b | default('none') }}"}}
          - {step: a, tool: work}
          - {step: b, tool: work, next_mode: first, next: [{step: head, when: "{{ result > 1 }}"}, {step: out}]}
          - {step: out, tool: work, args: {h: "{{ head }}", a: "{{ a | default('no ancestor') }}"}}
        """).Gets("head", """{"args":{"b":"none"}}""").Done("head", "1").Done("b", "5").Done("a", "7")
            .Gets("head", """{"args":{"b":5}}""").Done("head", "2").Done("b", "0")
            .Gets("out", """{"args":{"h":2,"a":"no ancestor"}}""").Opens("a#2/1", "out#1/1");

    [Fact]
    public void An_exit_that_is_not_taken_is_dead_only_when_the_loop_is_finished() =>
        Begin("""
          - step: head
            tool: work
            next_mode: first
            next: [{step: out, when: "{{ result == 0 }}"}, {step: body}]
          - {step: body, tool: work, next: [{step: head, when: "{{ result > 1 }}"}]}
          - {step: out, tool: work}
        """).Done("head", "1").Opens("body#1/1").Done("body", "5").Done("head", "1").Done("body", "0")
            .Is(Completed, "head#1 COMPLETED 1", "body#1 COMPLETED 5", "head#2 COMPLETED 1", "body#2 COMPLETED 0", "out#1 SKIPPED");

    [Fact]
    public void A_loop_within_a_loop_begins_anew_in_each_iteration_of_the_outer_one() =>
        Begin("""
          - {step: outer, next: inner}
          - {step: inner, tool: work, next_mode: first, next: [{step: inner, when: "{{ result > 1 }}"}, {step: last}]}
          - {step: last, tool: work, next_mode: first, next: [{step: outer, when: "{{ result > 1 }}"}]}
        """).Done("inner", "5").Done("inner", "0").Done("last", "5").Done("inner", "0").Done("last", "0").Is(Completed,
            "outer#1 COMPLETED null", "inner#1 COMPLETED 5", "inner#2 COMPLETED 0", "last#1 COMPLETED 5",
            "outer#2 COMPLETED 5", "inner#3 COMPLETED 0", "last#2 COMPLETED 0");

    [Fact]
    public void What_an_edge_for_each_visit_leads_to_runs_in_each_iteration_and_settles_with_the_body() =>
        Begin("""
          - step: head
            tool: work
            next: [{step: head, when: "{{ result > 1 }}"}, {step: note, each_visit: true}]
          - {step: note, tool: work}
        """).Done("head", "5").Opens("note#1/1").Done("note").Done("head", "0").Done("note", "1").Is(Completed,
            "head#1 COMPLETED 5", "note#1 COMPLETED null", "head#2 COMPLETED 0", "note#2 COMPLETED 1");

    [Fact]
    public void A_step_that_is_visited_too_often_ends_the_run() =>
        Begin("  - {step: a, tool: work, next: [{step: a, when: \"{{ result > 1 }}\"}]}", settings: new() { MaxVisits = 2 })
            .Done("a", "5").Done("a", "5").Is(RunStatus.Failed, "a#1 COMPLETED 5", "a#2 COMPLETED 5");

    [Fact]
    public void A_step_sees_its_ancestors_only() =>
        Begin("""
          - {step: start, next: [a, b]}
          - {step: a, tool: work, next: [c]}
          - {step: b, tool: work}
          - {step: c, tool: work, args: {a: "{{ a }}", b: "{{ b | default('none') }}", x: "{{ ctx.a.output }}"}}
        """).Done("b", "2").Done("a", "1").Gets("c", """{"args":{"a":1,"b":"none","x":1}}""");

    [Fact]
    public void A_result_is_that_of_what_led_to_end_or_a_map_if_several_did()
    {
        const string Two = """
              - {step: start, next: [a, b]}
              - {step: a, tool: work, next: end}
              - {step: b, tool: work, next: [{step: end, when: "{{ result > 1 }}"}]}
            """;
        Assert.Equal("1", Begin(Two).Done("a", "1").Done("b", "0").Run.ResultJson);
        Assert.Equal("""{"a":1,"b":2}""", Begin(Two).Done("b", "2").Done("a", "1").Run.ResultJson);
    }

    [Fact]
    public void Without_end_the_result_is_that_of_the_paths_ends() => Assert.Equal("""{"b":2,"c":3}""", Begin("""
          - {step: a, tool: work, next: [b, c]}
          - {step: b, tool: work}
          - {step: c, tool: work}
        """).Done("a").Done("b", "2").Done("c", "3").Run.ResultJson);
}
