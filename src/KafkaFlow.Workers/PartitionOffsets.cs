using Confluent.Kafka;

namespace KafkaFlow.Workers;

/// <summary>
/// One task record as read from its topic. It is done once its answer, or its hand-over, is acknowledged.
/// </summary>
internal sealed class TaskDelivery(PartitionOffsets partition, ConsumeResult<byte[]?, byte[]?> record)
{
    public PartitionOffsets Partition => partition;
    public long Offset { get; } = record.Offset.Value;
    public byte[] Value { get; } = record.Message.Value ?? [];
    public byte[]? Key { get; } = record.Message.Key;
    public Headers? Headers { get; } = record.Message.Headers;

    /// <summary>Guarded by the partition.</summary>
    public bool IsDone { get; set; }

    public void Done() => partition.Done(this);

    public override string ToString() => $"{partition.Partition.Topic}-{partition.Partition.Partition.Value}@{Offset}";
}

/// <summary>
/// What of one assigned partition is finished: the next offset is the first one that is not. Lives from assignment to
/// revocation. Thread-safe.
/// </summary>
internal sealed class PartitionOffsets(TopicPartition partition)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskDelivery> _outstanding = new();
    private long _next = -1;
    private long _told = -1;
    private long _bytes;
    private volatile bool _revoked;

    public TopicPartition Partition => partition;

    /// <summary>Another worker reads it now: records not yet begun are its business.</summary>
    public bool IsRevoked => _revoked;

    public (int Records, long Bytes) Outstanding
    {
        get
        {
            lock (_gate) return (_outstanding.Count, _bytes);
        }
    }

    public void Revoke() => _revoked = true;

    /// <summary>In the order of offsets.</summary>
    public void Add(TaskDelivery delivery)
    {
        lock (_gate)
        {
            _outstanding.Enqueue(delivery);
            _bytes += delivery.Value.Length;
        }
    }

    public void Done(TaskDelivery delivery)
    {
        lock (_gate)
        {
            delivery.IsDone = true;
            while (_outstanding.TryPeek(out var first) && first.IsDone)
            {
                _outstanding.Dequeue();
                _bytes -= first.Value.Length;
                _next = first.Offset + 1;
            }
        }
    }

    /// <returns>The offset to commit if it has moved since the last call.</returns>
    public long? TakeAdvance()
    {
        lock (_gate)
        {
            if (_next == _told) return null;
            return _told = _next;
        }
    }
}
