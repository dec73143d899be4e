namespace KafkaFlow.Streams;

/// <summary>
/// Where a reader of the events topic stands: rule R5. An offset alone is no cursor: without the epoch in force there,
/// a zombie's facts would count after a restart.
/// </summary>
/// <param name="Offset">Of the first fact of the unfinished decision if there is one, else the next offset.</param>
/// <param name="Epoch">In force at <paramref name="Offset"/>; 0 where no owner record stands before it.</param>
public readonly record struct FactCursor(long Offset, long Epoch)
{
    /// <summary>The beginning of a partition.</summary>
    public static readonly FactCursor Start = new(0, 0);
}

/// <summary>
/// Reads one partition of the events topic and says which decisions count: rules R4 and R5 of docs/takeover.md. The
/// adopting owner, the sink, the page and replay all use this class, therefore they agree. It does no I/O.
/// State: the epoch in force and at most one unfinished decision. Not thread-safe.
/// </summary>
public sealed class FactReader
{
    private readonly List<Fact> _unfinished = [];
    private int _unfinishedParts;

    public FactReader(FactCursor from)
    {
        NextOffset = from.Offset;
        EpochInForce = from.Epoch;
    }

    public long EpochInForce { get; private set; }

    /// <summary>One past the last record pushed.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Where a new reader must start to accept exactly what this one has not accepted yet.</summary>
    public FactCursor Cursor => new(_unfinished.Count > 0 ? _unfinished[0].Offset : NextOffset, EpochInForce);

    /// <summary>Facts of a term other than the one in force.</summary>
    public long VoidFacts { get; private set; }

    /// <summary>Owner records with an epoch not above the one in force.</summary>
    public long LateOwners { get; private set; }

    /// <summary>Decisions of which some parts never came: a term that ended in the middle, or a purge.</summary>
    public long DroppedDecisions { get; private set; }

    /// <summary>Records that only a damaged log or a foreign writer can have put there.</summary>
    public long Alarms { get; private set; }

    /// <summary>What the last alarm was about; null if there was none.</summary>
    public string? LastAlarm { get; private set; }

    /// <summary>Takes the next record of the partition. Offsets rise but may have gaps (the topic is
    /// compacted).</summary>
    /// <returns>The decision this record completes, in order of its parts, or null. Acceptance is final.</returns>
    /// <exception cref="InvalidOperationException">The offset is below one already read.</exception>
    public IReadOnlyList<Fact>? Push(long offset, byte[]? key, byte[]? value, IReadOnlyList<RecordHeader> headers)
    {
        if (offset < NextOffset)
            throw new InvalidOperationException(
                $"events were read backwards: expected offset {NextOffset} or more, found {offset}");
        NextOffset = offset + 1;
        if (value is null) return null; // a purge's tombstone

        long epoch = 0;
        int part = 0, parts = 0;
        var isControl = false;
        byte[]? control = null;
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, bytes) = headers[i];
            if (name == FactHeaders.Epoch) _ = FactHeaders.TryReadEpoch(bytes, out epoch);
            else if (name == FactHeaders.Part && !FactHeaders.TryReadPart(bytes, out part, out parts)) part = 0;
            else if (name == FactHeaders.Control) (isControl, control) = (true, bytes);
        }
        if (isControl) return Control(offset, control, epoch);
        if (epoch <= 0 || part <= 0 || key is null)
            return Alarm($"record at offset {offset} has no key, epoch or part");
        return Fact(new Fact(key, value, headers, offset), epoch, part, parts);
    }

    private Fact[]? Control(long offset, byte[]? control, long epoch)
    {
        if (control is null || !FactHeaders.IsOwner(control) || epoch <= 0)
            return Alarm($"control record at offset {offset} is no owner record with an epoch");
        if (epoch <= EpochInForce)
        {
            LateOwners++;
            return null;
        }
        EpochInForce = epoch;
        Drop();
        return null;
    }

    private Fact[]? Fact(Fact fact, long epoch, int part, int parts)
    {
        if (epoch != EpochInForce)
        {
            VoidFacts++;
            if (epoch > EpochInForce)
                Alarm($"fact at offset {fact.Offset} has epoch {epoch}, above {EpochInForce} which is in force");
            return null;
        }
        if (part != _unfinished.Count + 1 || (part > 1 && parts != _unfinishedParts)) Drop();
        if (part != _unfinished.Count + 1) return null; // its beginning is gone
        _unfinished.Add(fact);
        _unfinishedParts = parts;
        if (part < parts) return null;
        var decision = _unfinished.ToArray();
        _unfinished.Clear();
        return decision;
    }

    private void Drop()
    {
        if (_unfinished.Count == 0) return;
        _unfinished.Clear();
        DroppedDecisions++;
    }

    private Fact[]? Alarm(string what)
    {
        Alarms++;
        LastAlarm = what;
        return null;
    }
}
