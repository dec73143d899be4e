using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Bench;

/// <summary><c>bench throughput</c>: N executions at once, each of S trivial steps in a row.</summary>
internal static class ThroughputBench
{
    private const int WarmUpRuns = 200;
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    public sealed record Plan(int Executions, int Steps, bool Sink);

    public static async Task<BenchResult> RunAsync(CommandContext context, Plan plan, CancellationToken cancel)
    {
        await using var stack = await BenchStack.StartAsync(context, plan.Sink, cancel);
        using var registry = new PlaybookRegistry(stack.Cluster);
        var (playbook, _) = await registry.RegisterAsync(EchoPlaybook.Path, EchoPlaybook.Of(plan.Steps), cancel);
        using var watcher = new RunWatcher(stack.Cluster, keepSteps: true);
        var correct = await BurstAsync(stack, watcher, playbook, "warm", WarmUpRuns, plan.Steps, cancel);
        var floor = HopFloor.Measure(stack.Cluster, cancel);

        using var lag = plan.Sink ? SinkLag.Watch() : null;
        var cpuBefore = BenchStack.CpuMs();
        var clock = Stopwatch.StartNew();
        correct &= await BurstAsync(stack, watcher, playbook, "run", plan.Executions, plan.Steps, cancel);
        var seconds = clock.Elapsed.TotalSeconds;
        var cpu = BenchStack.CpuMs() - cpuBefore;

        var tasksPerSecond = plan.Executions * plan.Steps / seconds;
        var result = new JsonObject
        {
            ["executions"] = plan.Executions,
            ["steps"] = plan.Steps,
            ["seconds"] = Math.Round(seconds, 3),
            ["executions_per_s"] = Math.Round(plan.Executions / seconds, 1),
            ["tasks_per_s"] = Math.Round(tasksPerSecond, 1),
            ["cpu_ms_per_execution"] = Math.Round(cpu / plan.Executions, 3),
            ["rss_bytes"] = stack.RssBytes(),
            ["sink_lag_ms"] = lag?.ToJson(),
        };
        var ratios = new JsonObject
        {
            ["littlehorse_1750_tasks_per_s"] = Math.Round(tasksPerSecond / 1750, 2),
            ["temporal_146_tasks_per_s"] = Math.Round(tasksPerSecond / 146, 2),
        };
        var expected = (long)(WarmUpRuns + plan.Executions) * plan.Steps;
        var checks = await BenchChecks.RunAsync(stack, watcher, expected, correct, cancel);
        return new BenchResult("throughput", WarmUpRuns, 1, floor, result, ratios, checks,
            new JsonObject { ["executions"] = plan.Executions, ["steps"] = plan.Steps, ["sink"] = plan.Sink });
    }

    /// <returns>Whether every run completed with every result as it went in.</returns>
    private static async Task<bool> BurstAsync(
        BenchStack stack, RunWatcher watcher, PlaybookRecord playbook, string name, int count, int steps,
        CancellationToken cancel)
    {
        var appended = new List<Task>(count);
        for (var i = 0; i < count; i++)
            appended.Add(stack.Cluster.AppendAsync(
                ExecutionStart.StartOf(playbook, $"{name}-{i}", $"{{\"run\":{i}}}"), cancel));
        var correct = true;
        for (var ended = 0; ended < count; ended++)
        {
            if (!watcher.Ended.TryTake(out var run, (int)StallTimeout.TotalMilliseconds, cancel))
            {
                stack.ThrowIfFailed();
                throw CliException.Unavailable(
                    $"{count - ended} of {count} executions have not ended; nothing ended for "
                    + $"{StallTimeout.TotalSeconds:0} s");
            }
            var number =
                int.Parse(run.ExecutionId[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            correct &= run.Run.Status == EventStatus.Completed && run.Run.Steps.Count == steps
                && run.Run.Steps.All(step => EchoHandler.CheckedTime(step, number) is not null);
        }
        await Task.WhenAll(appended);
        return correct;
    }
}

/// <summary>Collects the sink's own histogram of how far a batch was behind its records when it was
/// committed.</summary>
internal sealed class SinkLag : IDisposable
{
    public const string MeterName = "KafkaFlow.PostgresSink";
    public const string Instrument = "kafkaflow.sink.lag";
    private readonly MeterListener _listener = new();
    private readonly List<double> _values = [];
    private readonly Lock _gate = new();

    public static SinkLag Watch()
    {
        var lag = new SinkLag();
        lag._listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterName && instrument.Name == Instrument)
                listener.EnableMeasurementEvents(instrument);
        };
        lag._listener.SetMeasurementEventCallback<double>((_, value, _, _) => lag.Add(value));
        lag._listener.Start();
        return lag;
    }

    private void Add(double value)
    {
        lock (_gate) _values.Add(value);
    }

    public JsonObject ToJson()
    {
        lock (_gate) return Figures.Of(_values, "p99");
    }

    public void Dispose() => _listener.Dispose();
}
