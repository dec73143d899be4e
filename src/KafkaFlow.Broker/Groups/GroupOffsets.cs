using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>A partition of a topic, by name.</summary>
internal readonly record struct TopicPartition(string Topic, int Partition);

/// <summary>
/// The offsets a group has committed, and those that open transactions hold back. Follows from the offsets topic alone.
/// Changes under the group's lock.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<TopicPartition, CommittedOffset> _committed = [];
    private readonly Dictionary<long, Dictionary<TopicPartition, CommittedOffset>> _pending = [];

    public IReadOnlyDictionary<TopicPartition, CommittedOffset> Committed => _committed;

    public bool HasPending => _pending.Count > 0;

    public bool IsEmpty => _committed.Count == 0 && _pending.Count == 0;

    public bool IsPending(TopicPartition partition) => _pending.Values.Any(held => held.ContainsKey(partition));

    public void Put(TopicPartition partition, CommittedOffset offset)
    {
        if (!_committed.TryGetValue(partition, out var before) || before.LogOffset < offset.LogOffset)
            _committed[partition] = offset;
    }

    public void Hold(long producerId, TopicPartition partition, CommittedOffset offset)
    {
        if (!_pending.TryGetValue(producerId, out var held)) _pending[producerId] = held = [];
        held[partition] = offset;
    }

    public void Complete(long producerId, bool commits)
    {
        if (!_pending.Remove(producerId, out var held) || !commits) return;
        foreach (var (partition, offset) in held) Put(partition, offset);
    }

    public void Remove(TopicPartition partition)
    {
        _committed.Remove(partition);
        foreach (var held in _pending.Values) held.Remove(partition);
    }

    public void Clear()
    {
        _committed.Clear();
        _pending.Clear();
    }
}

/// <summary>The topics in the metadata of members of consumer groups.</summary>
internal static class Subscriptions
{
    /// <returns>null if one of them is not in the consumers' format.</returns>
    public static IReadOnlySet<string>? TopicsOf(IEnumerable<byte[]> metadata)
    {
        var topics = new HashSet<string>();
        foreach (var bytes in metadata)
        {
            try
            {
                var c = Codec.Reader(bytes);
                short version = 0;
                List<string> some = [];
                c.Int16(ref version);
                c.Strings(ref some);
                topics.UnionWith(some);
            }
            catch (WireException)
            {
                return null;
            }
        }
        return topics;
    }
}
