namespace KafkaFlow.Broker.Logs;

/// <summary>
/// Where the last batches of a segment lie: readers at the end of a log, which most are, find theirs without reading
/// the file. Changes and is read under the log's lock.
/// </summary>
internal sealed class RecentBatches
{
    /// <summary>A power of two. A fetch of a megabyte from a busy producer is about as many batches.</summary>
    private const int Capacity = 64;

    private Batch[] _batches = [];
    private long _count;

    public void Add(long offset, long nextOffset, long position)
    {
        if (_batches.Length == 0) _batches = new Batch[Capacity];
        _batches[_count++ & (Capacity - 1)] = new(offset, nextOffset, position);
    }

    /// <summary>Forgets all; the segment grows no more.</summary>
    public void Clear() => (_batches, _count) = ([], 0);

    /// <returns>Position of the batch that holds the offset; null if it is not among the last.</returns>
    public long? PositionOf(long offset) => Find(offset) is { } at ? At(at).Position : null;

    /// <param name="end">The segment's size.</param>
    /// <returns>Where the batch that holds the offset ends.</returns>
    public long EndOf(long offset, long end) =>
        Find(offset) is { } at && at + 1 < _count ? At(at + 1).Position : end;

    /// <returns>The largest start of a batch at or before a position; null if it lies before all of them.</returns>
    public long? BoundaryBelow(long position)
    {
        for (var at = _count - 1; at >= Oldest; at--)
            if (At(at).Position <= position) return At(at).Position;
        return null;
    }

    private long Oldest => Math.Max(0, _count - Capacity);

    private long? Find(long offset)
    {
        for (var at = _count - 1; at >= Oldest; at--)
        {
            var batch = At(at);
            if (offset >= batch.NextOffset) return null;
            if (offset >= batch.Offset) return at;
        }
        return null;
    }

    private ref readonly Batch At(long index) => ref _batches[index & (Capacity - 1)];

    private readonly record struct Batch(long Offset, long NextOffset, long Position);
}
