using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Each limit by its name and number: docs/semantics.md section 12. agentic-orchestrator 19.</summary>
[Trait("tier", "fast")]
public sealed class NamedLimitTests
{
    private const string Three = """
        - step: start
          next: [a, b, c]
        - {step: a, tool: echo}
        - {step: b, tool: echo}
        - {step: c, tool: echo}
        """;

    private const string Items = """
        - step: each
          tool: iterator
          collection: [1, 2, 3]
          mode: async
          task: {tool: echo}
        """;

    private static readonly Dictionary<string, Func<int, EngineSettings>> Settings = new()
    {
        ["max_steps"] = limit => new() { MaxSteps = limit },
        ["max_width"] = limit => new() { MaxWidth = limit },
        ["max_items"] = limit => new() { MaxItems = limit },
        ["max_history_bytes"] = limit => new() { MaxHistoryBytes = limit },
    };

    [Theory]
    [InlineData("max_steps", Three, 4)]
    [InlineData("max_steps", Items, 4)]
    [InlineData("max_width", Three, 3)]
    [InlineData("max_width", Items, 4)]
    [InlineData("max_items", Items, 3)]
    public void A_run_may_reach_a_limit_and_is_closed_with_name_and_number_beyond_it(string name, string workflow, int needed)
    {
        var within = YamlRun.Of(workflow, settings: Settings[name](needed)).Started();
        Assert.Equal(ExecutionStatus.Running, within.State!.Status);
        while (!within.State.IsFinished)
            within.Done(within.State.Activations.Values.First(visit => visit.IsOut).Id);
        Assert.Equal(EventTypes.ExecutionCompleted, within.Last.EventType);

        var beyond = YamlRun.Of(workflow, settings: Settings[name](needed - 1)).Started();
        Assert.Equal((EventTypes.ExecutionFailed, ("limit_exceeded", $"{name}: {needed}, at most {needed - 1}")),
            (beyond.Last.EventType, beyond.Last.ErrorOf()));
        Assert.Equal(0, beyond.State!.Live);
    }

    [Fact]
    public void The_bytes_of_all_facts_are_limited()
    {
        var run = YamlRun.Of("- {step: a, tool: echo, next_mode: first, next: [{when: result != 'stop', step: a}, {step: b}]}\n- {step: b}",
            settings: new() { MaxHistoryBytes = 20_000 }).Started();
        var visit = 0;
        while (!run.State!.IsFinished) run.Done($"a#{++visit}", $"\"{new string('x', 1_000)}\"");
        Assert.InRange(visit, 10, 19);
        var (code, message) = run.Last.ErrorOf();
        Assert.Equal("limit_exceeded", code);
        Assert.Matches(@"^max_history_bytes: 2\d{4}, at most 20000$", message);
        Assert.Equal(run.Facts.Sum(fact => (long)JsonText.BytesOf(fact)), run.State.HistoryBytes);
    }

    [Fact]
    public void A_step_that_has_begun_beyond_a_limit_is_never_handed_out()
    {
        var run = YamlRun.Of(Three, settings: new() { MaxSteps = 3 }).Started();
        Assert.Equal(3, run.Types.Count(type => type == EventTypes.StepCancelled));
        Assert.Empty(run.Tasks);
        Assert.Empty(run.Controls);
    }

    [Fact]
    public void Items_of_a_loop_that_names_no_concurrency_are_bounded_by_the_engine()
    {
        var graph = YamlRun.Graph(Items);
        var each = graph.Steps[0];
        graph = graph with { Steps = [each with { Items = each.Items! with { Concurrency = null } }] };
        var run = new TestRun(graph, new() { MaxConcurrency = 2 }).Started();
        Assert.Equal(2, run.Tasks.Count);
        run.Done("each#1[0]");
        Assert.Equal(3, run.Tasks.Count);
    }

    [Fact]
    public void A_loop_of_a_finally_step_with_too_many_items_fails_and_the_run_ends()
    {
        var run = YamlRun.Of($"- {{step: a, tool: echo}}\n{Items}\n  finally: true", settings: new() { MaxItems = 2 }).Started().Done("a#1");
        Assert.Equal(("limit_exceeded", "max_items: 3, at most 2"), run.FactOf(EventTypes.StepFailed, "each#1").ErrorOf());
        Assert.Equal((EventTypes.ExecutionFailed, "limit_exceeded"), (run.Last.EventType, run.Last.ErrorOf().Code));
    }

    [Fact]
    public void A_limit_reached_runs_finally_and_compensation_as_any_failure_does()
    {
        var run = YamlRun.Of("""
            - {step: a, tool: echo, compensate: undo, next: b}
            - {step: b, tool: echo}
            - {step: undo, tool: echo}
            - {step: bye, tool: echo, finally: true, args: {why: "{{ error.code }}"}}
            """, settings: new() { MaxSteps = 1 }).Started().Done("a#1").Done("undo#1");
        Assert.Equal("limit_exceeded", (string)run.TaskOf("bye#1").Input()["args"]!["why"]!);
        run.Done("bye#1");
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }
}
