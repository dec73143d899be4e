using KafkaFlow.Broker.Logs;

namespace KafkaFlow.Broker.Catalog;

/// <summary>A topic and the logs of its partitions. Replaced as a whole when it grows or is configured.</summary>
internal sealed record Topic(string Name, Guid Id, TopicConfig Config, IReadOnlyList<PartitionLog> Partitions)
{
    public bool IsInternal => Name is InternalTopics.Offsets or InternalTopics.Transactions;

    public PartitionLog? Partition(int index) =>
        (uint)index < (uint)Partitions.Count ? Partitions[index] : null;
}

/// <summary>Topics of the coordinators; only they write them.</summary>
internal static class InternalTopics
{
    public const string Offsets = "__consumer_offsets";
    public const string Transactions = "__transaction_state";
}
