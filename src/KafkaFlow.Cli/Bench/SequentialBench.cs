using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Bench;

/// <summary><c>bench sequential</c>: one run at a time, each of N trivial steps in a row.</summary>
internal static class SequentialBench
{
    private static readonly TimeSpan RunTimeout = TimeSpan.FromSeconds(60);

    public sealed record Plan(int Steps, int WarmUp, int Runs, bool Sink);

    public static async Task<BenchResult> RunAsync(CommandContext context, Plan plan, CancellationToken cancel)
    {
        await using var stack = await BenchStack.StartAsync(context, plan.Sink, cancel);
        using var registry = new PlaybookRegistry(stack.Cluster);
        var (playbook, _) = await registry.RegisterAsync(EchoPlaybook.Path, EchoPlaybook.Of(plan.Steps), cancel);
        using var watcher = new RunWatcher(stack.Cluster, keepSteps: true);
        var series = new Series(stack, watcher, playbook, plan.Steps);

        var first = await series.RunOnceAsync(cancel);
        for (var i = 1; i < plan.WarmUp; i++) await series.RunOnceAsync(cancel);
        var floor = HopFloor.Measure(stack.Cluster, cancel);
        series.Between.Clear();
        var totals = new List<double>();
        for (var i = 0; i < plan.Runs; i++) totals.Add(await series.RunOnceAsync(cancel));

        var result = new JsonObject
        {
            ["steps"] = plan.Steps,
            ["first_run_ms"] = Math.Round(first, 3),
            ["total_ms"] = Figures.Of(totals, "p50", "p99", "min", "max"),
            ["between_tasks_ms"] = Figures.Of(series.Between, "p50", "p99"),
        };
        var ratios = new JsonObject
        {
            ["total_to_floor"] =
            Math.Round((double)result["total_ms"]!["p50"]! / ((double)floor["mean"]! * 2 * plan.Steps), 2),
            ["littlehorse_warm_p50_59_ms"] = Math.Round(59 / (double)result["total_ms"]!["p50"]!, 2),
        };
        var expected = (long)(plan.WarmUp + plan.Runs) * plan.Steps;
        var checks = await BenchChecks.RunAsync(stack, watcher, expected, series.AllCorrect, cancel);
        return new BenchResult("sequential", plan.WarmUp, plan.Runs, floor, result, ratios, checks,
            new JsonObject { ["steps"] = plan.Steps, ["sink"] = plan.Sink });
    }

    private sealed class Series(BenchStack stack, RunWatcher watcher, PlaybookRecord playbook, int steps)
    {
        private int _run;

        public List<double> Between { get; } = [];

        public bool AllCorrect { get; private set; } = true;

        /// <returns>Milliseconds from before the start is produced until its terminal event has been
        /// received.</returns>
        public async Task<double> RunOnceAsync(CancellationToken cancel)
        {
            var run = ++_run;
            var start = ExecutionStart.StartOf(playbook, $"seq-{run}", $"{{\"run\":{run}}}");
            var began = Stopwatch.GetTimestamp();
            await stack.Cluster.AppendAsync(start, cancel);
            if (!watcher.Ended.TryTake(out var ended, (int)RunTimeout.TotalMilliseconds, cancel))
            {
                stack.ThrowIfFailed();
                throw CliException.Unavailable($"run {run} has not ended after {RunTimeout.TotalSeconds:0} s");
            }
            var times = ended.Run.Steps.Select(s => EchoHandler.CheckedTime(s, run)).ToList();
            AllCorrect &= ended.Run.Status == EventStatus.Completed && times.Count == steps && !times.Contains(null);
            for (var i = 1; i < times.Count; i++)
                if (times[i] is { } at && times[i - 1] is { } before) Between.Add((at - before) / 1e6);
            return Stopwatch.GetElapsedTime(began, ended.Run.EndedAt).TotalMilliseconds;
        }
    }
}
