using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>A batch whose place is kept, one for every few kilobytes of a segment.</summary>
/// <param name="MaxTimestampBefore">Largest time of all earlier batches of the segment.</param>
internal readonly record struct IndexEntry(long Offset, long Position, long MaxTimestampBefore);

/// <summary>
/// One file of a partition's log: batches as clients read them, named after its first offset, and the index of it in
/// memory. Belongs to its <see cref="PartitionLog"/> and changes under its lock; the bytes below <see cref="Size"/>
/// never change, so that they are read without.
/// </summary>
internal sealed class Segment(long from, string path, ILogFile file)
{
    private const int FirstIndexInterval = 4096;

    /// <summary>Where there would be more, every second goes and the next ones lie twice as far apart.</summary>
    private const int MaxEntries = 16 * 1024;

    private const int MaxInt = int.MaxValue;
    private readonly RecentBatches _recent = new();
    private readonly List<IndexEntry> _index = [];
    private long _interval = FirstIndexInterval;
    private long _nextEntryAt;

    public long BaseOffset { get; } = from;

    /// <summary>Without extension.</summary>
    public string Path => path;

    public string LogPath => path + ".log";

    public string SealPath => path + ".seal";

    public ILogFile File => file;

    public long Size { get; private set; }

    /// <summary>One above the last offset in it; the first offset where it is empty.</summary>
    public long NextOffset { get; private set; } = from;

    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>Time of the first batch, from which its age counts; -1 while empty.</summary>
    public long FirstTimestamp { get; private set; } = -1;

    public IReadOnlyList<IndexEntry> Index => _index;

    /// <summary>The batches written last, found without reading the file.</summary>
    public RecentBatches Recent => _recent;

    public static string PathOf(string directory, long baseOffset) => $"{directory}/{baseOffset:D20}";

    /// <summary>Counts a batch that was written at the end.</summary>
    public void Note(RecordBatch batch)
    {
        if (Size >= _nextEntryAt)
        {
            if (_index.Count == MaxEntries) Thin();
            _index.Add(new(batch.BaseOffset, Size, MaxTimestamp));
            _nextEntryAt = Size + _interval;
        }
        _recent.Add(batch.BaseOffset, batch.LastOffset + 1, Size);
        if (FirstTimestamp < 0) FirstTimestamp = batch.MaxTimestamp;
        MaxTimestamp = Math.Max(MaxTimestamp, batch.MaxTimestamp);
        Size += batch.TotalLength;
        NextOffset = batch.LastOffset + 1;
    }

    /// <summary>Takes what a seal says of a segment that need not be walked.</summary>
    public void Restore(in SegmentSeal seal)
    {
        _index.Clear();
        _index.AddRange(seal.Index);
        Size = seal.Size;
        NextOffset = seal.NextOffset;
        MaxTimestamp = seal.MaxTimestamp;
        FirstTimestamp = seal.FirstTimestamp;
        _nextEntryAt = Size;
        _interval = Math.Max(FirstIndexInterval, Size / Math.Max(1, _index.Count));
    }

    public bool HasRoomFor(int length) => Size + length <= MaxInt;

    /// <summary>A position at or before the batch that holds the offset.</summary>
    public long FloorOfOffset(long offset) => Floor(offset, static (entry, wanted) => entry.Offset <= wanted).Position;

    /// <summary>The start of a batch at or before a position.</summary>
    public long FloorOfPosition(long position) =>
        Floor(position, static (entry, wanted) => entry.Position <= wanted).Position;

    /// <summary>A position at or before the first batch with a time of at least this.</summary>
    public long FloorOfTime(long timestamp) =>
        Floor(timestamp, static (entry, wanted) => entry.MaxTimestampBefore < wanted).Position;

    private void Thin()
    {
        var kept = 0;
        for (var i = 0; i < _index.Count; i += 2) _index[kept++] = _index[i];
        _index.RemoveRange(kept, _index.Count - kept);
        _interval *= 2;
    }

    private IndexEntry Floor(long wanted, Func<IndexEntry, long, bool> isBelow)
    {
        var (low, high) = (0, _index.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (isBelow(_index[middle], wanted)) low = middle + 1;
            else high = middle - 1;
        }
        return high < 0 ? default : _index[high];
    }
}
