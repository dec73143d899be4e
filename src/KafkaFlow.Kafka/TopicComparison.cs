using System.Globalization;

namespace KafkaFlow.Kafka;

/// <summary>Where an existing topic is other than defined, and whether that can lose data.</summary>
internal static class TopicComparison
{
    private const string Partitions = "partitions";

    /// <summary>Less than defined removes records before their time; -1 is without limit.</summary>
    private static readonly string[] Retentions =
        ["retention.ms", "retention.bytes", "delete.retention.ms", "min.compaction.lag.ms"];

    private static readonly string[] Exact = ["cleanup.policy", "message.timestamp.type"];

    /// <summary>Topics whose partitions are found by hash: another count sends an execution elsewhere.</summary>
    private static readonly string[] Hashed = ["commands", "events", "state-changelog"];

    public static IReadOnlyList<TopicDifference> Differences(
        TopicDefinition definition, int expectedPartitions, int actualPartitions,
        IReadOnlyDictionary<string, string> actual)
    {
        var differences = new List<TopicDifference>();
        if (expectedPartitions != actualPartitions)
        {
            differences.Add(new(
                Partitions, Text(expectedPartitions), Text(actualPartitions),
                Hashed.Contains(definition.Name) ? TopicDifference.Refused : TopicDifference.Warning));
        }
        foreach (var (config, expected) in definition.Configs)
        {
            var found = actual.GetValueOrDefault(config);
            if (found is not null && SameValue(expected, found)) continue;
            var severity = SeverityOf(config, expected, found);
            differences.Add(new(config, expected, found ?? "unknown to this broker", severity));
        }
        return differences;
    }

    private static string SeverityOf(string config, string expected, string? actual)
    {
        if (Exact.Contains(config)) return TopicDifference.Refused;
        var isLower = actual is not null && Retentions.Contains(config) && Limit(actual) < Limit(expected);
        return isLower ? TopicDifference.Refused : TopicDifference.Warning;
    }

    /// <summary>-1 stands for no limit.</summary>
    private static decimal Limit(string value) =>
        decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? number < 0 ? decimal.MaxValue : number
            : 0;

    private static bool SameValue(string expected, string actual)
    {
        if (expected == actual) return true;
        if (expected.Contains(',', StringComparison.Ordinal) || actual.Contains(',', StringComparison.Ordinal))
            return Parts(expected).SequenceEqual(Parts(actual));
        return decimal.TryParse(expected, NumberStyles.Number, CultureInfo.InvariantCulture, out var a)
            && decimal.TryParse(actual, NumberStyles.Number, CultureInfo.InvariantCulture, out var b) && a == b;
    }

    private static IEnumerable<string> Parts(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Order(StringComparer.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
