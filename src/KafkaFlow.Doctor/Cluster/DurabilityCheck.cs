using Confluent.Kafka.Admin;
using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>Settings with which an acknowledged record can be lost: fine for development, not for production.</summary>
internal static class DurabilityCheck
{
    public const string Fix =
        "in production use 3 brokers with default.replication.factor=3, min.insync.replicas=2 and "
        + "unclean.leader.election.enable=false";

    private const string Expected = "replication 3, min.insync.replicas 2, unclean.leader.election.enable false";

    public static async Task<Finding> LookAsync(DoctorOptions options)
    {
        var timeout = ClusterChecks.RequestTimeout(options);
        using var admin = KafkaClients.Admin(options.Kafka!, "kf-doctor");
        var metadata = admin.GetMetadata(timeout);
        var prefix = $"{options.Topics.Prefix}.";
        var ours = metadata.Topics.Where(t => t.Topic.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        var risks = ours.SelectMany(t => t.Partitions.Where(p => p.Replicas.Length < 2).Select(_ => t.Topic))
            .Distinct().Select(topic => $"{topic} has one replica").ToList();
        ConfigResource[] asked =
        [
            .. ours.Select(t => new ConfigResource { Type = ResourceType.Topic, Name = t.Topic }),
            new() { Type = ResourceType.Broker, Name = $"{metadata.OriginatingBrokerId}" },
        ];
        var results = await admin.DescribeConfigsAsync(asked, new() { RequestTimeout = timeout });
        foreach (var result in results)
        {
            var values = result.Entries.ToDictionary(e => e.Key, e => e.Value.Value);
            risks.AddRange(Risks(values).Select(risk => $"{Name(result.ConfigResource)}: {risk}"));
        }
        return Judge(ours.Length, risks);
    }

    internal static Finding Judge(int topics, IReadOnlyList<string> risks)
    {
        const int shown = 4;
        var more = risks.Count > shown ? $", and {risks.Count - shown} more" : "";
        return risks.Count == 0
            ? Finding.Ok($"{topics} topics are replicated and wait for their replicas")
            : Finding.Warn($"{string.Join(", ", risks.Take(shown))}{more}", Expected, Fix);
    }

    /// <param name="configs">Of a topic or a broker; what a broker does not tell is no risk.</param>
    internal static IEnumerable<string> Risks(IReadOnlyDictionary<string, string> configs)
    {
        if (configs.GetValueOrDefault("min.insync.replicas") is "1" or "0")
            yield return $"min.insync.replicas is {configs["min.insync.replicas"]}";
        if (configs.GetValueOrDefault("unclean.leader.election.enable") == "true")
            yield return "unclean.leader.election.enable is true";
    }

    private static string Name(ConfigResource resource) =>
        resource.Type == ResourceType.Broker ? $"broker {resource.Name}" : resource.Name;
}
