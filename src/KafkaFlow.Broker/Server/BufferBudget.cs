namespace KafkaFlow.Broker.Server;

/// <summary>
/// Memory that large requests may take, of all connections together. Where it is used up, the connection that holds
/// most loses what it has: a client that sends small requests is never the one. Thread-safe.
/// </summary>
internal sealed class BufferBudget(long limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FrameBuffer, int> _held = [];
    private long _taken;

    /// <summary>Sets what a buffer holds, and evicts others until all fits.</summary>
    /// <exception cref="RefusedException">It would itself hold most.</exception>
    public void Take(FrameBuffer buffer, int bytes)
    {
        List<FrameBuffer> evicted = [];
        bool isRefused;
        lock (_gate)
        {
            Forget(buffer);
            _held[buffer] = bytes;
            _taken += bytes;
            while (_taken > limit)
            {
                var largest = _held.MaxBy(pair => pair.Value).Key;
                Forget(largest);
                if (largest != buffer) evicted.Add(largest);
            }
            isRefused = !_held.ContainsKey(buffer);
        }
        foreach (var other in evicted) other.Evict();
        if (isRefused)
            throw new RefusedException($"requests of all connections hold more than {limit} bytes, this one most");
    }

    public void Give(FrameBuffer buffer)
    {
        lock (_gate) Forget(buffer);
    }

    private void Forget(FrameBuffer buffer)
    {
        if (_held.Remove(buffer, out var bytes)) _taken -= bytes;
    }
}
