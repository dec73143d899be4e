namespace KafkaFlow.Streams;

/// <summary>
/// State of one partition as its owner sees it: the open overlay over the frozen one over the store. Owner's thread only.
/// </summary>
internal sealed class TaskState(StateStore store, TimerQueue timers) : IStateView
{
    private Overlay _open = new();

    /// <summary>Being checkpointed; null if no checkpoint is under way.</summary>
    public Overlay? Frozen { get; private set; }

    public int OpenChanges => _open.Count;

    public int Changes => _open.Count + (Frozen?.Count ?? 0);

    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        if (_open.TryGet(key, out var value) || (Frozen is { } frozen && frozen.TryGet(key, out value)))
            return value is null ? null : (ReadOnlyMemory<byte>?)value;
        return store.Get(key) is { } stored ? stored : null;
    }

    public IEnumerable<KeyValuePair<byte[], byte[]>> Scan(byte[] prefix)
    {
        var changes = new SortedDictionary<byte[], byte[]?>(ByteOrder.Instance);
        Frozen?.Collect(prefix, changes);
        _open.Collect(prefix, changes);
        return changes.Count == 0 ? store.Scan(prefix) : Merge(store.Scan(prefix), changes);
    }

    public void Apply(Effects effects)
    {
        foreach (var change in effects.Changes) _open.Set(change.Key, change.Value);
        foreach (var timer in effects.Timers)
        {
            _open.SetTimer(timer.TimerId, timer.DueAtMs);
            if (timer.DueAtMs is { } due) timers.Set(timer.TimerId, due);
            else timers.Clear(timer.TimerId);
        }
    }

    public Overlay Freeze()
    {
        if (Frozen is not null) throw new InvalidOperationException("a checkpoint is under way already");
        Frozen = _open;
        _open = new();
        return Frozen;
    }

    /// <summary>The frozen overlay has reached the store.</summary>
    public void Thaw() => Frozen = null;

    /// <summary>Frees memory where no checkpoint may be made: the store takes the changes and is marked partly built.</summary>
    public void Spill()
    {
        store.Spill(_open);
        _open = new();
    }

    private static IEnumerable<KeyValuePair<byte[], byte[]>> Merge(
        IEnumerable<KeyValuePair<byte[], byte[]>> stored, SortedDictionary<byte[], byte[]?> changes)
    {
        using var below = stored.GetEnumerator();
        var more = below.MoveNext();
        foreach (var (key, value) in changes)
        {
            int order = 1;
            while (more && (order = ByteOrder.Instance.Compare(below.Current.Key, key)) < 0)
            {
                yield return below.Current;
                more = below.MoveNext();
            }
            if (more && order == 0) more = below.MoveNext();
            if (value is not null) yield return KeyValuePair.Create(key, value);
        }
        for (; more; more = below.MoveNext()) yield return below.Current;
    }
}
