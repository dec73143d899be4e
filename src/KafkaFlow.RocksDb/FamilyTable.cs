namespace KafkaFlow.RocksDb;

/// <summary>The column families of one open database by name. Any thread.</summary>
internal sealed unsafe class FamilyTable
{
    private readonly Lock _gate = new();
    private readonly DatabaseHandle _handle;
    private readonly string _path;
    private readonly Dictionary<string, ColumnFamily> _byName;
    private readonly ColumnFamily _default;

    internal FamilyTable(DatabaseHandle handle, string path, Dictionary<string, ColumnFamily> families)
    {
        _handle = handle;
        _path = path;
        _byName = families;
        _default = families[DatabaseOpener.DefaultFamily];
    }

    internal IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate) return [.. _byName.Keys.Order(StringComparer.Ordinal)];
        }
    }

    internal IReadOnlyList<ColumnFamily> All
    {
        get
        {
            lock (_gate) return [.. _byName.Values];
        }
    }

    internal nint PointerOf(ColumnFamily? family)
    {
        if (family is null) return _default.Pointer;
        if (family.Owner != _handle)
            throw new ArgumentException($"column family {family.Name} is of another database than {_path}");
        return family.Pointer;
    }

    internal ColumnFamily Get(string name)
    {
        lock (_gate)
            return _byName.TryGetValue(name, out var family)
                ? family
                : throw new KeyNotFoundException(
                    $"{_path} has no column family {name}; it has {string.Join(", ", _byName.Keys)}");
    }

    internal ColumnFamily Create(string name)
    {
        using var lease = new Lease(_handle);
        using var text = new NativeText(name);
        lock (_gate)
        {
            byte* error = null;
            var pointer = Native.rocksdb_create_column_family(lease.Pointer, _handle.Options, text.Pointer, &error);
            NativeError.Check(error, $"create column family {name}", _path);
            _handle.Own(pointer);
            return _byName[name] = new(_handle, name, pointer);
        }
    }

    internal void Drop(ColumnFamily family)
    {
        using var lease = new Lease(_handle);
        lock (_gate)
        {
            byte* error = null;
            Native.rocksdb_drop_column_family(lease.Pointer, PointerOf(family), &error);
            NativeError.Check(error, $"drop column family {family.Name}", _path);
            // The native handle stays until the database closes: another thread may be reading through it.
            family.MarkDropped();
            _byName.Remove(family.Name);
        }
    }
}
