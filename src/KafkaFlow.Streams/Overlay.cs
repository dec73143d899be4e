namespace KafkaFlow.Streams;

/// <summary>
/// Changes of state and timers that no checkpoint holds yet; a null value is a deletion. Filled by the owner's thread;
/// once frozen it is only read, by the owner and the committer.
/// </summary>
internal sealed class Overlay
{
    private readonly Dictionary<byte[], byte[]?> _state = new(ByteOrder.Instance);
    private readonly Dictionary<byte[], byte[]?>.AlternateLookup<ReadOnlySpan<byte>> _stateBySpan;
    private readonly Dictionary<byte[], long?> _timers = new(ByteOrder.Instance);

    /// <summary>Keys of <see cref="_state"/> in order; made at the first scan, kept from then on.</summary>
    private SortedSet<byte[]>? _ordered;

    public Overlay() => _stateBySpan = _state.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => _state.Count + _timers.Count;
    public IReadOnlyDictionary<byte[], byte[]?> State => _state;
    public IReadOnlyDictionary<byte[], long?> Timers => _timers;

    public void Set(byte[] key, byte[]? value)
    {
        _state[key] = value;
        _ordered?.Add(key);
    }

    public void SetTimer(byte[] id, long? dueAtMs) => _timers[id] = dueAtMs;

    public bool TryGet(ReadOnlySpan<byte> key, out byte[]? value) => _stateBySpan.TryGetValue(key, out value);

    /// <summary>Puts the changes under <paramref name="prefix"/> into <paramref name="into"/>, over what is there.</summary>
    public void Collect(byte[] prefix, SortedDictionary<byte[], byte[]?> into)
    {
        if (_state.Count == 0) return;
        _ordered ??= new SortedSet<byte[]>(_state.Keys, ByteOrder.Instance);
        var last = _ordered.Max!;
        if (ByteOrder.Instance.Compare(prefix, last) > 0) return;
        foreach (var key in _ordered.GetViewBetween(prefix, last))
        {
            if (!key.AsSpan().StartsWith(prefix)) break;
            into[key] = _state[key];
        }
    }

    /// <summary>Adds the changes of a younger overlay over these.</summary>
    public void Add(Overlay younger)
    {
        foreach (var (key, value) in younger._state) Set(key, value);
        foreach (var (id, due) in younger._timers) SetTimer(id, due);
    }
}
