using System.Globalization;
using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KafkaFlow.Benchmarks;
using Perfolizer.Horology;
using Perfolizer.Mathematics.OutlierDetection;

// Measures with BenchmarkDotNet and writes docs/benchmarks/expressions.json, from which docs/benchmarks.md is made.
const int warmUps = 8;
const int iterations = 100;
const int iterationMs = 30;
string root = FindRoot(AppContext.BaseDirectory);
string target = Path.Combine(root, "docs", "benchmarks", "expressions.json");

// In this process: a generated project would be built with this repository's settings, where warnings are errors.
Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithStrategy(RunStrategy.Throughput)
    .WithWarmupCount(warmUps).WithIterationCount(iterations).WithOutlierMode(OutlierMode.DontRemove)
    .WithIterationTime(TimeInterval.FromMilliseconds(iterationMs));
ManualConfig config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
    .WithArtifactsPath(Path.Combine(root, "artifacts", "benchmarks"));
Summary summary = BenchmarkRunner.Run<ExpressionBenchmarks>(config);
if (summary.HasCriticalValidationErrors || summary.Reports.Length == 0 || summary.Reports.Any(r => r.ResultStatistics is null))
{
    foreach (string problem in summary.ValidationErrors.Select(e => e.Message))
        Console.Error.WriteLine(problem);
    Console.Error.WriteLine($"{summary.Reports.Count(r => r.ResultStatistics is null)} of {summary.Reports.Length} benchmarks failed");
    return 1;
}
Figure[] all = [.. summary.Reports.Select(Figure.Of)];
var figures = new Figures(all, warmUps, iterations, iterationMs);
Console.WriteLine($"{"",-30} {"p50 ns",14} {"p99 ns",14} {"bytes",10}");
foreach (Figure f in all)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{f.Name,-30} {f.P50Ns,14:N1} {f.P99Ns,14:N1} {f.Bytes,10}"));
File.WriteAllText(target, figures.ToJson().ToJsonString(JsonSerializerOptions.Default) + "\n");
Console.WriteLine($"wrote {Path.GetRelativePath(root, target)}; docs/benchmarks.md follows with KAFKAFLOW_WRITE_DOCS=1 ./test --filter BenchmarksDocument");
return figures.MarksHold ? 0 : 1;

static string FindRoot(string directory) =>
    File.Exists(Path.Combine(directory, "KafkaFlow.sln")) ? directory
    : FindRoot(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory))
        ?? throw new InvalidOperationException("not within the repository"));
