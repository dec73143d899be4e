using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>Changes that are applied together or not at all. Copies what it is given; may be cleared and reused. One
/// thread at a time.</summary>
public sealed unsafe class WriteBatch : SafeHandle
{
    private DatabaseHandle? _families;

    public WriteBatch()
        : base(0, ownsHandle: true)
    {
        RocksLibrary.EnsureLoaded();
        SetHandle(Native.rocksdb_writebatch_create());
        LiveHandles.Opened(HandleKind.Batch);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>How many changes it holds.</summary>
    public int Count
    {
        get
        {
            using var lease = new Lease(this);
            return Native.rocksdb_writebatch_count(lease.Pointer);
        }
    }

    /// <summary>Size of the batch as it is written.</summary>
    public long SizeBytes
    {
        get
        {
            using var lease = new Lease(this);
            nuint length;
            Native.rocksdb_writebatch_data(lease.Pointer, &length);
            return (long)length;
        }
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using var lease = new Lease(this);
        fixed (byte* k = key, v = value)
            Native.rocksdb_writebatch_put(lease.Pointer, k, (nuint)key.Length, v, (nuint)value.Length);
    }

    public void Put(ColumnFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using var lease = new Lease(this);
        using var database = Join(family);
        fixed (byte* k = key, v = value)
            Native.rocksdb_writebatch_put_cf(
                lease.Pointer, family.Pointer, k, (nuint)key.Length, v, (nuint)value.Length);
    }

    public void Delete(ReadOnlySpan<byte> key)
    {
        using var lease = new Lease(this);
        fixed (byte* k = key) Native.rocksdb_writebatch_delete(lease.Pointer, k, (nuint)key.Length);
    }

    public void Delete(ColumnFamily family, ReadOnlySpan<byte> key)
    {
        using var lease = new Lease(this);
        using var database = Join(family);
        fixed (byte* k = key)
            Native.rocksdb_writebatch_delete_cf(lease.Pointer, family.Pointer, k, (nuint)key.Length);
    }

    /// <summary>Deletes the keys from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public void DeleteRange(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        using var lease = new Lease(this);
        fixed (byte* s = start, e = end)
            Native.rocksdb_writebatch_delete_range(lease.Pointer, s, (nuint)start.Length, e, (nuint)end.Length);
    }

    /// <inheritdoc cref="DeleteRange(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void DeleteRange(ColumnFamily family, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        using var lease = new Lease(this);
        using var database = Join(family);
        fixed (byte* s = start, e = end)
            Native.rocksdb_writebatch_delete_range_cf(
                lease.Pointer, family.Pointer, s, (nuint)start.Length, e, (nuint)end.Length);
    }

    public void Clear()
    {
        using var lease = new Lease(this);
        Native.rocksdb_writebatch_clear(lease.Pointer);
        _families = null;
    }

    /// <summary>A batch names families by number, which another database would read as its own.</summary>
    internal void RequireWritableTo(DatabaseHandle database)
    {
        if (_families is not null && _families != database)
            throw new ArgumentException("the batch holds changes to column families of another database");
    }

    protected override bool ReleaseHandle()
    {
        Native.rocksdb_writebatch_destroy(handle);
        LiveHandles.Closed(HandleKind.Batch);
        return true;
    }

    private Lease Join(ColumnFamily family)
    {
        RequireWritableTo(family.Owner);
        var lease = new Lease(family.Owner);
        _families = family.Owner;
        return lease;
    }
}
