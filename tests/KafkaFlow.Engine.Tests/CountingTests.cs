using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>What one item, iteration or visit costs, counted, not timed: the same however many there are.</summary>
[Trait("tier", "fast")]
public sealed class CountingTests(ITestOutputHelper output)
{
    private const int Few = 100;
    private const int Many = 10_000;
    /// <summary>Trees are deeper by a factor of two; everything else costs the same.</summary>
    private const double MostGrowth = 1.5;

    private sealed record Cost(long Keys, long Bytes, long Allocated, long StateBytes);

    private const string Items = """
        - step: gen
          tool: echo
          next: each
        - step: each
          tool: iterator
          collection: "{{ result }}"
          mode: async
          task: {tool: echo, args: {x: "{{ item }}", of: "{{ workload.k }}"}}
        """;

    private const string FromWorkload = """
        - step: gen
          tool: echo
          next: each
        - step: each
          tool: iterator
          collection: "{{ workload.all }}"
          mode: async
          task: {tool: echo, args: {x: "{{ item }}", of: "{{ workload.k }}"}}
        """;

    private const string Cycle = """
        - step: gen
          tool: echo
          next: poll
        - step: poll
          tool: echo
          next_mode: first
          next: [{when: "{{ result < 0 }}", step: done}, {step: poll}]
        - step: done
        """;

    private const string While = """
        - step: gen
          tool: echo
          next: poll
        - step: poll
          tool: echo
          while: {condition: "{{ result >= 0 }}", max_iterations: 1000000}
        """;

    [Theory]
    [InlineData("items", Items)]
    [InlineData("items of the workload", FromWorkload)]
    [InlineData("visits of a cycle", Cycle)]
    [InlineData("iterations of a while-loop", While)]
    public void One_costs_the_same_among_a_hundred_and_among_ten_thousand(string what, string workflow)
    {
        Measure(workflow, Few);
        var (few, many) = (Measure(workflow, Few), Measure(workflow, Many));
        output.WriteLine($"{what}: {few} of {Few}, {many} of {Many}");
        Assert.InRange(many.Keys, 1, few.Keys);
        Assert.InRange(many.Bytes, 1, few.Bytes + 40);
        Assert.InRange(many.Allocated, 1, few.Allocated * MostGrowth);
        if (workflow is Cycle or While) Assert.InRange(many.StateBytes, 1, few.StateBytes + 40);
    }

    /// <summary>Most keys and bytes that any answer wrote, and mean allocation per answer, but for the first and the
    /// last answers.</summary>
    private static Cost Measure(string workflow, int count)
    {
        var all = string.Join(',', Enumerable.Range(0, count));
        var graph = YamlRun.Graph(workflow, $"workload: {{k: 5, all: [{(workflow == FromWorkload ? all : "")}]}}");
        var offset = 0L;
        var state = Decide(null, graph, TestRun.StartCommand(), ref offset, out _, out _);
        state = Decide(state, graph, Answer(state, "gen#1", workflow == Items ? $"[{all}]" : "[]"), ref offset, out _, out _);
        while (state.Cursor is { } cursor)
            state = Decide(state, graph, new() { EventType = CommandTypes.Continue, ExecutionId = TestRun.Id, Cursor = cursor }, ref offset, out _, out _);
        long keys = 0, bytes = 0, allocated = 0;
        var isItems = workflow is Items or FromWorkload;
        for (var i = 0; i < count - 1; i++)
        {
            var id = workflow == Cycle ? $"poll#{i + 1}" : Acts.Item(isItems ? "each#1" : "poll#1", i);
            var before = GC.GetAllocatedBytesForCurrentThread();
            state = Decide(state, graph, Answer(state, id, i.ToString(CultureInfo.InvariantCulture)), ref offset, out var wroteKeys, out var wroteBytes);
            if (i is >= 10 && i < count - 10)
            {
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                (keys, bytes) = (Math.Max(keys, wroteKeys), Math.Max(bytes, wroteBytes));
            }
        }
        Assert.False(state.IsFinished);
        return new(keys, bytes, allocated / (count - 20), StateCodec.Changes(null, state).Sum(change => change.Value!.Length));
    }

    private static ExecutionState Decide(ExecutionState? state, PlaybookGraph graph, Command command, ref long offset, out long keys, out long bytes)
    {
        var decision = Engine.Decide(state, new()
        {
            Command = command, Partition = 2, Offset = offset++, Epoch = 1, Graph = graph,
            AppendedAt = Timestamp.FromUnixMillis(1_700_000_000_000 + offset),
        });
        Assert.True(decision.Facts.Count > 0, decision.Outcome.ToString());
        var changes = StateCodec.Changes(state, decision.State);
        (keys, bytes) = (changes.Count, changes.Sum(change => change.Key.Length + (change.Value?.Length ?? 0L)));
        var outputs = new List<EngineOutput>();
        Engine.Emit(decision.State!, decision.Facts, outputs);
        return decision.State!;
    }

    private static Command Answer(ExecutionState state, string activation, string result)
    {
        var visit = state.Activations[activation];
        return new()
        {
            EventType = CommandTypes.ActionCompleted,
            ExecutionId = TestRun.Id,
            TaskId = TaskRecord.IdOf(TestRun.Id, activation, visit.Attempt),
            Activation = activation,
            Attempt = visit.Attempt,
            TaskHash = visit.TaskHash,
            WorkerId = "w1",
            Result = result,
        };
    }
}
