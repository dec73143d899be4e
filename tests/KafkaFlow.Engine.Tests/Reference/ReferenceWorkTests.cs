using KafkaFlow.Engine.Reference;
using static KafkaFlow.Engine.Reference.RunStatus;
using static KafkaFlow.Engine.Tests.ByHand;

namespace KafkaFlow.Engine.Tests;

/// <summary>Sections 6 to 8 of docs/semantics.md, worked out by hand.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceWorkTests
{
    private static string Each(params string[] lines) => $$$"""
          - step: each
            tool: iterator
            collection: "{{ workload.list }}"
            element: one
            {{{string.Join("\n    ", lines)}}}
            task: {tool: work, args: {v: "{{ one }}", i: "{{ index }}"}}
        """;

    [Fact]
    public void Items_run_one_after_the_other_and_results_stand_in_item_order() =>
        Begin(Each()).Opens("each#1[0]/1").Done("each#1[0]", "30").Gets("each#1[1]", """{"args":{"v":1,"i":1}}""")
            .Done("each#1[1]", "10").Done("each#1[2]", "20").Is(Completed, "each#1 COMPLETED [30,10,20]",
            "each#1[0] COMPLETED 30", "each#1[1] COMPLETED 10", "each#1[2] COMPLETED 20");

    [Fact]
    public void At_most_concurrency_items_run_at_once() =>
        Begin(Each("mode: async", "concurrency: 2")).Opens("each#1[0]/1", "each#1[1]/1").Done("each#1[1]", "1")
            .Opens("each#1[0]/1", "each#1[2]/1").Done("each#1[2]", "2").Done("each#1[0]", "0").Is(Completed,
            "each#1 COMPLETED [0,1,2]", "each#1[0] COMPLETED 0", "each#1[1] COMPLETED 1", "each#1[2] COMPLETED 2");

    [Fact]
    public void Where_order_limit_chunk_and_enumerate_apply_in_this_order() =>
        Begin("""
          - step: each
            tool: iterator
            collection: [5, 3, 4, 1, 2]
            where: "{{ index > 0 and item != 4 }}"
            order_by: "{{ item }}"
            limit: 3
            chunk: 2
            enumerate: true
            task: {tool: transform, value: "{{ item }}"}
        """).Is(Completed,
            """each#1 COMPLETED [{"index":0,"item":[1,2]},{"index":1,"item":[3]}]""",
            """each#1[0] COMPLETED {"index":0,"item":[1,2]}""", """each#1[1] COMPLETED {"index":1,"item":[3]}""");

    [Theory]
    [InlineData("{{ workload.n }}", "each#1 FAILED bad_collection")]
    [InlineData("{{ workload.absent }}", "each#1 FAILED no_such_key")]
    [InlineData("{{ [] }}", "each#1 COMPLETED []")]
    public void A_collection_is_a_list(string collection, string expected) =>
        Begin($"  - {{step: each, tool: iterator, collection: \"{collection}\", task: {{tool: work}}}}")
            .Is(expected.Contains("COMPLETED", StringComparison.Ordinal) ? Completed : RunStatus.Failed, expected);

    [Fact]
    public void A_map_is_a_list_of_its_entries() =>
        Begin("  - {step: each, tool: iterator, collection: \"{{ workload.map }}\", task: {tool: transform, value: \"{{ item.key }}\"}}")
            .Is(Completed, """each#1 COMPLETED ["a","b"]""", "each#1[0] COMPLETED \"a\"", "each#1[1] COMPLETED \"b\"");

    [Fact]
    public void A_failed_item_fails_the_step_and_cancels_the_others() =>
        Begin(Each("mode: async")).Done("each#1[2]", "2").Failed("each#1[1]").Is(RunStatus.Failed, "each#1 FAILED item_failed",
            "each#1[0] CANCELLED", "each#1[1] FAILED boom", "each#1[2] COMPLETED 2");

    [Fact]
    public void Failed_items_are_collected() =>
        Begin(Each("on_error: collect")).Failed("each#1[0]").Done("each#1[1]", "1").Done("each#1[2]", "2").Is(Completed,
            """each#1 COMPLETED [{"error":{"step":"each","code":"boom","message":"it broke","attempt":1,"retryable":true}},1,2]""",
            "each#1[0] FAILED boom", "each#1[1] COMPLETED 1", "each#1[2] COMPLETED 2");

    [Fact]
    public void Failed_items_are_tolerated_up_to_a_number() =>
        Begin(Each("on_error: {tolerate: 1}")).Failed("each#1[0]").Done("each#1[1]", "1").Failed("each#1[2]").Is(RunStatus.Failed,
            "each#1 FAILED item_failed", "each#1[0] FAILED boom", "each#1[1] COMPLETED 1", "each#1[2] FAILED boom");

    [Fact]
    public void Loops_nest() =>
        Begin("""
          - step: each
            tool: iterator
            collection: [1, 2]
            element: x
            task:
              tool: iterator
              collection: "{{ [x, x * 10] }}"
              element: y
              task: {tool: work, args: {x: "{{ x }}", y: "{{ y }}", i: "{{ index }}"}}
        """).Done("each#1[0][0]", "1").Gets("each#1[0][1]", """{"args":{"x":1,"y":10,"i":1}}""").Done("each#1[0][1]", "2")
            .Opens("each#1[1][0]/1").Done("each#1[1][0]", "3").Done("each#1[1][1]", "4").Is(Completed,
            "each#1 COMPLETED [[1,2],[3,4]]", "each#1[0] COMPLETED [1,2]", "each#1[1] COMPLETED [3,4]",
            "each#1[0][0] COMPLETED 1", "each#1[0][1] COMPLETED 2", "each#1[1][0] COMPLETED 3", "each#1[1][1] COMPLETED 4");

    private static string While(string more = "") =>
        $$$"""
          - step: w
            tool: work
            args: {i: "{{ index }}", r: "{{ result | default('none') }}"}
            while: {condition: "{{ result > 1 }}", max_iterations: 2{{{more}}}}
            next: [{step: ok, args: {how: "{{ event }}"}}, {step: bad, on_error: true, args: {how: "{{ error.code }}"}}]
          - {step: ok, tool: work}
          - {step: bad, tool: work}
        """;

    [Fact]
    public void A_while_step_goes_on_as_long_as_its_condition_holds() =>
        Begin(While()).Gets("w#1[0]", """{"args":{"i":0,"r":"none"}}""").Done("w#1[0]", "5")
            .Gets("w#1[1]", """{"args":{"i":1,"r":5}}""").Done("w#1[1]", "0").Gets("ok", """{"args":{"how":"completed"}}""")
            .Is(Running, "w#1 COMPLETED 0", "w#1[0] COMPLETED 5", "w#1[1] COMPLETED 0", "ok#1 LIVE", "bad#1 SKIPPED");

    [Fact]
    public void A_condition_that_still_holds_after_the_last_iteration_fails_the_step() =>
        Begin(While()).Done("w#1[0]", "5").Done("w#1[1]", "5").Gets("bad", """{"args":{"how":"max_iterations"}}""");

    [Fact]
    public void Break_comes_before_the_condition() =>
        Begin(While(", break_when: \"{{ result == 9 }}\"")).Done("w#1[0]", "9").Gets("ok", """{"args":{"how":"break"}}""");

    [Fact]
    public void Iterations_wait_for_the_delay() =>
        Begin(While(", delay: 5s")).Done("w#1[0]", "5").Opens().Fires("w#1[1]", TimerKinds.WhileDelay).Opens("w#1[1]/1");

    [Fact]
    public void A_while_step_that_takes_too_long_cancels_its_iteration() =>
        Begin(While(", timeout: 5s")).Fires("w#1", TimerKinds.LoopTimeout).Is(Running, "w#1 FAILED loop_timeout",
            "w#1[0] CANCELLED", "ok#1 SKIPPED", "bad#1 LIVE");

    [Fact]
    public void A_failed_iteration_fails_the_step() =>
        Begin(While()).Failed("w#1[0]").Is(Running, "w#1 FAILED boom", "w#1[0] FAILED boom", "ok#1 SKIPPED", "bad#1 LIVE");

    private static string Retry(string retry) =>
        $"  - {{step: a, tool: work, args: {{n: \"{{{{ attempt }}}}\"}}, retry: {{max_attempts: 3, {retry}}}}}";

    [Fact]
    public void A_failed_attempt_is_followed_by_another_one_up_to_a_number() =>
        Begin(Retry("initial_delay: 1s")).Failed("a").Opens().Fires("a#1", TimerKinds.Backoff)
            .Gets("a", """{"args":{"n":2}}""").Failed("a").Fires("a#1", TimerKinds.Backoff).Failed("a")
            .Is(RunStatus.Failed, "a#1 FAILED boom");

    [Theory]
    [InlineData("non_retryable: [boom]", true)]
    [InlineData("stop_when: \"{{ error.code == 'boom' }}\"", true)]
    [InlineData("retry_when: \"{{ error.code == 'other' }}\"", true)]
    [InlineData("stop_when: \"{{ error.absent.x > 1 }}\"", true)]
    [InlineData("initial_delay: 1s", false)]
    public void A_rule_or_the_error_itself_ends_the_attempts(string rule, bool retryable) =>
        Assert.Equal(RunStatus.Failed, Begin(Retry(rule)).Failed("a", retryable: retryable).Run.Status);

    [Fact]
    public void Only_the_first_answer_to_the_current_attempt_counts() =>
        Begin(Retry("initial_delay: 1s")).Failed("a").Then(run => run.Complete("a#1", 1, "1"), InputOutcome.Stale)
            .Fires("a#1", TimerKinds.Backoff).Then(run => run.Complete("a#1", 1, "1"), InputOutcome.Stale).Done("a", "2")
            .Is(Completed, "a#1 COMPLETED 2");

    [Fact]
    public void Lost_workers_have_a_budget_of_their_own()
    {
        var run = Begin(Retry("initial_delay: 1s"), settings: new() { MaxLost = 1 });
        run.Then(r => r.Heartbeat("a#1", 1)).Fires("a#1", TimerKinds.Heartbeat).Opens("a#1/2");
        run.Failed("a").Fires("a#1", TimerKinds.Backoff).Opens("a#1/3");
        run.Then(r => r.Heartbeat("a#1", 3)).Fires("a#1", TimerKinds.Heartbeat).Is(RunStatus.Failed, "a#1 FAILED heartbeat_timeout");
    }

    [Theory]
    [InlineData("timeout: {queue: 5s}", TimerKinds.Queue, "a#1 FAILED queue_timeout")]
    [InlineData("timeout: {total: 5s}", TimerKinds.Total, "a#1 FAILED attempt_timeout")]
    public void Timeouts_of_queue_and_total_fail_the_step_whatever_retry_says(string timeout, string kind, string expected) =>
        Begin($"  - {{step: a, tool: work, retry: 5, {timeout}}}").Fires("a#1", kind).Is(RunStatus.Failed, expected);

    [Fact]
    public void A_timeout_of_an_attempt_counts_as_a_failure_of_it() =>
        Begin("  - {step: a, tool: work, retry: 2, timeout: {attempt: 5s}}").Then(run => run.Heartbeat("a#1", 1))
            .Fires("a#1", TimerKinds.Attempt).Fires("a#1", TimerKinds.Backoff).Opens("a#1/2");

    [Fact]
    public void An_error_to_park_on_waits_for_resume() =>
        Begin("  - {step: a, tool: work}", settings: new() { ParkOn = ["park"] }).Failed("a", "park").Is(Parked, "a#1 LIVE")
            .Then(run => run.Signal("x", null), InputOutcome.Held).Then(run => run.Resume()).Opens("a#1/2").Done("a", "1")
            .Is(Completed, "a#1 COMPLETED 1");
}
