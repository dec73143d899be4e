using System.Diagnostics.CodeAnalysis;

namespace KafkaFlow.RocksDb;

/// <summary>
/// One RocksDB database, open. Any thread may read and write; a call that overlaps <see cref="Dispose"/> either
/// completes or throws <see cref="ObjectDisposedException"/>. The native close, and with it the release of the LOCK
/// file, happens when the database and all its iterators, snapshots and pinned values are disposed; it flushes what
/// writes without write-ahead log left in memory. Where a column family is null, "default" is meant; where write
/// options are null,
/// <see cref="RocksOptions.DefaultWrite"/>.
/// </summary>
public sealed unsafe class RocksDatabase : IDisposable
{
    private readonly DatabaseHandle _handle;
    private readonly WriteOptions _defaultWrite;
    private readonly FamilyTable _families;
    private readonly DatabaseFlush _flush;

    private RocksDatabase(string path, RocksOptions options)
    {
        Path = System.IO.Path.GetFullPath(path);
        (_handle, var families) = DatabaseOpener.Open(Path, options);
        _families = new(_handle, Path, families);
        _flush = new(_handle, Path, options.AtomicFlush);
        _defaultWrite = options.DefaultWrite;
    }

    public string Path { get; }

    /// <summary>True once <see cref="Dispose"/> was called; iterators may still hold the files.</summary>
    public bool IsDisposed => _handle.IsClosed;

    /// <summary>Names of the column families, "default" included.</summary>
    public IReadOnlyList<string> ColumnFamilies => _families.Names;

    /// <summary>Opens the directory with all column families on disk and those the options name.</summary>
    /// <exception cref="RocksDbException">The library is missing, the database is absent, damaged or open
    /// elsewhere.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static RocksDatabase Open(string path, RocksOptions options) => new(path, options);

    /// <summary>Deletes the files of a database that is not open.</summary>
    public static void Destroy(string path) => DatabaseOpener.Destroy(path);

    /// <exception cref="KeyNotFoundException">There is no such family.</exception>
    public ColumnFamily GetColumnFamily(string name) => _families.Get(name);

    public ColumnFamily CreateColumnFamily(string name) => _families.Create(name);

    /// <summary>Deletes the family and its data. Iterators over it go on.</summary>
    public void DropColumnFamily(ColumnFamily family) => _families.Drop(family);

    /// <returns>The value, or null if the key is absent.</returns>
    public byte[]? Get(ReadOnlySpan<byte> key, ColumnFamily? family = null, RocksSnapshot? snapshot = null)
    {
        using var value = GetPinned(key, family, snapshot);
        return value.Found ? value.Span.ToArray() : null;
    }

    public bool TryGet(
        ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? value, ColumnFamily? family = null,
        RocksSnapshot? snapshot = null)
    {
        value = Get(key, family, snapshot);
        return value is not null;
    }

    /// <summary>Reads without copying. The result must be disposed; until then the database stays open.</summary>
    public PinnedValue GetPinned(ReadOnlySpan<byte> key, ColumnFamily? family = null, RocksSnapshot? snapshot = null)
    {
        using var lease = new Lease(_handle);
        using var view = new ReadView(_handle, snapshot);
        byte* error = null;
        nint slice;
        fixed (byte* k = key)
            slice = Native.rocksdb_get_pinned_cf(
                lease.Pointer, view.Options, _families.PointerOf(family), k, (nuint)key.Length, &error);
        NativeError.Check(error, "read", Path);
        return slice == 0 ? default : new(_handle, slice);
    }

    /// <returns>For each key its value, or null if it is absent.</returns>
    public byte[]?[] MultiGet(
        IReadOnlyList<byte[]> keys, ColumnFamily? family = null, RocksSnapshot? snapshot = null)
    {
        using var lease = new Lease(_handle);
        using var view = new ReadView(_handle, snapshot);
        return BatchedRead.Read(lease.Pointer, view.Options, _families.PointerOf(family), keys, Path);
    }

    public void Put(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ColumnFamily? family = null, WriteOptions? options = null)
    {
        using var lease = new Lease(_handle);
        byte* error = null;
        fixed (byte* k = key, v = value)
            Native.rocksdb_put_cf(
                lease.Pointer, Durability(options), _families.PointerOf(family), k, (nuint)key.Length, v,
                (nuint)value.Length, &error);
        NativeError.Check(error, "put", Path);
    }

    public void Delete(ReadOnlySpan<byte> key, ColumnFamily? family = null, WriteOptions? options = null)
    {
        using var lease = new Lease(_handle);
        byte* error = null;
        fixed (byte* k = key)
            Native.rocksdb_delete_cf(
                lease.Pointer, Durability(options), _families.PointerOf(family), k, (nuint)key.Length, &error);
        NativeError.Check(error, "delete", Path);
    }

    /// <summary>Deletes the keys from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public void DeleteRange(
        ReadOnlySpan<byte> start, ReadOnlySpan<byte> end, ColumnFamily? family = null, WriteOptions? options = null)
    {
        using var lease = new Lease(_handle);
        byte* error = null;
        fixed (byte* s = start, e = end)
            Native.rocksdb_delete_range_cf(
                lease.Pointer, Durability(options), _families.PointerOf(family), s, (nuint)start.Length, e,
                (nuint)end.Length, &error);
        NativeError.Check(error, "delete a range", Path);
    }

    /// <summary>Applies the batch whole or not at all. The batch keeps its content.</summary>
    public void Write(WriteBatch batch, WriteOptions? options = null)
    {
        using var lease = new Lease(_handle);
        using var content = new Lease(batch);
        batch.RequireWritableTo(_handle);
        byte* error = null;
        Native.rocksdb_write(lease.Pointer, Durability(options), content.Pointer, &error);
        NativeError.Check(error, "write a batch", Path);
    }

    /// <summary>Iterates the keys that start with <paramref name="prefix"/>; all keys if it is empty.</summary>
    public RocksIterator Scan(
        ReadOnlySpan<byte> prefix, ColumnFamily? family = null, RocksSnapshot? snapshot = null) =>
        Range(prefix, KeyRange.EndOfPrefix(prefix), family, snapshot);

    /// <summary>Iterates the keys from <paramref name="lower"/> up to, not including, <paramref name="upper"/>; an
    /// empty bound is none.</summary>
    public RocksIterator Range(
        ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, ColumnFamily? family = null,
        RocksSnapshot? snapshot = null)
    {
        using var lease = new Lease(_handle);
        using var view = new ReadView(_handle, snapshot);
        return new(_handle, Path, _families.PointerOf(family), snapshot, lower, upper);
    }

    public RocksSnapshot CreateSnapshot()
    {
        using var lease = new Lease(_handle);
        return new(_handle);
    }

    /// <summary>Writes the memtables of all families to disk and waits for it. With
    /// <see cref="RocksOptions.AtomicFlush"/> a crash in the middle leaves all families at one point.</summary>
    public void Flush()
    {
        using var lease = new Lease(_handle);
        _flush.Run(_families.All);
    }

    /// <summary>Makes an openable copy in a directory that does not exist yet; files are hard links where
    /// possible.</summary>
    public void Checkpoint(string directory)
    {
        using var lease = new Lease(_handle);
        DatabaseFlush.Checkpoint(lease.Pointer, directory);
    }

    /// <summary>Compacts a whole family; blocks until done.</summary>
    public void Compact(ColumnFamily? family = null)
    {
        using var lease = new Lease(_handle);
        Native.rocksdb_compact_range_cf(lease.Pointer, _families.PointerOf(family), null, 0, null, 0);
    }

    /// <param name="name">A property of RocksDB, e.g. <c>rocksdb.estimate-num-keys</c>.</param>
    /// <param name="family">Whose.</param>
    /// <returns>Null if RocksDB has no such property.</returns>
    public string? GetProperty(string name, ColumnFamily? family = null)
    {
        using var lease = new Lease(_handle);
        using var text = new NativeText(name);
        var value = Native.rocksdb_property_value_cf(lease.Pointer, _families.PointerOf(family), text.Pointer);
        return value == null ? null : NativeError.Take(value);
    }

    /// <inheritdoc cref="GetProperty"/>
    public long? GetNumericProperty(string name, ColumnFamily? family = null)
    {
        using var lease = new Lease(_handle);
        using var text = new NativeText(name);
        ulong value;
        return Native.rocksdb_property_int_cf(lease.Pointer, _families.PointerOf(family), text.Pointer, &value) == 0
            ? (long)value
            : null;
    }

    public void Dispose() => _handle.Dispose();

    private nint Durability(WriteOptions? options) => _handle.WriteOptionsFor(options ?? _defaultWrite);
}
