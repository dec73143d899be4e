using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Repo.Tests;

/// <summary>
/// <c>docs/benchmarks.md</c> is made from the committed results in <c>docs/benchmarks/*.json</c>, which are what
/// <c>kafkaflow bench .. --output json</c> printed and tests/KafkaFlow.Benchmarks wrote. <c>KAFKAFLOW_WRITE_DOCS=1</c> writes it anew.
/// </summary>
public sealed class BenchmarksDocument
{
    private const string Head = """
        # Benchmarks

        Made from `docs/benchmarks/*.json` by `tests/KafkaFlow.Repo.Tests/BenchmarksDocument.cs`. Each file is what the command
        beside it printed with `--output json`; the command starts its own Kafka, uses a private prefix, runs the worker in a
        process of its own, and refuses its own figures (exit 1) unless task topic, results, sink rows and lag check out.
        `expressions` is made by BenchmarkDotNet in one process, without Kafka: p50 and p99 are of the means of 100 iterations of
        30 ms, `Worst..` is what a hostile author reaches under the limits of [expressions](expressions.md), and the command ends
        with exit 1 if a mark does not hold.
        `-embedded`: without `KAFKA_HOME`, so on the embedded broker inside the benchmark's process. `broker` has the embedded
        broker and Kafka take turns in one run; rates are medians of 25 turns (Java: 5), and a ratio scatters by 0.1 from run to
        run. `dev` counts from the start of a process: the runtime, initdb and the first use of everything are in it.
        Figures hold for the machine and day they name. Broker, engine, worker, driver and, where used, Postgres and sink share
        its cores. `floor` is one record produced and fetched with the same client in the same run.

        Compared with peers measured on such a machine: LittleHorse 1.2.1 on Kafka 4.1.1 (40 steps: 59 ms p50 after thousands of
        runs, 99-450 ms before; 630-1,750 tasks/s), Temporal dev server 1.32 (40 steps: 1,062 ms; 54-146 tasks/s). Run a peer in
        the same hour before claiming a ratio of your own.

        """;

    [Fact]
    public void It_says_what_the_committed_results_say()
    {
        var directory = Path.Combine(TestEnvironment.RepositoryRoot, "docs", "benchmarks");
        var text = new StringBuilder(Head);
        foreach (var file in Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal))
            Write(text, Path.GetFileNameWithoutExtension(file), JsonNode.Parse(File.ReadAllText(file))!);
        var document = Path.Combine(TestEnvironment.RepositoryRoot, "docs", "benchmarks.md");
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_WRITE_DOCS") == "1") File.WriteAllText(document, text.ToString());
        Assert.Equal(text.ToString(), File.ReadAllText(document));
    }

    private static void Write(StringBuilder text, string name, JsonNode bench)
    {
        var machine = bench["machine"]!;
        var versions = bench["versions"]!;
        text.Append(CultureInfo.InvariantCulture, $"## {name}\n\n`{Command(bench)}`\n\n| figure | value |\n|---|---|\n");
        Rows(text, "", bench["result"]!.AsObject());
        if (bench["floor_hop_ms"] is JsonObject floor) Rows(text, "floor_hop_ms.", floor);
        Rows(text, "ratio ", bench["ratios"]!.AsObject());
        Rows(text, "check ", bench["checks"]!.AsObject());
        var names = new (string Key, string Name)[]
        {
            ("dotnet", ".NET "), ("librdkafka", "librdkafka "), ("rocksdb", "RocksDB "), ("broker", ""), ("postgres", "Postgres "),
            ("benchmarkdotnet", "BenchmarkDotNet "),
        };
        var used = string.Join(", ", names.Where(n => versions[n.Key] is not null).Select(n => $"{n.Name}{versions[n.Key]}"));
        text.Append(CultureInfo.InvariantCulture,
            $"\n{bench["at"]}, commit {((string)bench["commit"]!)[..8]}, {machine["cpu"]}, {machine["cores"]} cores, load {machine["load_1m"]}, ")
            .Append(CultureInfo.InvariantCulture,
            $"{machine["os"]}, {used}; {bench["warmup_runs"]} warm-up runs, {bench["runs"]} measured.\n\n");
    }

    private static string Command(JsonNode bench)
    {
        if ((string?)bench["command"] is { } command) return command;
        var config = bench["config"]!;
        if ((string)bench["bench"]! == "engine") return $"kafkaflow bench engine --executions {config["executions"]}";
        if ((string)bench["bench"]! == "broker")
            return $"kafkaflow bench broker --records {config["records"]} --rounds {config["rounds"]}";
        if ((string)bench["bench"]! == "dev") return $"kafkaflow bench dev --runs {bench["runs"]}";
        var sink = (bool)config["sink"]! ? " --sink" : "";
        return (string)bench["bench"]! == "sequential"
            ? $"kafkaflow bench sequential --steps {config["steps"]} --runs {bench["runs"]} --warmup {bench["warmup_runs"]}{sink}"
            : $"kafkaflow bench throughput --executions {config["executions"]} --steps {config["steps"]}{sink}";
    }

    private static void Rows(StringBuilder text, string prefix, JsonObject values)
    {
        foreach (var (name, value) in values)
            if (value is JsonObject inner) Rows(text, $"{prefix}{name}.", inner);
            else if (value is not null) text.Append(CultureInfo.InvariantCulture, $"| {prefix}{name} | {value.ToJsonString()} |\n");
    }
}
