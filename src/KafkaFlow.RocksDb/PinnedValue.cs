namespace KafkaFlow.RocksDb;

/// <summary>
/// A value read without copying: the bytes stay in RocksDB's cache or memtable until <see cref="Dispose"/>, and the
/// database stays open as long. Copies of this struct are one value: disposing one disposes all.
/// </summary>
public readonly ref struct PinnedValue
{
    private readonly PinnedSlot? _slot;
    private readonly uint _use;

    internal PinnedValue(DatabaseHandle owner, nint slice)
    {
        _slot = PinnedSlot.Take(owner, slice);
        _use = _slot.Use;
    }

    /// <summary>Whether the key exists.</summary>
    public bool Found => _slot is not null;

    /// <summary>Empty if the key does not exist. Must not be used after <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public ReadOnlySpan<byte> Span => _slot is null ? default : _slot.Read(_use);

    public void Dispose() => _slot?.Release(_use);
}

/// <summary>What a <see cref="PinnedValue"/> points to; recycled on its thread, which a ref struct never leaves. The
/// use number makes a stale copy harmless.</summary>
internal sealed unsafe class PinnedSlot
{
    [ThreadStatic] private static PinnedSlot? _free;

    private PinnedSlot? _next;
    private DatabaseHandle? _owner;
    private nint _slice;

    internal uint Use { get; private set; }

    internal static PinnedSlot Take(DatabaseHandle owner, nint slice)
    {
        var slot = _free ?? new();
        _free = slot._next;
        slot._next = null;
        var taken = false;
        owner.DangerousAddRef(ref taken);
        slot._owner = owner;
        slot._slice = slice;
        LiveHandles.Opened(HandleKind.PinnedValue);
        return slot;
    }

    internal ReadOnlySpan<byte> Read(uint use)
    {
        ObjectDisposedException.ThrowIf(use != Use || _owner is null, typeof(PinnedValue));
        nuint length;
        var data = Native.rocksdb_pinnableslice_value(_slice, &length);
        return new(data, checked((int)length));
    }

    internal void Release(uint use)
    {
        if (use != Use || _owner is null) return;
        Use++;
        Native.rocksdb_pinnableslice_destroy(_slice);
        _owner.DangerousRelease();
        _owner = null;
        LiveHandles.Closed(HandleKind.PinnedValue);
        _next = _free;
        _free = this;
    }
}
