using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Patches of a run under way. agentic-orchestrator 15 to 19: validated, applied whole or not at all.</summary>
[Trait("tier", "fast")]
public sealed class PatchTests
{
    private const string Chain = """
        - step: a
          tool: echo
          next: b
        - step: b
          tool: echo
          args: {x: 1}
          next: c
        - step: c
          tool: echo
        """;

    private static TestRun Run(string workflow = Chain, EngineSettings? settings = null) => YamlRun.Of(workflow, settings: settings).Started();

    // agentic-orchestrator 18: add-before-next works.
    [Fact]
    public void A_step_and_an_edge_that_are_added_run()
    {
        var run = Run().Patch("""
            [{"op": "add", "path": "/workflow/d", "value": {"tool": "echo", "next": "c"}},
             {"op": "add", "path": "/workflow/a/next", "value": ["b", {"step": "d", "args": {"y": 2}}]}]
            """);
        Assert.Equal((EventTypes.ExecutionPatched, 2, "ana", "because"), (run.Last.EventType, (int)run.Last.Meta()["graph_version"]!,
            (string)run.Last.Meta()["actor"]!, (string)run.Last.Meta()["reason"]!));
        run.Done("a#1");
        Assert.Equal("""{"y":2}""", run.TaskOf("d#1").Input()["args"]!.ToJsonString());
        Assert.Equal(2, (int)run.FactOf(EventTypes.StepStarted, "d#1").Meta()["graph_version"]!);
        run.Done("b#1");
        Assert.DoesNotContain("c#1", run.State!.Activations.Keys);
        run.Done("d#1").Done("c#1", "5");
        Assert.Equal((EventTypes.ExecutionCompleted, "5"), (run.Last.EventType, run.Last.Result));
    }

    [Fact]
    public void Args_of_a_step_that_has_not_started_are_replaced_and_those_of_a_live_one_stay()
    {
        const string Replace = """[{"op": "replace", "path": "/workflow/b/args/x", "value": 2}]""";
        var before = Run().Patch(Replace).Done("a#1");
        Assert.Equal(2, (int)before.TaskOf("b#1").Input()["args"]!["x"]!);
        var after = Run().Done("a#1").Patch(Replace);
        Assert.Equal(1, (int)after.TaskOf("b#1").Input()["args"]!["x"]!);
        Assert.Single(after.Tasks, task => task.Step == "b");
        after.Done("b#1").Done("c#1");
        Assert.Equal(EventTypes.ExecutionCompleted, after.Last.EventType);
    }

    [Fact]
    public void A_step_that_has_not_started_can_be_removed_and_one_that_has_cannot()
    {
        const string Remove = """[{"op": "remove", "path": "/workflow/b"}, {"op": "replace", "path": "/workflow/a/next", "value": "c"}]""";
        var run = Run().Patch(Remove).Done("a#1").Done("c#1", "1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.DoesNotContain(run.Facts, fact => fact.NodeName == "b");
        Assert.Equal("step b has started; it cannot be removed", Run().Done("a#1").Patch(Remove).Refusal());
    }

    [Fact]
    public void An_edge_added_to_a_settled_step_is_dead_for_that_visit()
    {
        var run = Run().Done("a#1").Patch("""
            [{"op": "add", "path": "/workflow/d", "value": {"tool": "echo"}},
             {"op": "replace", "path": "/workflow/a/next", "value": ["b", "d"]}]
            """);
        Assert.Equal(EventStatus.Skipped, run.FactOf(EventTypes.StepSkipped, "d#1").Status);
        run.Done("b#1").Done("c#1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void A_step_that_no_edge_leads_to_any_more_is_still_seen_where_it_leads_to()
    {
        var run = Run("""
            - {step: a, tool: echo, next: [b, d]}
            - {step: b, tool: echo, next: c}
            - {step: c, tool: echo, next: d}
            - {step: d, tool: echo, args: {b: "{{ b | default('none') }}"}}
            """).Done("a#1").Done("b#1", "7").Patch("""[{"op": "replace", "path": "/workflow/a/next", "value": ["d"]}]""");
        Assert.Equal(7, (int)run.TaskOf("d#1").Input()["args"]!["b"]!);
    }

    [Fact]
    public void A_join_counts_the_edges_that_the_patch_left()
    {
        var run = Run("""
            - step: start
              next: [a, b]
            - {step: a, tool: echo, next: j}
            - {step: b, tool: echo, next: j}
            - {step: j, tool: echo}
            """).Done("a#1");
        Assert.DoesNotContain("j#1", run.State!.Activations.Keys);
        run.Patch("""[{"op": "remove", "path": "/workflow/b/next"}]""");
        Assert.Equal("j#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void The_body_of_a_loop_changes_with_the_next_visit_and_a_live_one_goes_on_as_it_began()
    {
        var items = Run("""
            - step: each
              tool: iterator
              collection: [1, 2]
              task: {tool: echo, args: {x: "{{ item }}"}}
              next_mode: first
              next: [{when: "result[0] == 1", step: each}, {step: out}]
            - {step: out, tool: echo}
            """).Patch("""[{"op": "replace", "path": "/workflow/each/task/args/x", "value": "{{ item * 10 }}"}]""")
            .Done("each#1[0]", "1").Done("each#1[1]", "2").Done("each#2[0]", "3").Done("each#2[1]", "4");
        Assert.Equal([1, 2, 10, 20], items.Tasks.Where(task => task.Step == "each").Select(task => (int)task.Input()["args"]!["x"]!));
        var loop = Run("""
            - step: poll
              tool: echo
              next_mode: first
              next: [{when: result < 9, step: poll}, {step: out}]
            - {step: out, tool: echo}
            """).Done("poll#1", "1").Patch("""[{"op": "replace", "path": "/workflow/poll/next/0/when", "value": "result < 5"}]""");
        loop.Done("poll#2", "4").Done("poll#3", "5");
        Assert.Equal("out#1", loop.Tasks[^1].Activation);
    }

    // agentic-orchestrator 17.
    [Fact]
    public void Of_two_patches_with_one_expected_version_the_first_wins()
    {
        var run = Run();
        run.Patch("""[{"op": "replace", "path": "/workflow/b/args/x", "value": 2}]""")
            .Patch("""[{"op": "replace", "path": "/workflow/b/args/x", "value": 3}]""");
        Assert.Equal("expected_version is 1; the graph has version 2", run.Refusal());
        run.Patch("""[{"op": "replace", "path": "/workflow/b/args/x", "value": 4}]""", expected: 2).Done("a#1");
        Assert.Equal(4, (int)run.TaskOf("b#1").Input()["args"]!["x"]!);
    }

    // agentic-orchestrator 15, 16.
    [Theory]
    [InlineData("{", "patch is no JSON")]
    [InlineData("""[{"op": "replace", "path": "/workflow/a/next", "value": "nowhere"}]""", "nowhere")]
    [InlineData("""[{"op": "add", "path": "/workflow/d", "value": {"tool": "snowflake"}}]""", "snowflake")]
    [InlineData("""[{"op": "replace", "path": "/workflow/b/args/x", "value": "{{ 1 + }}"}]""", "expected an operand")]
    [InlineData("""[{"op": "remove", "path": "/workflow/zz"}]""", "zz")]
    [InlineData("""[{"op": "test", "path": "/workflow/b/args/x", "value": 7}, {"op": "remove", "path": "/workflow/c"}]""", "test")]
    [InlineData("""[{"op": "replace", "path": "/workflow/a", "value": {"wait": "1h", "next": "b"}}]""", "step a is live; it cannot become another kind of step")]
    public void A_patch_that_cannot_be_leaves_no_trace_but_its_rejection(string patch, string reason)
    {
        var run = Run();
        var (before, hash) = (run.Facts.Count, run.State);
        run.Patch(patch);
        Assert.Contains(reason, run.Refusal(), StringComparison.Ordinal);
        Assert.Equal((before + 1, 1), (run.Facts.Count, run.State!.GraphVersion));
        Assert.Equal(hash!.Activations, run.State.Activations);
        run.Done("a#1").Done("b#1").Done("c#1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void Items_that_are_live_end_as_what_they_began()
    {
        var run = Run("""
            - step: each
              tool: iterator
              collection: [[1], [2]]
              task: {tool: iterator, collection: "{{ item }}", element: inner, task: {tool: echo}}
            """);
        run.Patch("""[{"op": "replace", "path": "/workflow/each/task", "value": {"tool": "echo"}}]""");
        run.Done("each#1[0][0]", "1").Done("each#1[1][0]", "2");
        Assert.Equal("[[1],[2]]", run.Last.Result);
    }

    // agentic-orchestrator 19: caps hold at the single writer.
    [Fact]
    public void Only_so_many_patches_are_applied()
    {
        var run = Run(settings: new() { MaxPatches = 2 }).Patch("[]").Patch("[]", 2).Patch("[]", 3);
        Assert.Equal("max_patches: 2 have been applied", run.Refusal());
    }
}
