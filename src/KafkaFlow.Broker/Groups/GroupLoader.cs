using KafkaFlow.Broker.Logs;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>Rebuilds the groups from the offsets topic.</summary>
internal static class GroupLoader
{
    public static void Load(PartitionLog log, GroupCoordinator groups) => LogReplay.Read(log, batch =>
    {
        if (batch.IsControl)
        {
            if (ControlRecord.TryRead(batch, out var marker)) groups.CompleteTransaction(
                batch.ProducerId, marker.Commits);
            return;
        }
        for (var reader = new RecordReader(batch.Records); reader.Next();)
        {
            var record = reader.Current;
            Apply(
                groups, record.Key.ToArray(), record.HasValue ? record.Value.ToArray() : null,
                batch.BaseOffset + record.OffsetDelta, batch.IsTransactional ? batch.ProducerId : null);
        }
    });

    private static void Apply(GroupCoordinator groups, byte[] key, byte[]? value, long logOffset, long? producerId)
    {
        if (!GroupRecords.TryKey(key, out var id, out var topic, out var partition)) return;
        if (partition < 0)
        {
            if (value is null) groups.Forget(id);
            else groups.FindOrAdd(id).Load(GroupRecords.Group(value));
            return;
        }
        if (value is null && groups.Find(id) is null) return;
        var offsets = groups.FindOrAdd(id).Offsets;
        var place = new TopicPartition(topic, partition);
        if (value is null) offsets.Remove(place);
        else if (producerId is { } producer) offsets.Hold(producer, place, GroupRecords.Offset(value, logOffset));
        else offsets.Put(place, GroupRecords.Offset(value, logOffset));
    }
}
