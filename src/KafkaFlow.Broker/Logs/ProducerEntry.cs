using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>A batch that a producer has written, remembered to answer its repetition.</summary>
internal readonly record struct WrittenBatch(int FirstSequence, int LastSequence, long FirstOffset, long Timestamp);

/// <summary>What a partition knows of one producer.</summary>
internal sealed class ProducerEntry(long producerId)
{
    /// <summary>Batches remembered: as many as an idempotent producer has in flight.</summary>
    public const int MaxBatches = 5;

    private readonly List<WrittenBatch> _batches = new(MaxBatches);

    public long ProducerId => producerId;

    public short Epoch { get; set; } = -1;

    public int CoordinatorEpoch { get; set; } = -1;

    /// <summary>First offset of the open transaction; -1 without one.</summary>
    public long OpenFrom { get; set; } = -1;

    public long LastTimestamp { get; set; } = -1;

    public IReadOnlyList<WrittenBatch> Batches => _batches;

    public int LastSequence => _batches.Count == 0 ? -1 : _batches[^1].LastSequence;

    public void Add(in WrittenBatch batch)
    {
        if (_batches.Count == MaxBatches) _batches.RemoveAt(0);
        _batches.Add(batch);
    }

    public void Forget() => _batches.Clear();

    public void Write(Codec c)
    {
        var (id, epoch, coordinator, open, last, count) =
            (producerId, Epoch, CoordinatorEpoch, OpenFrom, LastTimestamp, _batches.Count);
        c.Int64(ref id);
        c.Int16(ref epoch);
        c.Int32(ref coordinator);
        c.Int64(ref open);
        c.Int64(ref last);
        c.Int32(ref count);
        foreach (var (first, end, offset, time) in _batches)
        {
            var (f, e, o, t) = (first, end, offset, time);
            c.Int32(ref f);
            c.Int32(ref e);
            c.Int64(ref o);
            c.Int64(ref t);
        }
    }

    public static ProducerEntry Read(Codec c)
    {
        long id = 0, open = 0, last = 0;
        short epoch = 0;
        int coordinator = 0, count = 0;
        c.Int64(ref id);
        c.Int16(ref epoch);
        c.Int32(ref coordinator);
        c.Int64(ref open);
        c.Int64(ref last);
        c.Int32(ref count);
        var entry = new ProducerEntry(id)
        {
            Epoch = epoch, CoordinatorEpoch = coordinator, OpenFrom = open, LastTimestamp = last,
        };
        for (; count > 0; count--)
        {
            int f = 0, e = 0;
            long o = 0, t = 0;
            c.Int32(ref f);
            c.Int32(ref e);
            c.Int64(ref o);
            c.Int64(ref t);
            entry.Add(new(f, e, o, t));
        }
        return entry;
    }
}
