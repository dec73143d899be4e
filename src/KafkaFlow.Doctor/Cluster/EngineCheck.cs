using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>Whether somebody decides: members of the engines' group; workers and sink are told of too.</summary>
internal static class EngineCheck
{
    public const string Fix = "kafkaflow engine run, or everything in one: kafkaflow dev";

    public static Finding Look(DoctorOptions options)
    {
        var timeout = ClusterChecks.RequestTimeout(options);
        using var admin = KafkaClients.Admin(options.Kafka!, "kf-doctor");
        var prefix = $"{options.Topics.Prefix}-";
        var groups = admin.ListGroups(timeout)
            .Where(g => g.Group.StartsWith(prefix, StringComparison.Ordinal) && g.Members.Count > 0).ToArray();
        var engine = Array.Find(groups, g => g.Group == options.Topics.EngineGroup);
        var found = groups.Length == 0
            ? $"no group {prefix}* has a member"
            : string.Join(", ", groups.Select(g => $"{g.Group}: {g.Members.Count} {g.State}"));
        return engine is null
            ? Finding.Warn($"no engine answers; {found}", $"a member of {options.Topics.EngineGroup}", Fix)
            : Finding.Ok(found);
    }
}
