using System.Collections.Concurrent;
using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>An offset a client wants to commit.</summary>
internal sealed record OffsetToCommit(TopicPartition Partition, long Offset, int LeaderEpoch, string? Metadata);

/// <summary>
/// All groups. Whatever they must not forget is a record of the offsets topic before it is answered; a start reads the
/// topic from its beginning.
/// </summary>
internal sealed class GroupCoordinator : IDisposable
{
    private const int MaxMetadataLength = 4096;
    private static readonly TimeSpan OffsetRetention = TimeSpan.FromDays(7);
    private readonly BrokerCore _core;
    private readonly GroupContext _context;
    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);

    public GroupCoordinator(BrokerCore core)
    {
        _core = core;
        _context = new(core.Options.Clock, core.Options.MaxGroupSize, core.Logger, (id, stored) =>
            Write([(GroupRecords.GroupKey(id), GroupRecords.GroupValue(stored))]).Error);
    }

    public IEnumerable<Group> Groups => _groups.Values;

    private PartitionLog Log => _core.Catalog.Log(InternalTopics.Offsets, 0)!;

    public Group? Find(string id) => _groups.GetValueOrDefault(id);

    public Group FindOrAdd(string id) => _groups.GetOrAdd(id, _ => new(id, _context));

    /// <summary>Makes the offsets topic if it is absent, else reads it.</summary>
    public void Load()
    {
        if (_core.Catalog.Find(InternalTopics.Offsets) is null)
        {
            _core.Catalog.Create(InternalTopics.Offsets, 1, new Dictionary<string, string>
            {
                ["cleanup.policy"] = "compact", ["compression.type"] = "producer", ["segment.bytes"] = "104857600",
            }, validateOnly: false);
        }
        GroupLoader.Load(Log, this);
        foreach (var group in _groups.Values) group.StartSessions();
    }

    /// <summary>Commits offsets of a group, each by itself.</summary>
    /// <param name="transaction">The producer whose transaction holds them back, or null.</param>
    public IReadOnlyList<ErrorCode> Commit(
        Group group, IReadOnlyList<OffsetToCommit> offsets, (long Id, short Epoch)? transaction)
    {
        var errors = offsets.Select(Check).ToList();
        var fine = offsets.Where((_, index) => errors[index] == ErrorCode.None).ToList();
        if (fine.Count == 0) return errors;
        var now = _context.NowMs;
        var committed = fine.Select(
            o => new CommittedOffset(o.Offset, o.LeaderEpoch, o.Metadata ?? "", now, 0)).ToList();
        var records = fine.Zip(committed, (o, c) => (
            GroupRecords.OffsetKey(group.Id, o.Partition.Topic, o.Partition.Partition),
                (byte[]?)GroupRecords.OffsetValue(c)));
        _core.Options.Faults.Pass("offsets-before-write");
        var written = Write([.. records], transaction);
        _core.Options.Faults.Pass("offsets-written");
        if (written.Error != ErrorCode.None)
            return [.. errors.Select(error => error == ErrorCode.None ? written.Error : error)];
        for (var i = 0; i < fine.Count; i++)
        {
            var offset = committed[i] with { LogOffset = written.BaseOffset + i };
            if (transaction is { } t) group.Offsets.Hold(t.Id, fine[i].Partition, offset);
            else group.Offsets.Put(fine[i].Partition, offset);
        }
        return errors;
    }

    /// <summary>Ends what a transaction holds back, after its marker is in the offsets topic.</summary>
    public void CompleteTransaction(long producerId, bool commits)
    {
        foreach (var group in _groups.Values)
        {
            group.Locked(() =>
            {
                group.Offsets.Complete(producerId, commits);
                return true;
            });
        }
    }

    /// <summary>Removes offsets of a group; called under its lock.</summary>
    public ErrorCode RemoveOffsets(Group group, IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return ErrorCode.None;
        var error = Write([.. partitions
            .Select(p => (GroupRecords.OffsetKey(group.Id, p.Topic, p.Partition), (byte[]?)null))]).Error;
        if (error != ErrorCode.None) return error;
        foreach (var partition in partitions) group.Offsets.Remove(partition);
        return ErrorCode.None;
    }

    public ErrorCode Delete(string id)
    {
        if (Find(id) is not { } group) return ErrorCode.GroupIdNotFound;
        if (!group.TryEnd(_ => true)) return ErrorCode.NonEmptyGroup;
        return Remove(group);
    }

    /// <summary>Forgets what groups have committed for a topic that is gone.</summary>
    public void DropOffsetsOf(string topic)
    {
        foreach (var group in _groups.Values)
        {
            group.Locked(() => RemoveOffsets(
                group, [.. group.Offsets.Committed.Keys.Where(partition => partition.Topic == topic)]));
        }
    }

    /// <summary>Removes groups that have had no members, and no commits, for longer than offsets are kept.</summary>
    public void ExpireOffsets()
    {
        var before = _context.NowMs - (long)OffsetRetention.TotalMilliseconds;
        foreach (var group in _groups.Values)
        {
            var isOver = group.TryEnd(since => since < before && !group.Offsets.HasPending &&
                group.Offsets.Committed.Values.All(offset => offset.CommitMs < before));
            if (isOver) Remove(group);
        }
    }

    public void Forget(string id)
    {
        if (_groups.TryRemove(id, out var group)) group.Dispose();
    }

    public void Dispose()
    {
        foreach (var group in _groups.Values) group.Dispose();
    }

    private ErrorCode Remove(Group group)
    {
        var error = group.Locked(() =>
        {
            var failed = RemoveOffsets(group, [.. group.Offsets.Committed.Keys]);
            return failed == ErrorCode.None ? Write([(GroupRecords.GroupKey(group.Id), null)]).Error : failed;
        });
        Forget(group.Id);
        return error;
    }

    private ErrorCode Check(OffsetToCommit offset)
    {
        if (_core.Catalog.Log(offset.Partition.Topic, offset.Partition.Partition) is null)
            return ErrorCode.UnknownTopicOrPartition;
        return offset.Metadata?.Length > MaxMetadataLength ? ErrorCode.OffsetMetadataTooLarge : ErrorCode.None;
    }

    private Appended Write(IReadOnlyList<(byte[] Key, byte[]? Value)> records,
        (long Id, short Epoch)? transaction = null)
    {
        var builder = new RecordBatchBuilder();
        foreach (var (key, value) in records) builder.Add(_context.NowMs, key, value);
        if (transaction is { } t) builder.From(t.Id, t.Epoch, -1, transactional: true);
        return Log.Append(builder.Build(), Writer.Broker);
    }
}
