using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Contracts;
using KafkaFlow.Workers;

namespace KafkaFlow.Cli.Bench;

/// <summary>
/// A task whose work is nothing: the result is its <c>args</c> and <c>at_ns</c>, the machine's monotonic clock when the
/// worker had it, which is one clock for all processes of a machine.
/// </summary>
internal sealed class EchoHandler : ITaskHandler
{
    public string NodeType => TaskHandlers.Echo;

    public Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel)
    {
        var at = Stopwatch.GetTimestamp();
        var result = (JsonObject?)JsonNode.Parse(task.Input ?? "{}")?["args"]?.DeepClone() ?? [];
        result["at_ns"] = (long)(at * (1e9 / Stopwatch.Frequency));
        return Task.FromResult(TaskOutcome.Completed(result.ToJsonString()));
    }

    /// <returns>The worker's time of a completed step, or null if its result is not what went in.</returns>
    public static long? CheckedTime(ExecutionEvent step, int expectedRun)
    {
        if (step.Result is null) return null;
        using var result = JsonDocument.Parse(step.Result);
        var root = result.RootElement;
        var ok = root.GetProperty("run").GetInt32() == expectedRun
            && step.NodeName == $"s{root.GetProperty("n").GetInt32()}";
        return ok ? root.GetProperty("at_ns").GetInt64() : null;
    }
}

/// <summary>The playbook of the benchmarks: steps in a row, each hands a number to the worker and gets it
/// back.</summary>
internal static class EchoPlaybook
{
    public const string Path = "bench/echo";

    public static string Of(int steps)
    {
        var text = new StringBuilder($"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {"{"}name: echo, path: {Path}{"}"}
            workload: {"{"}run: 0{"}"}
            workflow:

            """);
        for (var i = 1; i <= steps; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- step: s{i}\n  tool: {BenchStack.NodeType}\n")
                .Append(CultureInfo.InvariantCulture, $"  args: {{n: {i}, run: \"{{{{ workload.run }}}}\"}}\n");
            if (i < steps) text.Append(CultureInfo.InvariantCulture, $"  next: [{{step: s{i + 1}}}]\n");
        }
        return text.ToString();
    }
}
