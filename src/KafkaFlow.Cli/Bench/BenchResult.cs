using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Settings;

namespace KafkaFlow.Cli.Bench;

/// <summary>One benchmark's outcome as the document BENCH.</summary>
internal sealed record BenchResult(
    string Name, int WarmUpRuns, int Runs, JsonObject Floor, JsonObject Result, JsonObject Ratios, BenchChecks Checks,
    JsonObject Config)
{
    public JsonObject ToJson(CliSettings settings)
    {
        Config["kafka"] = settings.Bootstrap is not null ? "named cluster"
            : settings.KafkaHome is null ? "embedded, started for the run"
            : "KAFKA_HOME, one node, started for the run";
        Config["acks"] = "all";
        return new JsonObject
        {
            ["bench"] = Name,
            ["at"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["commit"] = Version.Commit,
            ["machine"] = Machine.ToJson(),
            ["versions"] = Machine.Versions(settings),
            ["config"] = Config,
            ["warmup_runs"] = WarmUpRuns,
            ["runs"] = Runs,
            ["floor_hop_ms"] = Floor,
            ["result"] = Result,
            ["ratios"] = Ratios,
            ["checks"] = Checks.ToJson(),
        };
    }
}

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static JsonObject ToJson() => new()
    {
        ["cpu"] = Field("/proc/cpuinfo", "model name") ?? "unknown",
        ["cores"] = Environment.ProcessorCount,
        ["memory_bytes"] = Kilobytes(Field("/proc/meminfo", "MemTotal")),
        ["os"] = RuntimeInformation.OSDescription,
        ["load_1m"] = File.Exists("/proc/loadavg")
            ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
            : null,
    };

    public static JsonObject Versions(CliSettings settings) => new()
    {
        ["kafkaflow"] = Version.Text,
        ["dotnet"] = Environment.Version.ToString(),
        ["librdkafka"] = Confluent.Kafka.Library.VersionString,
        ["rocksdb"] = LoadedVersion("librocksdb.so."),
        ["broker"] = BrokerVersion(settings),
        ["postgres"] = Path.GetFileName(Path.GetDirectoryName(LocalServers.PostgresServer.FindBinaries())) ?? "none",
    };

    /// <summary>The version in the name of a native library this process has mapped.</summary>
    private static string LoadedVersion(string library)
    {
        const string maps = "/proc/self/maps";
        var line = File.Exists(maps)
            ? File.ReadLines(maps).FirstOrDefault(l => l.Contains(library, StringComparison.Ordinal))
            : null;
        return line is null ? "not loaded" : line[(line.IndexOf(library, StringComparison.Ordinal) + library.Length)..];
    }

    private static string BrokerVersion(CliSettings settings)
    {
        if (settings.Bootstrap is not null) return "named cluster";
        if (settings.KafkaHome is null) return $"embedded {Version.Text}";
        var jar = Directory.EnumerateFiles(Path.Combine(settings.KafkaHome, "libs"), "kafka-clients-*.jar")
            .FirstOrDefault();
        return jar is null ? "unknown"
            : "Apache Kafka " + Path.GetFileNameWithoutExtension(jar)["kafka-clients-".Length..];
    }

    private static string? Field(string file, string name) => !File.Exists(file)
        ? null
        : File.ReadLines(file)
            .FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();

    private static long? Kilobytes(string? text) =>
        text is null ? null : long.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
}
