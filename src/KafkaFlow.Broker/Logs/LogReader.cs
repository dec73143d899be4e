using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Finds batches in a segment by offset, size and time.</summary>
internal static class LogReader
{
    /// <summary>Batches from the one that holds the offset (or the next after it) to the limit. Called under the log's
    /// lock.</summary>
    public static LogRead Read(Segment segment, long offset, long limit, int maxBytes, bool atLeastOne)
    {
        var none = new LogRead(LogSlice.None, offset);
        if (segment.Recent.PositionOf(offset) is { } at)
            return Take(segment, offset, limit, maxBytes, atLeastOne, at, segment.Recent.EndOf(offset, segment.Size));
        var walk = new HeaderWalk(segment.File, segment.FloorOfOffset(offset), segment.Size);
        RecordBatch header;
        while (walk.TryCurrent(out header) && header.LastOffset < offset) walk.Move(header);
        if (walk.Position >= segment.Size || header.BaseOffset >= limit) return none;
        return Take(
            segment, offset, limit, maxBytes, atLeastOne, walk.Position, walk.Position + header.TotalLength);
    }

    /// <param name="start">Position of the first batch.</param>
    /// <param name="firstEnd">Where it ends.</param>
    private static LogRead Take(
        Segment segment, long offset, long limit, int maxBytes, bool atLeastOne, long start, long firstEnd)
    {
        var first = firstEnd - start;
        // An end above the offset says that there is something, which the caller must not look for further on.
        if (first > maxBytes && !atLeastOne) return new(LogSlice.None, offset + 1);

        var end = segment.Size;
        if (limit < segment.NextOffset) end = PositionOf(segment, limit);
        if (end - start > maxBytes)
            end = first > maxBytes ? firstEnd : Math.Min(end, BoundaryBelow(segment, start, start + maxBytes));
        return new(new(segment.File, start, (int)(end - start)), end == segment.Size ? segment.NextOffset : limit);
    }

    /// <summary>Where in a segment the time is reached first, at or above an offset.</summary>
    public static (long Offset, long Timestamp)? FindByTime(
        Segment segment, long from, long end, long timestamp, long logStart)
    {
        var walk = new HeaderWalk(segment.File, from, end);
        for (; walk.TryCurrent(out var header); walk.Move(header))
        {
            if (header.MaxTimestamp < timestamp || header.LastOffset < logStart) continue;
            var bytes = new byte[header.TotalLength];
            segment.File.Read(walk.Position, bytes);
            if (FindInBatch(new(bytes), timestamp, logStart) is { } found) return found;
        }
        return null;
    }

    private static (long Offset, long Timestamp)? FindInBatch(RecordBatch batch, long timestamp, long logStart)
    {
        if (batch.IsAppendTime) return (Math.Max(batch.BaseOffset, logStart), batch.MaxTimestamp);
        if (!RecordCodecs.TryRecords(batch, out var records)) return (batch.BaseOffset, batch.MaxTimestamp);
        for (var reader = new RecordReader(records); reader.Next();)
        {
            var (time, offset) = (batch.BaseTimestamp + reader.Current.TimestampDelta,
                batch.BaseOffset + reader.Current.OffsetDelta);
            if (time >= timestamp && offset >= logStart) return (offset, time);
        }
        return null;
    }

    private static long PositionOf(Segment segment, long offset)
    {
        if (segment.Recent.PositionOf(offset) is { } known) return known;
        var walk = new HeaderWalk(segment.File, segment.FloorOfOffset(offset), segment.Size);
        while (walk.TryCurrent(out var header) && header.LastOffset < offset) walk.Move(header);
        return walk.Position;
    }

    private static long BoundaryBelow(Segment segment, long start, long position)
    {
        if (segment.Recent.BoundaryBelow(position) is { } known && known > start) return known;
        var walk = new HeaderWalk(segment.File, Math.Max(start, segment.FloorOfPosition(position)), segment.Size);
        while (walk.TryCurrent(out var header) && walk.Position + header.TotalLength <= position) walk.Move(header);
        return walk.Position;
    }
}

/// <summary>Reads a whole log from its start, batch by batch, as coordinators do when they load.</summary>
internal static class LogReplay
{
    private const int PieceLength = 4 * 1024 * 1024;

    public delegate void OnBatch(RecordBatch batch);

    public static void Read(PartitionLog log, OnBatch onBatch)
    {
        var (offset, _, end) = log.Bounds;
        while (offset < end)
        {
            var error = log.Read(offset, PieceLength, committedOnly: false, atLeastOne: true, out var read, out _);
            if (error != ErrorCode.None || read.Records.Length == 0) return;
            var bytes = new byte[read.Records.Length];
            read.Records.CopyTo(0, bytes);
            for (var at = 0; at < bytes.Length;)
            {
                var batch = new RecordBatch(bytes.AsSpan(at));
                onBatch(batch);
                offset = batch.LastOffset + 1;
                at += batch.TotalLength;
            }
        }
    }
}
