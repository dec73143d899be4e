namespace KafkaFlow.Broker.Catalog;

/// <summary>Type of a setting by its number on the wire.</summary>
internal enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// <summary>A topic's setting: what values it takes, and the name of its default among the broker's settings.</summary>
/// <param name="BrokerName">null if the broker has no such setting.</param>
/// <param name="Choices">The only values of a string or of a list's elements; null for any.</param>
internal sealed record ConfigDefinition(
    string Name, ConfigType Type, string Default, string? BrokerName, string About, double Min = double.MinValue,
    double Max = double.MaxValue, string[]? Choices = null);

/// <summary>The settings of topics, and those of the broker that tools look for.</summary>
internal static class ConfigDefinitions
{
    private const string Forever = "9223372036854775807";

    public static readonly IReadOnlyList<ConfigDefinition> Topic =
    [
        new("cleanup.policy", ConfigType.List, "delete", "log.cleanup.policy",
            "Drop old segments, or keep the last record of each key.", Choices: ["delete", "compact"]),
        new("compression.gzip.level", ConfigType.Int, "-1", "compression.gzip.level", Kept, -1, 9),
        new("compression.lz4.level", ConfigType.Int, "9", "compression.lz4.level", Kept, 1, 17),
        new("compression.type", ConfigType.String, "producer", "compression.type",
            "Batches are stored as producers send them, whatever this says.",
            Choices: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        new("compression.zstd.level", ConfigType.Int, "3", "compression.zstd.level", Kept, -131072, 22),
        new("delete.retention.ms", ConfigType.Long, "86400000", "log.cleaner.delete.retention.ms",
            "How long compaction keeps tombstones and markers.", 0),
        new("file.delete.delay.ms", ConfigType.Long, "60000", "log.segment.delete.delay.ms", Kept, 0),
        new("flush.messages", ConfigType.Long, Forever, "log.flush.interval.messages", Kept, 1),
        new("flush.ms", ConfigType.Long, Forever, null, Kept, 0),
        new("follower.replication.throttled.replicas", ConfigType.List, "", null, Kept),
        new("index.interval.bytes", ConfigType.Int, "4096", "log.index.interval.bytes", Kept, 0),
        new("leader.replication.throttled.replicas", ConfigType.List, "", null, Kept),
        new("local.retention.bytes", ConfigType.Long, "-2", "log.local.retention.bytes", Kept, -2),
        new("local.retention.ms", ConfigType.Long, "-2", "log.local.retention.ms", Kept, -2),
        new("max.compaction.lag.ms", ConfigType.Long, Forever, "log.cleaner.max.compaction.lag.ms",
            "After so long a record is compacted though the dirty part is small.", 1),
        new("max.message.bytes", ConfigType.Int, "1048588", "message.max.bytes", "Largest batch.", 0),
        new("message.timestamp.after.max.ms", ConfigType.Long, "3600000", "log.message.timestamp.after.max.ms",
            "A record may be so much newer than the broker's clock.", 0),
        new("message.timestamp.before.max.ms", ConfigType.Long, Forever, "log.message.timestamp.before.max.ms",
            "A record may be so much older than the broker's clock.", 0),
        new("message.timestamp.type", ConfigType.String, "CreateTime", "log.message.timestamp.type",
            "The producer's time or the broker's.", Choices: ["CreateTime", "LogAppendTime"]),
        new("min.cleanable.dirty.ratio", ConfigType.Double, "0.5", "log.cleaner.min.cleanable.ratio",
            "Compaction begins when this part of the log is new.", 0, 1),
        new("min.compaction.lag.ms", ConfigType.Long, "0", "log.cleaner.min.compaction.lag.ms",
            "A record is not compacted before this age.", 0),
        new("min.insync.replicas", ConfigType.Int, "1", "min.insync.replicas", Kept, 1),
        new("preallocate", ConfigType.Boolean, "false", "log.preallocate", Kept),
        new("remote.log.copy.disable", ConfigType.Boolean, "false", null, Kept),
        new("remote.log.delete.on.disable", ConfigType.Boolean, "false", null, Kept),
        new("remote.storage.enable", ConfigType.Boolean, "false", null, Kept),
        new("retention.bytes", ConfigType.Long, "-1", "log.retention.bytes", "Largest partition; -1 for any."),
        new("retention.ms", ConfigType.Long, "604800000", null, "Age of records; -1 for any.", -1),
        new("segment.bytes", ConfigType.Int, "1073741824", "log.segment.bytes", "Size of a finished segment.", 14),
        new("segment.index.bytes", ConfigType.Int, "10485760", "log.index.size.max.bytes", Kept, 4),
        new("segment.jitter.ms", ConfigType.Long, "0", null, Kept, 0),
        new("segment.ms", ConfigType.Long, "604800000", null, "Age of a finished segment.", 1),
        new("unclean.leader.election.enable", ConfigType.Boolean, "false", "unclean.leader.election.enable", Kept),
    ];

    private const string Kept = "Accepted and told; without effect on a broker of one node.";

    private static readonly Dictionary<string, ConfigDefinition> ByName = Topic.ToDictionary(d => d.Name);

    public static ConfigDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Settings of the broker beside the defaults of topics; none can be changed while it runs.</summary>
    public static IReadOnlyList<ConfigDefinition> Broker(BrokerOptions options) =>
    [
        new("auto.create.topics.enable", ConfigType.Boolean, options.AutoCreateTopics ? "true" : "false", null, ""),
        new("broker.id", ConfigType.Int, "1", null, ""),
        new("delete.topic.enable", ConfigType.Boolean, "true", null, ""),
        new("default.replication.factor", ConfigType.Int, "1", null, ""),
        new("group.initial.rebalance.delay.ms", ConfigType.Int, "0", null, ""),
        new("group.max.session.timeout.ms", ConfigType.Int, "1800000", null, ""),
        new("group.max.size", ConfigType.Int, $"{options.MaxGroupSize}", null, ""),
        new("group.min.session.timeout.ms", ConfigType.Int, "6000", null, ""),
        new("inter.broker.protocol.version", ConfigType.String, "3.9-IV0", null, ""),
        new("log.dirs", ConfigType.String, options.DataDirectory ?? "memory", null, ""),
        new("max.connections", ConfigType.Int, $"{options.MaxConnections}", null, ""),
        new("node.id", ConfigType.Int, "1", null, ""),
        new("num.partitions", ConfigType.Int, $"{options.DefaultPartitions}", null, ""),
        new("offset.metadata.max.bytes", ConfigType.Int, "4096", null, ""),
        new("offsets.retention.minutes", ConfigType.Int, "10080", null, ""),
        new("offsets.topic.num.partitions", ConfigType.Int, "1", null, ""),
        new("socket.request.max.bytes", ConfigType.Int, $"{options.MaxRequestBytes}", null, ""),
        new("transaction.max.timeout.ms", ConfigType.Int, "900000", null, ""),
        new("transaction.state.log.num.partitions", ConfigType.Int, "1", null, ""),
    ];
}
