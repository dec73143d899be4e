using Confluent.Kafka;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;

namespace KafkaFlow.Cli.Local;

/// <summary>A commands partition as seen from outside: committed position, end, owner, age of the last
/// checkpoint.</summary>
/// <param name="Role">running, rebalancing (an owner is being chosen) or unowned (no engine).</param>
/// <param name="CheckpointAgeMs">null if there has never been one.</param>
/// <param name="RestorePercent">An owner answers only once its state is whole, so this is 0 or 100 from
/// outside.</param>
internal sealed record EngineStatusRow(
    int Partition, string Role, long Position, long Lag, long? CheckpointAgeMs, int RestorePercent, string? Owner,
    bool HeldByTransaction);

/// <summary>Asks Kafka, not the engines: what is shown is what the log and the group coordinator say.</summary>
internal static class EngineStatus
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static List<EngineStatusRow> Read(Cluster cluster, CancellationToken cancel)
    {
        var settings = cluster.Settings;
        var topics = cluster.Topics;
        using var admin = KafkaClients.Admin(settings.Kafka);
        var partitions = KafkaClients.WarmUp(admin.Handle, [topics.Commands], Timeout)[topics.Commands];
        using var group =
            KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings.Kafka, "kf-status", topics.EngineGroup));
        using var stable =
            KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings.Kafka, "kf-status", readCommitted: true));
        if (partitions == 0)
            throw CliException.Unavailable(
                $"topic {topics.Commands} does not exist on {settings.Bootstrap}",
                "create the topics with: kafkaflow topics apply");
        var (role, owner) = OwnerOf(admin, topics);
        var all = Enumerable.Range(0, partitions).Select(p => new TopicPartition(topics.Commands, p)).ToList();
        var committed = group.Committed(all, Timeout);
        var rows = new List<EngineStatusRow>();
        foreach (var at in committed)
        {
            cancel.ThrowIfCancellationRequested();
            var end = group.QueryWatermarkOffsets(at.TopicPartition, Timeout).High.Value;
            var stableEnd = stable.QueryWatermarkOffsets(at.TopicPartition, Timeout).High.Value;
            var position = at.Offset.IsSpecial ? 0 : at.Offset.Value;
            var age = CheckpointAge(cluster, at.Partition.Value);
            rows.Add(new EngineStatusRow(
                at.Partition.Value, role, position, Math.Max(0, end - position), age,
                owner is null ? 0 : 100, owner, stableEnd < end));
        }
        return rows;
    }

    private static (string Role, string? Owner) OwnerOf(IAdminClient admin, TopicNames topics)
    {
        var group = admin.ListGroup(topics.EngineGroup, Timeout);
        if (group is null || group.Members.Count == 0) return ("unowned", null);
        return group.State == "Stable"
            ? ("running", string.Join(", ", group.Members.Select(m => $"{m.ClientId}{m.ClientHost}")))
            : ("rebalancing", null);
    }

    /// <summary>The last record of the changelog is a fence or a checkpoint; its append time tells the age.</summary>
    private static long? CheckpointAge(Cluster cluster, int partition)
    {
        using var reader = KafkaClients.Consumer(KafkaClients.ConsumerConfig(cluster.Settings.Kafka, "kf-status"));
        var changelog = new TopicPartition(cluster.Topics.Changelog, partition);
        var end = reader.QueryWatermarkOffsets(changelog, Timeout);
        const int markersAtEnd = 4; // transactions end in a marker, which is no record
        var from = Math.Max(end.Low.Value, end.High.Value - markersAtEnd);
        if (from >= end.High.Value) return null;
        reader.Assign([new TopicPartitionOffset(changelog, from)]);
        var newest = -1L;
        while (reader.Consume(TimeSpan.FromMilliseconds(200)) is { Message: not null } record)
            newest = record.Message.Timestamp.UnixTimestampMs;
        return newest < 0 ? null : Math.Max(0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - newest);
    }
}
