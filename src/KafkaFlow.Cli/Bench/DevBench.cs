using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.LocalServers;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Cli.Bench;

/// <summary>
/// <c>bench dev</c>: what a user waits for. From the start of a <c>dev</c> process in an empty directory until a run
/// has completed and until all of it is ready, initdb included; the same once more in that directory; and the whole
/// of <c>run FILE</c> without an instance.
/// </summary>
internal static class DevBench
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);

    private static readonly string Playbook = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: first, path: bench/first}
        workflow:
        - step: greet
          tool: python
          code: "def main(): return {'greeting': 'Hello'}"

        """;

    public static async Task<BenchResult> RunAsync(CommandContext context, int runs, CancellationToken cancel)
    {
        List<double> firstRun = [], ready = [], secondRun = [], secondReady = [], alone = [];
        var allCompleted = true;
        var sinkRows = PostgresServer.Problem() is null;
        for (var run = 0; run < runs; run++)
        {
            using var scratch = new ScratchDirectory("bench");
            foreach (var (completed, whole) in new[] { (firstRun, ready), (secondRun, secondReady) })
            {
                var began = Stopwatch.GetTimestamp();
                await using var dev = Start(
                    scratch, "dev", "--kafka-port", "0", "--postgres-port", "0", "--registry-port", "0");
                allCompleted &= await CompleteOneAsync(context.Settings, scratch, dev, cancel);
                completed.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                await dev.WaitUntilAsync(() => Says(dev, "ready in "), Limit, "dev", cancel);
                whole.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                sinkRows &= !Says(dev, "postgres=none");
            }
            alone.Add(await RunAloneAsync(cancel));
        }
        var result = new JsonObject
        {
            ["first_run_ms"] = Figures.Of(firstRun, "p50", "max"), ["ready_ms"] = Figures.Of(ready, "p50", "max"),
            ["second_start_run_ms"] = Figures.Of(secondRun, "p50", "max"),
            ["second_start_ready_ms"] = Figures.Of(secondReady, "p50", "max"),
            ["run_file_ms"] = Figures.Of(alone, "p50", "max"),
        };
        var ratios = new JsonObject
        {
            ["mark_2000_ms_first_run"] = Math.Round(2000 / (double)result["first_run_ms"]!["p50"]!, 2),
            ["mark_3000_ms_ready"] = Math.Round(3000 / (double)result["ready_ms"]!["p50"]!, 2),
        };
        var checks = new BenchChecks(TasksOnTopic: true, allCompleted, sinkRows, Lag: true);
        var config = new JsonObject { ["parts"] = "all, one process" };
        return new BenchResult("dev", 0, runs, [], result, ratios, checks, config);
    }

    private static bool Says(ChildProcess dev, string text) =>
        File.ReadAllText(dev.LogFile).Contains(text, StringComparison.Ordinal);

    private static ChildProcess Start(ScratchDirectory scratch, params string[] arguments) => ChildProcess.Start(
        Environment.ProcessPath!, [.. arguments, "--data", Path.Combine(scratch.FullPath, "data")],
        Path.Combine(scratch.FullPath, $"{Guid.NewGuid():N}.log"));

    /// <summary>As somebody does who waits for the address and begins at once.</summary>
    private static async Task<bool> CompleteOneAsync(
        CliSettings settings, ScratchDirectory scratch, ChildProcess dev, CancellationToken cancel)
    {
        Instance? instance = null;
        await dev.WaitUntilAsync(
            () => (instance = Instance.Find(Path.Combine(scratch.FullPath, "data"))) is not null, Limit, "dev", cancel);
        var at = settings with { Bootstrap = instance!.Bootstrap, Registry = instance.Registry };
        using var cluster = await Cluster.ConnectAsync(at, NullLoggerFactory.Instance, cancel);
        using var registry = new PlaybookRegistry(cluster);
        var (record, _) = await registry.RegisterAsync("bench/first", Playbook, cancel);
        var start = ExecutionStart.StartOf(record, null, null);
        using var log = new ExecutionLog(cluster, start.ExecutionId);
        await cluster.AppendAsync(start, cancel);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Limit;)
            if (log.Next(Poll, cancel) is { Count: > 0 } facts && EventTypes.IsTerminal(facts[^1].EventType))
                return facts[^1].EventType == EventTypes.ExecutionCompleted;
        throw CliException.Unavailable($"the first run has not ended after {Limit.TotalSeconds:0} s");
    }

    private static async Task<double> RunAloneAsync(CancellationToken cancel)
    {
        using var scratch = new ScratchDirectory("bench");
        var file = Path.Combine(scratch.FullPath, "first.yaml");
        await File.WriteAllTextAsync(file, Playbook, cancel);
        var began = Stopwatch.GetTimestamp();
        await using var run = Start(scratch, "run", file);
        for (var clock = Stopwatch.StartNew(); !run.HasExited; await Task.Delay(Poll, cancel))
            if (clock.Elapsed > Limit) throw CliException.Unavailable("run FILE has not ended");
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
