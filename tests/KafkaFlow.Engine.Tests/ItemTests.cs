using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Loops over items: docs/semantics.md section 6.</summary>
[Trait("tier", "fast")]
public sealed class ItemTests
{
    private static TestRun Each(string fields, string workload = "{}", string task = "{tool: echo, args: {x: \"{{ item }}\"}}",
        EngineSettings? settings = null, string after = "") => YamlRun.Of(
        $"- step: start\n  next: each\n- step: each\n  tool: iterator\n  {fields.Replace("\n", "\n  ", StringComparison.Ordinal)}\n"
        + $"  task: {task}\n  next: [done, {{step: caught, on_error: true}}]\n- step: done\n- step: caught\n  tool: echo\n{after}",
        $"workload: {workload}", settings).Started();

    private static List<string> Seen(TestRun run) =>
        [.. run.Facts.Where(fact => fact.EventType == EventTypes.LoopIteration && fact.Status == EventStatus.Running)
            .Select(fact => JsonNode.Parse(fact.Context!)!["args"]!["x"]!.ToJsonString())];

    [Theory]
    [InlineData("collection: [3, 1, 2]", "3|1|2")]
    [InlineData("collection: [5, 6, 7, 8]\nwhere: index != 1 && item < 8", "5|7")]
    [InlineData("collection: [3, 1, 2, 1]\norder_by: item", "1|1|2|3")]
    [InlineData("collection: [3, 1, 2]\norder_by: {by: item, descending: true}", "3|2|1")]
    [InlineData("collection: [3, 1, 2]\norder_by: item\nlimit: 2", "1|2")]
    [InlineData("collection: [3, 1, 2]\nlimit: 2\nwhere: item > 1", "3|2")]
    [InlineData("collection: [3, 1, 2]\nlimit: 0", "")]
    [InlineData("collection: [3, 1, 2]\nlimit: 99", "3|1|2")]
    [InlineData("collection: [5, 4, 3, 2, 1]\norder_by: item\nlimit: 3\nchunk: 2", "[1,2]|[3]")]
    [InlineData("collection: [7, 8]\nenumerate: true", """{"index":0,"item":7}|{"index":1,"item":8}""")]
    [InlineData("collection: [4, 3, 2]\nchunk: 2\nenumerate: true", """{"index":0,"item":[4,3]}|{"index":1,"item":[2]}""")]
    [InlineData("collection: {b: 1, a: [2]}", """{"key":"b","value":1}|{"key":"a","value":[2]}""")]
    public void Items_are_what_where_order_by_limit_chunk_and_enumerate_leave_in_this_order(string fields, string items)
    {
        var run = Each(fields + "\nmode: async");
        Assert.Equal(items, string.Join('|', Seen(run)));
        Assert.Equal(items.Length == 0, run.State!.IsFinished);
    }

    [Fact]
    public void Sorting_is_stable_and_puts_null_before_booleans_before_numbers_before_texts()
    {
        var run = Each("collection: \"{{ workload.all }}\"\norder_by: item.k\nmode: async\nconcurrency: 100",
            """{all: [{k: b, n: 1}, {k: 2, n: 2}, {k: false, n: 3}, {k: null, n: 4}, {k: 1.5, n: 5}, {k: 2.0, n: 6}, {k: B, n: 7}, {k: true, n: 8}]}""",
            "{tool: echo, args: {x: \"{{ item.n }}\"}}");
        Assert.Equal(["4", "3", "8", "5", "2", "6", "7", "1"], Seen(run));
        var down = Each("collection: \"{{ workload.all }}\"\norder_by: {by: item.k, descending: true}\nmode: async",
            """{all: [{k: 1, n: 1}, {k: 2, n: 2}, {k: 1, n: 3}]}""", "{tool: echo, args: {x: \"{{ item.n }}\"}}");
        Assert.Equal(["2", "1", "3"], Seen(down));
    }

    // noetl B5, B9; agentic-orchestrator 6: whatever the order of the answers.
    [Fact]
    public void Results_stand_in_item_order_under_any_order_of_answers()
    {
        foreach (var order in new int[][] { [0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1] })
        {
            var run = Each("collection: [1, 2, 3, 4]\nmode: async");
            foreach (var i in order)
            {
                Assert.False(run.State!.IsFinished);
                run.Done(Acts.Item("each#1", i), $"{i + 1}0");
                if (!run.State.IsFinished) Assert.Empty(run.When(run.AnswerOf(Acts.Item("each#1", i), "9")).Facts);
            }
            Assert.Equal("[10,20,30,40]", run.Last.Result);
            Assert.Single(run.Types, type => type == EventTypes.LoopCompleted);
        }
    }

    // noetl: items are tasks of their own; agentic-orchestrator 3.
    [Theory]
    [InlineData("mode: sequential", 1)]
    [InlineData("mode: async\nconcurrency: 3", 3)]
    [InlineData("mode: async", 8)]
    public void No_more_items_are_under_way_than_the_loop_allows_and_they_begin_in_order(string mode, int width)
    {
        var run = Each($"collection: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n{mode}");
        for (var ended = 0; ended < 10; ended++)
        {
            var live = run.State!.Activations.Values.Count(a => a.IsLive && Activations.LoopOf(a.Id) is not null);
            Assert.Equal(Math.Min(width, 10 - ended), live);
            Assert.Equal(Math.Min(10, ended + width), run.Tasks.Count);
            run.Done(Acts.Item("each#1", width == 1 ? ended : ended ^ 1), "1");
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(i => Acts.Item("each#1", i)), run.Tasks.Select(task => task.Activation));
    }

    [Fact]
    public void An_empty_list_completes_with_an_empty_list_and_no_loop()
    {
        var run = Each("collection: []");
        Assert.Equal((EventTypes.ExecutionCompleted, "[]"), (run.Last.EventType, run.Last.Result));
        Assert.Equal("[]", run.FactOf(EventTypes.StepCompleted, "each#1").Result);
        Assert.DoesNotContain(EventTypes.LoopStarted, run.Types);
    }

    [Theory]
    [InlineData("collection: \"{{ workload.n }}\"", "bad_collection", "collection is null; expected a list")]
    [InlineData("collection: \"{{ workload.t }}\"", "bad_collection", "collection is string")]
    [InlineData("collection: [1]\nlimit: \"{{ workload.t }}\"", "bad_collection", "limit is \"text\"")]
    [InlineData("collection: [1]\nlimit: \"{{ 0 - 1 }}\"", "bad_collection", "limit is -1")]
    [InlineData("collection: [1, [2]]\norder_by: item", "bad_collection", "order_by of item 1")]
    [InlineData("collection: [1, 0, 2]\nwhere: 1 / item > 0", null, "where of item 1")]
    public void What_makes_no_list_of_items_fails_the_step_and_can_be_caught(string fields, string? code, string message)
    {
        var run = Each(fields, "{n: null, t: text}");
        var error = run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf();
        if (code is not null) Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("caught#1", run.Tasks.Single().Activation);
    }

    // noetl B5: a failed item is never a success.
    [Fact]
    public void The_first_failed_item_cancels_the_live_ones_in_item_order_and_fails_the_step()
    {
        var run = Each("collection: [0, 1, 2, 3, 4, 5]\nmode: async\nconcurrency: 4");
        run.Done("each#1[0]", "1").Began("each#1[3]");
        var before = run.Facts.Count;
        run.Broken("each#1[2]");
        Assert.Equal(
        [
            "action_failed each#1[2]", "loop_iteration each#1[2]", "loop_iteration each#1[1]", "loop_iteration each#1[3]",
            "loop_iteration each#1[4]", "loop_completed each#1", "step_failed each#1", "step_skipped done#1", "step_started caught#1",
        ], run.Since(before));
        Assert.Equal(("item_failed", "item 2: boom: it broke"), run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf());
        Assert.Equal(["order-17/each#1[1]/1", "order-17/each#1[3]/1", "order-17/each#1[4]/1"], run.Controls.Select(c => c.TaskId));
        Assert.DoesNotContain(run.Tasks, task => task.Activation == "each#1[5]");
        Assert.Empty(run.State!.Items);
        var loop = run.FactOf(EventTypes.LoopCompleted, "each#1");
        Assert.Equal((EventStatus.Failed, 1, 1), (loop.Status, (int)loop.Meta()["completed"]!, (int)loop.Meta()["failed"]!));
    }

    [Fact]
    public void Collected_failures_are_results_with_an_error()
    {
        var run = Each("collection: [0, 1, 2]\nmode: async\non_error: collect");
        run.Broken("each#1[1]").Done("each#1[2]", "\"c\"").Done("each#1[0]", "\"a\"");
        var results = JsonNode.Parse(run.Last.Result!)!.AsArray();
        Assert.Equal(("a", "boom", "c"), ((string)results[0]!, (string)results[1]!["error"]!["code"]!, (string)results[2]!));
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    // Item k fails for k in 0..n.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void So_many_failures_are_tolerated_as_null_and_one_more_fails_the_step(int failures)
    {
        var run = Each("collection: [0, 1, 2, 3]\nmode: async\non_error: {tolerate: 1}");
        for (var i = 0; i < failures; i++) run.Broken(Acts.Item("each#1", i));
        if (failures <= 1)
        {
            for (var i = failures; i < 4; i++) run.Done(Acts.Item("each#1", i), $"{i}");
            Assert.Equal(failures == 0 ? "[0,1,2,3]" : "[null,1,2,3]", run.Last.Result);
        }
        else Assert.Equal("item_failed", run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf().Code);
    }

    [Fact]
    public void Loops_nest_and_see_the_elements_around_them()
    {
        var run = Each("collection: [{n: a, of: [1, 2]}, {n: b, of: []}, {n: c, of: [3]}]\nelement: team\nmode: async",
            task: "{tool: iterator, collection: \"{{ team.of }}\", element: man, mode: async, task: {tool: echo, args: {x: \"{{ team.n + '-' + string(man) + '-' + string(index) }}\"}}}");
        Assert.Equal(["each#1[0][0]", "each#1[0][1]", "each#1[2][0]"], run.Tasks.Select(task => task.Activation));
        Assert.Equal(["a-1-0", "a-2-1", "c-3-0"], run.Tasks.Select(task => (string)task.Input()["args"]!["x"]!));
        run.Done("each#1[2][0]", "30").Done("each#1[0][1]", "12").Done("each#1[0][0]", "11");
        Assert.Equal("[[11,12],[],[30]]", run.Last.Result);
    }

    [Fact]
    public void A_failure_within_an_inner_loop_fails_the_outer_item_and_cancels_what_is_live_in_both()
    {
        var run = Each("collection: [[1, 2], [3]]\nelement: team\nmode: async",
            task: "{tool: iterator, collection: \"{{ team }}\", element: man, mode: async, task: {tool: echo}}");
        run.Broken("each#1[0][1]");
        Assert.Equal(("item_failed", "item 0: item_failed: item 1: boom: it broke"),
            run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf());
        Assert.Equal(["order-17/each#1[0][0]/1", "order-17/each#1[1][0]/1"], run.Controls.Select(c => c.TaskId));
        Assert.Empty(run.State!.Items);
    }

    [Fact]
    public void An_item_has_retries_and_timeouts_of_its_own()
    {
        var run = Each("collection: [0, 1]\nmode: async",
            task: "{tool: echo, args: {x: \"{{ item }}/{{ attempt }}\"}, retry: {max_attempts: 2, initial_delay: 2s, jitter: false}, timeout: {attempt: 5s, queue: 1m}}");
        run.Broken("each#1[1]");
        Assert.Equal(2_000, run.DueIn("each#1[1]"));
        run.Ring("each#1[1]");
        Assert.Equal((2, "1/2"), (run.TaskOf("each#1[1]").Attempt, (string)run.TaskOf("each#1[1]").Input()["args"]!["x"]!));
        run.Done("each#1[1]", "11").Began("each#1[0]");
        Assert.Equal(5_000, run.DueIn("each#1[0]"));
        run.Ring("each#1[0]");
        Assert.Equal("attempt_timeout", run.FactOf(EventTypes.ActionFailed, "each#1[0]").ErrorOf().Code);
        run.Ring("each#1[0]");
        run.Done("each#1[0]", "10");
        Assert.Equal("[10,11]", run.Last.Result);
    }

    [Fact]
    public void Items_that_transform_are_done_within_the_decision()
    {
        var run = Each("collection: [1, 2, 3]", task: "{tool: transform, expression: 'item * 2 + index'}");
        Assert.Equal("[2,5,8]", run.Last.Result);
        Assert.Empty(run.Tasks);
        var bad = Each("collection: [1, 0]\non_error: collect", task: "{tool: transform, expression: '6 / item'}");
        Assert.StartsWith("[6,{\"error\":", bad.Last.Result, StringComparison.Ordinal);
    }

    [Fact]
    public void A_total_timeout_of_the_loop_cancels_its_items_and_fails_the_step()
    {
        var run = Each("collection: [1, 2]\nmode: async\ntimeout: {total: 10s}");
        Assert.Equal(10_000, run.DueIn("each#1"));
        run.Later(4_000).Done("each#1[0]");
        run.Ring("each#1");
        Assert.Equal("attempt_timeout", run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf().Code);
        Assert.Equal(["order-17/each#1[1]/1"], run.Controls.Select(c => c.TaskId));
    }

    [Fact]
    public void The_step_after_a_loop_sees_the_list_also_where_it_is_too_large_for_a_fact()
    {
        var run = Each("collection: [1, 2, 3, 4, 5]\nmode: async");
        var large = $"\"{new string('x', 250_000)}\"";
        for (var i = 0; i < 5; i++) run.Done(Acts.Item("each#1", i), large);
        Assert.Null(run.FactOf(EventTypes.StepCompleted, "each#1").Result);
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("the result of the run has", run.Last.Error, StringComparison.Ordinal);
    }
}
