using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// Decides what of each batch stays, batches in order of the log. A batch that stays whole is copied byte for byte; one
/// that loses records is written anew, uncompressed, with its offsets and sequences; one of which nothing stays may
/// leave
/// its header. Tombstones and markers get a time after which they may go when they are first seen.
/// </summary>
internal sealed class BatchFilter(CleaningPlan plan, long deleteRetentionMs)
{
    private const short CompressionMask = 7;
    private const short HorizonBit = 64;
    private readonly HashSet<long> _producersWithData = [];

    /// <summary>Offsets of markers that went.</summary>
    public HashSet<long> DroppedMarkers { get; } = [];

    /// <returns>Empty if nothing stays.</returns>
    public Span<byte> Apply(RecordBatch batch)
    {
        if (batch.LastOffset < plan.LogStart) return Nothing(batch);
        if (batch.IsControl) return ApplyMarker(batch);
        if (batch.IsTransactional) _producersWithData.Add(batch.ProducerId);
        if (plan.IsAborted(batch)) return Nothing(batch);
        if (!RecordCodecs.TryRecords(batch, out var records)) return batch.Bytes[..batch.TotalLength];

        var isOver = batch.HasDeleteHorizon && batch.BaseTimestamp <= plan.NowMs && plan.MayDropTombstones;
        var (kept, tombstones) = (0, 0);
        for (var reader = new RecordReader(records); reader.Next();)
        {
            if (!Stays(batch, reader.Current, isOver)) continue;
            kept++;
            if (!reader.Current.HasValue) tombstones++;
        }
        if (kept == 0) return Nothing(batch);
        var needsHorizon = tombstones > 0 && !batch.HasDeleteHorizon;
        if (kept == batch.Count && !needsHorizon) return batch.Bytes[..batch.TotalLength];
        return Rewrite(batch, records, isOver, needsHorizon ? plan.NowMs + deleteRetentionMs : null);
    }

    private bool Stays(RecordBatch batch, in Record record, bool tombstonesAreOver) =>
        record.HasKey && plan.IsNewest(record.Key, batch.BaseOffset + record.OffsetDelta) &&
        (record.HasValue || !tombstonesAreOver);

    /// <summary>A marker stays while data of its transaction is met, and for the retention of tombstones
    /// after.</summary>
    private Span<byte> ApplyMarker(RecordBatch batch)
    {
        var hasData = _producersWithData.Remove(batch.ProducerId);
        if (hasData || plan.IsLastOfProducer(batch)) return batch.Bytes[..batch.TotalLength];
        if (!batch.HasDeleteHorizon)
            return Rewrite(batch, batch.Records, false, plan.NowMs + deleteRetentionMs);
        if (batch.BaseTimestamp > plan.NowMs) return batch.Bytes[..batch.TotalLength];
        DroppedMarkers.Add(batch.BaseOffset);
        return [];
    }

    private Span<byte> Nothing(RecordBatch batch)
    {
        if (batch.IsControl) DroppedMarkers.Add(batch.BaseOffset);
        if (!plan.IsLastOfProducer(batch)) return [];
        var builder = new RecordBatchBuilder { Fields = BatchFields.Of(batch) };
        builder.Fields.Attributes &= ~CompressionMask;
        builder.Fields.Count = 0;
        builder.Fields.MaxTimestamp = -1;
        return builder.Build();
    }

    private byte[] Rewrite(RecordBatch batch, ReadOnlySpan<byte> records, bool tombstonesAreOver, long? horizon)
    {
        var builder = new RecordBatchBuilder { Fields = BatchFields.Of(batch) };
        builder.Fields.Attributes &= ~CompressionMask;
        builder.Fields.Count = 0;
        if (horizon is { } time)
        {
            builder.Fields.Attributes |= HorizonBit;
            builder.Fields.BaseTimestamp = time;
        }
        var shift = batch.BaseTimestamp - builder.Fields.BaseTimestamp;
        var newest = long.MinValue;
        for (var reader = new RecordReader(records); reader.Next();)
        {
            if (!batch.IsControl && !Stays(batch, reader.Current, tombstonesAreOver)) continue;
            builder.Add(reader.Current, reader.Current.TimestampDelta + shift);
            newest = Math.Max(newest, batch.BaseTimestamp + reader.Current.TimestampDelta);
        }
        if (!batch.IsAppendTime) builder.Fields.MaxTimestamp = newest;
        return builder.Build();
    }
}
