using System.Globalization;
using KafkaFlow.Benchmarks;

// Run with: dotnet run -c Release --project tests/KafkaFlow.Benchmarks
Console.WriteLine($"{Environment.Version}, {Environment.ProcessorCount} cores");
Console.WriteLine($"{"",-40} {"p50 ns",12} {"p99 ns",12} {"bytes",8}");
foreach (Measurement m in ExpressionBenchmarks.Run())
    Console.WriteLine(string
        .Create(CultureInfo.InvariantCulture, $"{m.Name,-40} {m.P50Ns,12:F1} {m.P99Ns,12:F1} {m.Bytes,8:F0}"));
