using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Who writes a batch: a client, whose sequences are judged, or the broker itself.</summary>
internal enum Writer
{
    Client,
    Broker,
}

/// <summary>Outcome of an append.</summary>
/// <param name="AppendTime">The broker's time where the topic stamps it, else -1.</param>
internal readonly record struct Appended(ErrorCode Error, long BaseOffset, long AppendTime, string? Message = null);

/// <summary>The offsets that bound what can be read.</summary>
internal readonly record struct LogBounds(long Start, long LastStable, long End);

/// <summary>
/// The log of one partition. One append at a time under the lock: judge, assign offsets, write the file, then count, so
/// that the file holds whatever was answered. Reads locate under the lock and take bytes outside of it.
/// <para>There is one node, so the high watermark is the log's end; the last stable offset is the first offset of the
/// oldest open transaction, or the end.</para>
/// </summary>
internal sealed class PartitionLog
{
    private readonly Lock _gate = new();
    private readonly LogContext _context;
    private readonly ProducerTable _producers = new();
    private readonly FetchWaiters _waiters = new();
    private List<Segment> _segments = [];
    private long _logStart;
    private long _activeSinceMs;
    private volatile LogConfig _config;
    private volatile bool _deleted;

    private PartitionLog(string directory, LogConfig config, LogContext context)
    {
        Directory = directory;
        _config = config;
        _context = context;
        _activeSinceMs = context.NowMs;
    }

    public string Directory { get; }

    public FetchWaiters Waiters => _waiters;

    public bool IsDeleted => _deleted;

    public LogConfig Config
    {
        get => _config;
        set => _config = value;
    }

    public LogBounds Bounds
    {
        get
        {
            lock (_gate) return BoundsNow();
        }
    }

    public long TotalBytes
    {
        get
        {
            lock (_gate) return _segments.Sum(segment => segment.Size);
        }
    }

    /// <summary>Below it compaction has been; the first pass after a start begins anew.</summary>
    public long CleanedTo { get; set; }

    private Segment Active => _segments[^1];

    /// <summary>Opens what is there, cutting a torn tail, or begins a new log.</summary>
    public static PartitionLog Open(string directory, LogConfig config, LogContext context)
    {
        var log = new PartitionLog(directory, config, context);
        (log._segments, log._logStart) = LogRecovery.Run(directory, context, log._producers);
        log._producers.DropBelow(log._logStart);
        return log;
    }

    /// <summary>Appends a batch that was checked; its offsets, and its time where the topic stamps it, are set in
    /// place.</summary>
    public Appended Append(Span<byte> bytes, Writer writer)
    {
        var batch = new RecordBatch(bytes);
        Appended done;
        lock (_gate)
        {
            if (_deleted) return new(ErrorCode.UnknownTopicOrPartition, -1, -1);
            if (writer == Writer.Client && batch.ProducerId >= 0)
            {
                var error = _producers.Check(batch, out var written);
                if (error == ErrorCode.DuplicateSequenceNumber)
                    return new(ErrorCode.None, written.FirstOffset, _config.AppendTime ? written.Timestamp : -1);
                if (error != ErrorCode.None) return new(error, -1, -1, Explain(batch, error));
            }
            done = Write(batch, writer);
        }
        _waiters.Wake();
        return done;
    }

    /// <summary>Appends the end of a transaction, unless a newer producer of the id has been here already.</summary>
    public ErrorCode AppendMarker(long producerId, short epoch, bool commits, int coordinatorEpoch)
    {
        var marker = RecordBatchBuilder.Marker(producerId, epoch, commits, coordinatorEpoch, _context.NowMs);
        lock (_gate)
        {
            if (_deleted) return ErrorCode.UnknownTopicOrPartition;
            if (_producers.Find(producerId) is { } entry && entry.Epoch > epoch) return ErrorCode.InvalidProducerEpoch;
            Write(new(marker), Writer.Broker);
        }
        _waiters.Wake();
        return ErrorCode.None;
    }

    /// <summary>Whole batches from the one that holds the offset on.</summary>
    /// <param name="maxBytes">At most so many, save one batch where <paramref name="atLeastOne"/>.</param>
    /// <returns>The offset is outside the log: <see cref="ErrorCode.OffsetOutOfRange"/>.</returns>
    public ErrorCode Read(
        long offset, int maxBytes, bool committedOnly, bool atLeastOne, out LogRead read, out LogBounds bounds)
    {
        read = new(LogSlice.None, offset);
        lock (_gate)
        {
            bounds = BoundsNow();
            if (_deleted) return ErrorCode.UnknownTopicOrPartition;
            if (offset < bounds.Start || offset > bounds.End) return ErrorCode.OffsetOutOfRange;
            var limit = committedOnly ? bounds.LastStable : bounds.End;
            if (offset >= limit || (maxBytes <= 0 && !atLeastOne)) return ErrorCode.None;
            for (var i = SegmentOf(offset); i < _segments.Count && _segments[i].BaseOffset < limit; i++)
            {
                read = LogReader.Read(_segments[i], offset, limit, maxBytes, atLeastOne);
                if (read.Records.Length > 0 || read.EndOffset > offset) break;
            }
            return ErrorCode.None;
        }
    }

    public List<AbortedTransaction> AbortedBetween(long from, long to)
    {
        lock (_gate) return _producers.AbortedBetween(from, to);
    }

    /// <summary>The first record at or after a time, or the one with the largest time for <c>null</c>.</summary>
    public (long Offset, long Timestamp)? FindByTime(long? timestamp)
    {
        List<(Segment Segment, long From, long End)> candidates;
        long wanted, start;
        lock (_gate)
        {
            start = _logStart;
            wanted = timestamp ?? _segments.Max(segment => segment.MaxTimestamp);
            if (wanted < 0 && timestamp is null) return null;
            candidates =
            [
                .. _segments.Where(s => s.MaxTimestamp >= wanted && s.NextOffset > start)
                    .Select(s => (s, s.FloorOfTime(wanted), s.Size)),
            ];
        }
        foreach (var (segment, from, end) in candidates)
            if (LogReader.FindByTime(segment, from, end, wanted, start) is { } found) return found;
        return null;
    }

    /// <summary>Makes all below an offset unreadable.</summary>
    /// <param name="offset">-1 is the log's end.</param>
    /// <returns>The new start of the log.</returns>
    public (ErrorCode Error, long LogStart) DeleteRecords(long offset)
    {
        long start;
        lock (_gate)
        {
            if (offset == -1) offset = BoundsNow().End;
            if (offset < 0 || offset > BoundsNow().End) return (ErrorCode.OffsetOutOfRange, -1);
            if (offset > _logStart) MoveStart(offset);
            start = _logStart;
        }
        _waiters.Wake();
        return (ErrorCode.None, start);
    }

    /// <summary>Drops finished segments that are too old or too many, and producers long silent.</summary>
    public void Retain()
    {
        lock (_gate)
        {
            if (_deleted) return;
            _producers.Expire(_context.NowMs - (long)LogContext.ProducerExpiry.TotalMilliseconds);
            if (!_config.Deletes) return;
            var oldest = _config.RetentionMs < 0 ? long.MinValue : _context.NowMs - _config.RetentionMs;
            var excess = _config.RetentionBytes < 0 ? 0 : _segments.Sum(s => s.Size) - _config.RetentionBytes;
            var keepFrom = _logStart;
            foreach (var segment in _segments.TakeWhile(s => s != Active || s.Size > 0))
            {
                var isOld = segment.Size == 0 || (segment.MaxTimestamp >= 0 && segment.MaxTimestamp < oldest);
                var isExcess = segment != Active && excess >= segment.Size;
                if (!isOld && !isExcess) break;
                excess -= segment.Size;
                keepFrom = segment.NextOffset;
            }
            if (keepFrom == _logStart) return;
            if (keepFrom == Active.NextOffset && Active.Size > 0) Roll();
            MoveStart(keepFrom);
        }
        _waiters.Wake();
    }

    /// <summary>What compaction may look at: the finished segments below the oldest open transaction.</summary>
    /// <returns>Also the first offset that is not among them.</returns>
    public (IReadOnlyList<Segment> Segments, long LogStart, long EndBase) Cleanable()
    {
        lock (_gate)
        {
            if (_deleted) return ([], 0, 0);
            if (Active.Size > 0 && _context.NowMs - _activeSinceMs > _config.SegmentMs) Roll();
            var stable = BoundsNow().LastStable;
            var cleanable = _segments.Take(_segments.Count - 1).TakeWhile(s => s.NextOffset <= stable).ToList();
            return (cleanable, _logStart, _segments[cleanable.Count].BaseOffset);
        }
    }

    /// <summary>Puts cleaned segments in the place of the ones they were made from.</summary>
    /// <param name="swap">Puts the files in place.</param>
    /// <returns>False if the log has changed meanwhile.</returns>
    public bool Replace(
        IReadOnlyList<Segment> old, Segment cleaned, IReadOnlySet<long> droppedMarkers, Action swap)
    {
        lock (_gate)
        {
            var at = _segments.IndexOf(old[0]);
            if (_deleted || at < 0 || !_segments.Skip(at).Take(old.Count).SequenceEqual(old)) return false;
            swap();
            _producers.DropMarkers(droppedMarkers);
            _segments = [.. _segments.Take(at), cleaned, .. _segments.Skip(at + old.Count)];
            return true;
        }
    }

    public IReadOnlyList<AbortedTransaction> AllAborted()
    {
        lock (_gate) return [.. _producers.Aborted];
    }

    public IReadOnlyList<ProducerEntry> Producers()
    {
        lock (_gate) return _producers.Snapshot();
    }

    /// <summary>Forces the file to the device.</summary>
    public void Flush()
    {
        Segment active;
        lock (_gate) active = Active;
        active.File.Flush();
    }

    /// <summary>Seals the last segment, so that the next start need not walk it.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (!_deleted) Seal(Active, inBackground: false);
        }
    }

    /// <summary>No append succeeds from now on; parked fetches see it.</summary>
    public void MarkDeleted()
    {
        lock (_gate) _deleted = true;
        _waiters.Wake();
    }

    private Appended Write(RecordBatch batch, Writer writer)
    {
        if (IsDueToRoll(batch)) Roll();
        var baseOffset = Active.NextOffset;
        batch.BaseOffset = baseOffset;
        batch.LeaderEpoch = 0;
        long appendTime = -1;
        if (_config.AppendTime && writer == Writer.Client)
        {
            appendTime = _context.NowMs;
            batch.SetAppendTime(appendTime);
        }
        else if (batch.IsAppendTime && writer == Writer.Client)
        {
            batch.ClearAppendTime();
        }
        if (writer == Writer.Client) _context.Faults.Pass("produce-before-write");
        Active.File.Write(Active.Size, batch.Bytes[..batch.TotalLength]);
        if (writer == Writer.Client) _context.Faults.Pass("produce-after-write");
        if (_context.Flush == FlushPolicy.Each) Active.File.Flush();
        Active.Note(batch);
        _producers.Note(batch);
        return new(ErrorCode.None, baseOffset, appendTime);
    }

    /// <summary>The age of a segment counts in times of its records, so that old records do not each begin
    /// one.</summary>
    private bool IsDueToRoll(RecordBatch next) =>
        Active.Size > 0 && (Active.Size + next.TotalLength > _config.SegmentBytes ||
            !Active.HasRoomFor(next.TotalLength) ||
            (Active.FirstTimestamp >= 0 && next.MaxTimestamp - Active.FirstTimestamp > _config.SegmentMs));

    private void Roll()
    {
        Seal(Active, inBackground: true);
        Active.Recent.Clear();
        var path = Segment.PathOf(Directory, Active.NextOffset);
        _activeSinceMs = _context.NowMs;
        _segments = [.. _segments, new(Active.NextOffset, path, _context.Files.Open(path + ".log"))];
    }

    private void Seal(Segment segment, bool inBackground)
    {
        _context.Files.Replace(
            segment.SealPath, SegmentSeal.Of(
                segment, [.. _producers.Entries], _producers.Aborted, segment.NextOffset).Write());
        if (inBackground) ThreadPool.QueueUserWorkItem(
            static file => FlushQuietly(file), segment.File, preferLocal: false);
        else segment.File.Flush();
    }

    private static void FlushQuietly(ILogFile file)
    {
        try
        {
            file.Flush();
        }
        catch (Exception gone) when (gone is IOException or BrokerCrashedException)
        {
            return; // the pages stay with the system; recovery cuts what the device does not get
        }
    }

    private void MoveStart(long offset)
    {
        _logStart = offset;
        LogRecovery.WriteStart(Directory, _context, offset);
        var dropped = _segments.Take(_segments.Count - 1).TakeWhile(s => s.NextOffset <= offset).ToList();
        _segments = _segments[dropped.Count..];
        _producers.DropBelow(offset);
        foreach (var segment in dropped)
        {
            _context.Files.Delete(segment.LogPath);
            _context.Files.Delete(segment.SealPath);
        }
    }

    private int SegmentOf(long offset)
    {
        var (low, high) = (0, _segments.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private LogBounds BoundsNow() =>
        new(_logStart, _producers.FirstOpenOffset ?? Active.NextOffset, Active.NextOffset);

    private string Explain(RecordBatch batch, ErrorCode error)
    {
        var entry = _producers.Find(batch.ProducerId);
        return $"{Directory}: {error}: producer {batch.ProducerId} epoch {batch.ProducerEpoch} sequence " +
            $"{batch.BaseSequence}; expected epoch {entry?.Epoch} and a sequence after {entry?.LastSequence}";
    }
}
