using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Playbooks;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Bench;

/// <summary>
/// <c>bench engine</c>: the pure engine alone, one thread, log in memory: decide, fold, emit, and the changes for the
/// store, each answered at once.
/// </summary>
internal static class EngineBench
{
    private const int Steps = 3;
    private static readonly int[] StepCurve = [10, 100, 1_000, 10_000, 100_000];
    private static readonly int[] ItemCurve = [10, 100, 1_000, 10_000];

    private const string Loop = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {path: bench/loop}
        workload: {turns: 0}
        workflow:
        - step: turn
          tool: bench
          args: {n: "{{ workload.turns }}"}
          next_mode: first
          next: [{when: "{{ result.left > 0 }}", step: turn}, {step: end}]
        - step: end
        """;

    private const string Items = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {path: bench/items}
        workload: {rows: []}
        workflow:
        - step: each
          tool: iterator
          collection: "{{ workload.rows }}"
          element: row
          mode: async
          concurrency: 100
          task: {tool: bench, args: {n: "{{ row }}"}}
          next: [{step: end}]
        - step: end
        """;

    public static BenchResult Run(int executions, CancellationToken cancel)
    {
        var echo = Compiled(EchoPlaybook.Of(Steps));
        var warmUp = Math.Min(executions, 5_000);
        Measure(warmUp, run => new(echo, run, 0), cancel);
        var sample = Measure(executions, run => new(echo, run, 0), cancel);
        var loop = Compiled(Loop);
        var items = Compiled(Items);
        var curve = new JsonObject
        {
            ["ns_per_step"] = Curve(StepCurve, (run, steps) => new(loop, run, steps - 1), cancel),
            ["ns_per_item"] = Curve(ItemCurve, (run, count) => new(items, run, 0)
            {
                Payload = $$"""{"rows":[{{string.Join(',', Enumerable.Range(0, count))}}]}""",
            }, cancel),
        };
        var perSecond = sample.Facts / sample.Seconds;
        var result = new JsonObject
        {
            ["facts_per_second"] = Math.Round(perSecond),
            ["bytes_per_fact"] = Math.Round((double)sample.Bytes / sample.Facts),
            ["state_bytes_per_fact"] = Math.Round((double)sample.StateBytes / sample.Facts, 1),
            ["executions_per_second"] = Math.Round(executions / sample.Seconds),
            ["curve"] = curve,
        };
        return new("engine", warmUp, executions, [], result,
            new JsonObject { ["target_100000_facts_per_second"] = Math.Round(perSecond / 100_000, 2) },
            new(true, sample.AllCorrect, null, true),
            new JsonObject { ["steps"] = Steps, ["sink"] = false, ["executions"] = executions });
    }

    private static JsonObject Curve(int[] sizes, Func<int, int, EngineBenchRun> make, CancellationToken cancel)
    {
        var curve = new JsonObject();
        foreach (var size in sizes)
        {
            var runs = Math.Clamp(20_000 / size, 2, 500);
            Measure(runs, run => make(run, size), cancel);
            var sample = Measure(runs, run => make(run, size), cancel);
            if (!sample.AllCorrect) throw new InvalidOperationException($"a run of {size} did not complete");
            var perUnit = sample.Seconds * 1e9 / ((double)runs * size);
            curve[size.ToString(CultureInfo.InvariantCulture)] = Math.Round(perUnit);
        }
        return curve;
    }

    private static Sample Measure(int runs, Func<int, EngineBenchRun> make, CancellationToken cancel)
    {
        long facts = 0, state = 0;
        var correct = true;
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < runs; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var run = make(i);
            run.Play();
            facts += run.Facts;
            state += run.StateBytes;
            correct &= run.IsCompleted;
        }
        return new(facts, GC.GetAllocatedBytesForCurrentThread() - bytes, state, clock.Elapsed.TotalSeconds, correct);
    }

    private static PlaybookGraph Compiled(string source) => PlaybookCompiler.Compile(source, "bench").Graph
        ?? throw new InvalidOperationException("the playbook of the benchmark does not compile");

    private sealed record Sample(long Facts, long Bytes, long StateBytes, double Seconds, bool AllCorrect);
}

/// <summary>One execution whose every task is answered as soon as it is handed out.</summary>
internal sealed class EngineBenchRun(PlaybookGraph graph, int number, int turns)
{
    private static readonly EngineSettings Settings = new();
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"run-{number}");
    private readonly List<EngineOutput> _outputs = [];
    private readonly Queue<Command> _commands = [];
    private ExecutionState? _state;
    private long _offset;
    private int _left = turns;

    public string? Payload { get; init; }

    public long Facts { get; private set; }

    /// <summary>Bytes of keys and values written to the store.</summary>
    public long StateBytes { get; private set; }

    public bool IsCompleted => _state?.Status == ExecutionStatus.Completed;

    public void Play()
    {
        _commands.Enqueue(new()
        {
            EventType = CommandTypes.ExecutionStarted,
            ExecutionId = _id,
            PlaybookPath = graph.Path,
            PlaybookVersion = "1",
            ContentHash = graph.ContentHash,
            Payload = Payload,
        });
        while (_commands.TryDequeue(out var command)) Decide(command);
    }

    private void Decide(Command command)
    {
        var decision = EngineCore.Decide(_state, new()
        {
            Command = command,
            Partition = 0,
            Offset = _offset,
            AppendedAt = Timestamp.FromUnixMillis(1_700_000_000_000 + _offset++),
            Epoch = 1,
            Graph = graph,
            Settings = Settings,
        });
        Facts += decision.Facts.Count;
        foreach (var (key, value) in StateCodec.Changes(_state, decision.State))
            StateBytes += key.Length + (value?.Length ?? 0);
        _state = decision.State;
        _outputs.Clear();
        EngineCore.Emit(_state!, decision.Facts, _outputs);
        foreach (var output in _outputs)
            if (output is EngineOutput.ScheduleTask(var task)) Answer(task);
            else if (output is EngineOutput.SendCommand(var own)) _commands.Enqueue(own);
    }

    private void Answer(TaskRecord task) => _commands.Enqueue(new()
    {
        EventType = CommandTypes.ActionCompleted,
        ExecutionId = _id,
        TaskId = task.TaskId,
        Activation = task.Activation,
        Attempt = task.Attempt,
        TaskHash = task.TaskHash,
        WorkerId = "bench",
        Result = string.Create(CultureInfo.InvariantCulture, $$"""{"left":{{_left--}}}"""),
    });
}
