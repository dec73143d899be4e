using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>An aborted transaction of a partition: readers of committed data leave out what its producer wrote from the
/// first offset to the marker.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long MarkerOffset);

/// <summary>
/// The producers of one partition: which batch each wrote last, and which transactions are open or were aborted.
/// Follows
/// from the log alone: <see cref="Note"/> is called for every batch in order, when it is written and when a start walks
/// it. Changes under the partition's lock.
/// </summary>
internal sealed class ProducerTable
{
    /// <summary>Where there would be more, those longest silent are forgotten as if their time were over.</summary>
    public const int MaxProducers = 10_000;

    private readonly Dictionary<long, ProducerEntry> _entries = [];
    private readonly SortedDictionary<long, long> _open = [];
    private readonly List<AbortedTransaction> _aborted = [];

    /// <summary>First offset of the oldest open transaction.</summary>
    public long? FirstOpenOffset => _open.Count == 0 ? null : FirstKey();

    public IReadOnlyCollection<ProducerEntry> Entries => _entries.Values;

    /// <summary>By marker, ascending.</summary>
    public IReadOnlyList<AbortedTransaction> Aborted => _aborted;

    public ProducerEntry? Find(long producerId) => _entries.GetValueOrDefault(producerId);

    /// <summary>Judges a client's batch before it is written.</summary>
    /// <param name="written">The batch it repeats, with <see cref="ErrorCode.DuplicateSequenceNumber"/>.</param>
    public ErrorCode Check(RecordBatch batch, out WrittenBatch written)
    {
        written = default;
        if (Find(batch.ProducerId) is not { } entry) return ErrorCode.None;
        if (batch.ProducerEpoch < entry.Epoch) return ErrorCode.InvalidProducerEpoch;
        if (batch.ProducerEpoch > entry.Epoch)
            return batch.BaseSequence == 0 || entry.Epoch < 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
        foreach (var known in entry.Batches)
        {
            if (known.FirstSequence != batch.BaseSequence || known.LastSequence != batch.LastSequence) continue;
            written = known;
            return ErrorCode.DuplicateSequenceNumber;
        }
        if (!batch.IsTransactional && entry.OpenFrom >= 0) return ErrorCode.InvalidTxnState;
        var expected = entry.LastSequence < 0 ? 0 : RecordBatch.AddSequence(entry.LastSequence, 1);
        return batch.BaseSequence == expected ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
    }

    /// <summary>Counts a batch that is in the log now.</summary>
    public void Note(RecordBatch batch)
    {
        if (batch.ProducerId < 0) return;
        if (!_entries.TryGetValue(batch.ProducerId, out var entry))
        {
            if (_entries.Count >= MaxProducers) ForgetTenth();
            _entries[batch.ProducerId] = entry = new(batch.ProducerId);
        }
        if (batch.ProducerEpoch > entry.Epoch)
        {
            entry.Epoch = batch.ProducerEpoch;
            entry.Forget();
        }
        entry.LastTimestamp = Math.Max(entry.LastTimestamp, batch.MaxTimestamp);
        if (batch.IsControl)
        {
            NoteMarker(batch, entry);
            return;
        }
        if (batch.BaseSequence >= 0)
            entry.Add(new(batch.BaseSequence, batch.LastSequence, batch.BaseOffset, batch.MaxTimestamp));
        if (batch.IsTransactional && entry.OpenFrom < 0)
        {
            entry.OpenFrom = batch.BaseOffset;
            _open[batch.BaseOffset] = batch.ProducerId;
        }
    }

    /// <summary>Replaces all producers by those of a seal; aborted transactions are added.</summary>
    public void Restore(IEnumerable<ProducerEntry> producers, IEnumerable<AbortedTransaction> aborted)
    {
        _entries.Clear();
        _open.Clear();
        foreach (var entry in producers)
        {
            _entries[entry.ProducerId] = entry;
            if (entry.OpenFrom >= 0) _open[entry.OpenFrom] = entry.ProducerId;
        }
        _aborted.AddRange(aborted);
    }

    /// <summary>A copy that later batches do not change.</summary>
    public IReadOnlyList<ProducerEntry> Snapshot()
    {
        using var writer = Codec.Writer();
        foreach (var entry in _entries.Values) entry.Write(writer);
        var reader = Codec.Reader(writer.Written.ToArray());
        return [.. _entries.Values.Select(_ => ProducerEntry.Read(reader))];
    }

    /// <summary>Drops what no reader can reach any more.</summary>
    public void DropBelow(long logStart)
    {
        _aborted.RemoveAll(a => a.MarkerOffset < logStart);
        foreach (var offset in _open.Keys.TakeWhile(offset => offset < logStart).ToList())
        {
            if (_entries.TryGetValue(_open[offset], out var entry)) entry.OpenFrom = -1;
            _open.Remove(offset);
        }
    }

    /// <summary>Forgets aborted transactions whose marker compaction has removed; a list that named them would hide
    /// later
    /// data of the same producer.</summary>
    public void DropMarkers(IReadOnlySet<long> markerOffsets) =>
        _aborted.RemoveAll(a => markerOffsets.Contains(a.MarkerOffset));

    /// <summary>Forgets producers that have been silent since a time and have no open transaction.</summary>
    public void Expire(long beforeMs)
    {
        foreach (var entry in _entries.Values.Where(e => e.OpenFrom < 0 && e.LastTimestamp < beforeMs).ToList())
            _entries.Remove(entry.ProducerId);
    }

    private void ForgetTenth()
    {
        var silent = _entries.Values.Where(e => e.OpenFrom < 0).OrderBy(e => e.LastTimestamp).Take(MaxProducers / 10);
        foreach (var entry in silent.ToList()) _entries.Remove(entry.ProducerId);
    }

    /// <summary>Aborted transactions that touch a range of offsets.</summary>
    public List<AbortedTransaction> AbortedBetween(long from, long to)
    {
        var (low, high) = (0, _aborted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_aborted[middle].MarkerOffset < from) low = middle + 1;
            else high = middle;
        }
        var found = new List<AbortedTransaction>();
        for (; low < _aborted.Count; low++)
            if (_aborted[low].FirstOffset < to) found.Add(_aborted[low]);
        return found;
    }

    private void NoteMarker(RecordBatch batch, ProducerEntry entry)
    {
        if (!ControlRecord.TryRead(batch, out var marker)) return;
        entry.CoordinatorEpoch = marker.CoordinatorEpoch;
        if (entry.OpenFrom < 0) return;
        if (!marker.Commits) _aborted.Add(new(entry.ProducerId, entry.OpenFrom, batch.BaseOffset));
        _open.Remove(entry.OpenFrom);
        entry.OpenFrom = -1;
    }

    private long FirstKey()
    {
        foreach (var offset in _open.Keys) return offset;
        throw new InvalidOperationException("no open transaction");
    }
}
