using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Reports;
using KafkaFlow.Expressions;

namespace KafkaFlow.Benchmarks;

/// <summary>One figure: of the iterations' means, the median and the 99th percentile.</summary>
internal sealed record Figure(string Name, double P50Ns, double P99Ns, long Bytes)
{
    public static Figure Of(BenchmarkReport report) => new(
        report.BenchmarkCase.Descriptor.WorkloadMethod.Name,
        report.ResultStatistics!.Percentiles.P50, report.ResultStatistics.Percentiles.Percentile(99),
        report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);
}

/// <summary>All figures with what they were measured on, the marks and the ratios to what they are compared with.
/// </summary>
internal sealed class Figures(IReadOnlyList<Figure> all, int warmUps, int iterations, int iterationMs)
{
    private const double CelGoConditionNs = 254;
    private const double CelGoCompileNs = 100_000;
    private const double MaxWorstMs = 50;
    private const long MaxWorstBytes = 8 * 1024 * 1024;

    public bool MarksHold => Marks().All(mark => (bool)mark.Value!);

    public JsonObject ToJson()
    {
        string[] version = (typeof(Value).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0+unknown").Split('+', 2);
        return new JsonObject
        {
            ["bench"] = "expressions",
            ["at"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["commit"] = version[^1],
            ["command"] = "dotnet run -c Release --project tests/KafkaFlow.Benchmarks",
            ["machine"] = Machine(),
            ["versions"] = new JsonObject
            {
                ["kafkaflow"] = version[0],
                ["dotnet"] = Environment.Version.ToString(),
                ["benchmarkdotnet"] = typeof(Summary).Assembly.GetName().Version!.ToString(3),
            },
            ["config"] = new JsonObject
            {
                ["toolchain"] = "InProcessEmit", ["iteration_ms"] = iterationMs, ["outliers"] = "kept",
                ["percentiles"] = "of the iterations' means",
            },
            ["warmup_runs"] = warmUps,
            ["runs"] = iterations,
            ["result"] = new JsonObject(all.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, new JsonObject
            {
                ["p50_ns"] = Math.Round(f.P50Ns, 1), ["p99_ns"] = Math.Round(f.P99Ns, 1), ["bytes"] = f.Bytes,
            }))),
            ["ratios"] = new JsonObject
            {
                ["condition_to_cel_go_254_ns"] = Math.Round(CelGoConditionNs / Condition.P50Ns, 2),
                ["compile_to_cel_go_100_us"] = Math.Round(CelGoCompileNs / Compile.P50Ns, 2),
            },
            ["checks"] = Marks(),
        };
    }

    private Figure Condition => Find(nameof(ExpressionBenchmarks.PathComparisonAnd));
    private Figure Compile => Find(nameof(ExpressionBenchmarks.CompileCondition));
    private Figure Template => Find(nameof(ExpressionBenchmarks.TemplateThreeSubstitutions));

    private JsonObject Marks() => new()
    {
        ["condition_at_most_80_ns"] = Condition.P50Ns <= 80,
        ["condition_0_bytes"] = Condition.Bytes == 0,
        ["compile_at_most_6_us"] = Compile.P50Ns <= 6_000,
        ["template_at_most_500_ns"] = Template.P50Ns <= 500,
        ["worst_at_most_50_ms_and_8_mib"] = all.All(f => f.P50Ns <= MaxWorstMs * 1e6 && f.Bytes <= MaxWorstBytes),
    };

    private Figure Find(string name) => all.First(f => f.Name == name);

    private static JsonObject Machine() => new()
    {
        ["cpu"] = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim() ?? "unknown",
        ["cores"] = Environment.ProcessorCount,
        ["memory_bytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        ["os"] = RuntimeInformation.OSDescription,
        ["load_1m"] = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
    };
}
