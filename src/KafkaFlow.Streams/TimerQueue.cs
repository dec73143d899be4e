namespace KafkaFlow.Streams;

/// <summary>
/// Armed timers of one partition by due time; a copy of what the store and the overlays hold. A fired timer stays armed
/// until the record it caused is processed and clears it; if it is still armed then, it is fired again.
/// Owner's thread only, except while a takeover fills it.
/// </summary>
internal sealed class TimerQueue
{
    private const int ExaminedPerFired = 8;
    private readonly Dictionary<byte[], long> _armed = new(ByteOrder.Instance);
    private readonly PriorityQueue<Entry, long> _queue = new();

    private readonly record struct Entry(byte[] Id, long DueAtMs, FiredTimers? Fired);

    public int Armed => _armed.Count;

    /// <summary>When <see cref="Fire"/> has work again, milliseconds since the Unix epoch.</summary>
    public long NextMs => _queue.TryPeek(out _, out var at) ? at : long.MaxValue;

    public void Set(byte[] id, long dueAtMs)
    {
        _armed[id] = dueAtMs;
        _queue.Enqueue(new(id, dueAtMs, null), dueAtMs);
    }

    public void Clear(byte[] id) => _armed.Remove(id);

    /// <summary>Hands over at most <paramref name="limit"/> due timers.</summary>
    /// <param name="position">Offset of the next input record to process.</param>
    /// <returns>How many were handed over.</returns>
    public int Fire(
        long nowMs, long repeatMs, int limit, long position, FiredTimers fired, Action<byte[], long, FiredTimers> fire)
    {
        var count = 0;
        var examine = limit * ExaminedPerFired;
        while (count < limit && examine-- > 0 && _queue.TryPeek(out var entry, out var at) && at <= nowMs)
        {
            _queue.Dequeue();
            if (!_armed.TryGetValue(entry.Id, out var due) || due != entry.DueAtMs) continue; // cleared or set anew
            if (entry.Fired is { } earlier && !earlier.AreProcessed(position))
            {
                _queue.Enqueue(entry, nowMs + repeatMs);
                continue;
            }
            _queue.Enqueue(entry with { Fired = fired }, nowMs + repeatMs);
            fire(entry.Id, entry.DueAtMs, fired);
            count++;
        }
        return count;
    }
}

/// <summary>Timers fired in one turn: how many of their records are not appended yet, and how far the others reach.</summary>
internal sealed class FiredTimers
{
    private int _pending;
    private long _lastOffset = -1;

    public void Produced() => Interlocked.Increment(ref _pending);

    /// <summary>Called on the producer's thread only.</summary>
    public void Appended(long offset)
    {
        if (offset > _lastOffset) Volatile.Write(ref _lastOffset, offset);
        Interlocked.Decrement(ref _pending);
    }

    public bool AreProcessed(long position) => Volatile.Read(ref _pending) == 0 && Volatile.Read(ref _lastOffset) < position;
}
