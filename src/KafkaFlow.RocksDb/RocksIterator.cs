using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>
/// Walks keys in byte order within bounds, over the database as it was when the iterator was made. Starts before the
/// first key (for <see cref="MoveNext"/>) and after the last (for <see cref="MovePrevious"/>). Keeps the database open
/// until disposed. One thread at a time.
/// </summary>
public sealed unsafe class RocksIterator : SafeHandle
{
    private readonly DatabaseHandle _owner;
    private readonly RocksSnapshot? _snapshot;
    private readonly nint _readOptions;
    private readonly byte* _bounds;
    private readonly string _path;
    private Position _position;

    internal RocksIterator(
        DatabaseHandle owner, string path, nint family, RocksSnapshot? snapshot, ReadOnlySpan<byte> lower,
        ReadOnlySpan<byte> upper)
        : base(0, ownsHandle: true)
    {
        _path = path;
        // The caller holds both for this call, so neither can be closed already.
        var taken = false;
        owner.DangerousAddRef(ref taken);
        _owner = owner;
        snapshot?.DangerousAddRef(ref taken);
        _snapshot = snapshot;
        _readOptions = Native.rocksdb_readoptions_create();
        if (snapshot is not null)
            Native.rocksdb_readoptions_set_snapshot(_readOptions, snapshot.DangerousGetHandle());
        // RocksDB keeps pointers to the bounds, so they live in native memory as long as the iterator.
        _bounds = (byte*)NativeMemory.Alloc((nuint)(lower.Length + upper.Length + 1));
        lower.CopyTo(new(_bounds, lower.Length));
        upper.CopyTo(new(_bounds + lower.Length, upper.Length));
        if (lower.Length > 0)
            Native.rocksdb_readoptions_set_iterate_lower_bound(_readOptions, _bounds, (nuint)lower.Length);
        if (upper.Length > 0)
            Native.rocksdb_readoptions_set_iterate_upper_bound(
                _readOptions, _bounds + lower.Length, (nuint)upper.Length);
        SetHandle(Native.rocksdb_create_iterator_cf(owner.DangerousGetHandle(), _readOptions, family));
        LiveHandles.Opened(HandleKind.Iterator);
    }

    private enum Position
    {
        Start,
        OnKey,
        PastEnd,
        BeforeFirst,
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Valid until the iterator moves or is disposed.</summary>
    /// <exception cref="InvalidOperationException">The iterator does not stand on a key.</exception>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            using var lease = OnKey();
            nuint length;
            var data = Native.rocksdb_iter_key(lease.Pointer, &length);
            return new(data, checked((int)length));
        }
    }

    /// <inheritdoc cref="Key"/>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            using var lease = OnKey();
            nuint length;
            var data = Native.rocksdb_iter_value(lease.Pointer, &length);
            return new(data, checked((int)length));
        }
    }

    /// <returns>False at the end; then it stays there.</returns>
    public bool MoveNext()
    {
        using var lease = new Lease(this);
        if (_position == Position.PastEnd) return false;
        if (_position == Position.OnKey) Native.rocksdb_iter_next(lease.Pointer);
        else Native.rocksdb_iter_seek_to_first(lease.Pointer);
        return Settle(lease.Pointer, Position.PastEnd);
    }

    /// <returns>False before the first key; then it stays there.</returns>
    public bool MovePrevious()
    {
        using var lease = new Lease(this);
        if (_position == Position.BeforeFirst) return false;
        if (_position == Position.OnKey) Native.rocksdb_iter_prev(lease.Pointer);
        else Native.rocksdb_iter_seek_to_last(lease.Pointer);
        return Settle(lease.Pointer, Position.BeforeFirst);
    }

    /// <summary>Moves to the first key at or after <paramref name="key"/>, within the bounds.</summary>
    /// <returns>False if there is none.</returns>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        using var lease = new Lease(this);
        fixed (byte* k = key) Native.rocksdb_iter_seek(lease.Pointer, k, (nuint)key.Length);
        return Settle(lease.Pointer, Position.PastEnd);
    }

    /// <summary>Moves to the last key at or before <paramref name="key"/>, within the bounds.</summary>
    /// <returns>False if there is none.</returns>
    public bool SeekAtOrBefore(ReadOnlySpan<byte> key)
    {
        using var lease = new Lease(this);
        fixed (byte* k = key) Native.rocksdb_iter_seek_for_prev(lease.Pointer, k, (nuint)key.Length);
        return Settle(lease.Pointer, Position.BeforeFirst);
    }

    protected override bool ReleaseHandle()
    {
        Native.rocksdb_iter_destroy(handle);
        Native.rocksdb_readoptions_destroy(_readOptions);
        NativeMemory.Free(_bounds);
        _snapshot?.DangerousRelease();
        _owner.DangerousRelease();
        LiveHandles.Closed(HandleKind.Iterator);
        return true;
    }

    private Lease OnKey()
    {
        var lease = new Lease(this);
        if (_position == Position.OnKey) return lease;
        lease.Dispose();
        throw new InvalidOperationException("the iterator does not stand on a key: its last move returned false");
    }

    private bool Settle(nint iterator, Position elsewhere)
    {
        if (Native.rocksdb_iter_valid(iterator) != 0)
        {
            _position = Position.OnKey;
            return true;
        }
        _position = elsewhere;
        byte* error = null;
        Native.rocksdb_iter_get_error(iterator, &error);
        NativeError.Check(error, "iterate", _path);
        return false;
    }
}
