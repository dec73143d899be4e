using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>The topics held against their definitions, as <c>topics check</c> does.</summary>
internal static class TopicsCheck
{
    public const string Apply = "kafkaflow topics apply";

    public static async Task<Finding> LookAsync(KafkaSettings kafka, string prefix, DoctorOptions options)
    {
        using var admin = new TopicAdmin(kafka, timeout: ClusterChecks.RequestTimeout(options));
        var topics = await admin.CheckAsync(prefix);
        var missing = topics.Where(t => t.Status == TopicStatus.Missing).Select(t => t.Topic).ToArray();
        var refused = Differences(topics, TopicDifference.Refused);
        var warnings = Differences(topics, TopicDifference.Warning);
        const string expected = "every topic as topics/*.yaml defines it";
        if (refused.Length > 0)
            return Finding.Fail(string.Join("; ", refused.Select(d => d.Text)), expected, Alter(kafka, refused));
        if (missing.Length > 0)
            return Finding.Fail($"missing: {string.Join(", ", missing)}", expected, Create(kafka, prefix));
        return warnings.Length > 0
            ? Finding.Warn(string.Join("; ", warnings.Select(d => d.Text)), expected, Alter(kafka, warnings))
            : Finding.Ok($"{topics.Count} topics of prefix {prefix}, all as defined");
    }

    private static (string Topic, TopicDifference Difference, string Text)[] Differences(
        IReadOnlyList<TopicStatus> topics, string severity) =>
    [
        .. topics.SelectMany(t => t.Differences.Where(d => d.Severity == severity).Select(d =>
            (t.Topic, d, $"{t.Topic}: {d.Config} is {d.Actual}, expected {d.Expected}"))),
    ];

    private static string Create(KafkaSettings kafka, string prefix) =>
        $"{Apply} --bootstrap {kafka.Bootstrap} --prefix {prefix}";

    /// <summary>Partitions cannot be taken away, and adding some sends executions elsewhere.</summary>
    private static string Alter(KafkaSettings kafka, (string Topic, TopicDifference Difference, string)[] differences)
    {
        var (topic, difference, _) = differences[0];
        return difference.Config == "partitions"
            ? $"make {topic} anew with {difference.Expected} partitions, or use another --prefix"
            : $"kafka-configs.sh --bootstrap-server {kafka.Bootstrap} --alter --topic {topic} "
                + $"--add-config {difference.Config}={difference.Expected}"
                + (differences.Length > 1 ? $" (and {differences.Length - 1} more alike)" : "");
    }
}
