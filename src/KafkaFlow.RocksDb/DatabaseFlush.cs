namespace KafkaFlow.RocksDb;

/// <summary>Brings memtables to disk.</summary>
internal sealed unsafe class DatabaseFlush(DatabaseHandle handle, string path, bool atomic)
{
    private const string FlushDirectory = "flush-point";

    private readonly Lock _gate = new();

    /// <summary>The caller keeps the database alive.</summary>
    internal void Run(IReadOnlyList<ColumnFamily> families)
    {
        var database = handle.DangerousGetHandle();
        // The C API of 7.8 flushes one family a call, which would leave families at different points after a crash.
        // A checkpoint flushes all of them as one; it is made for that effect only.
        if (atomic && families.Count > 1) FlushTogether(database);
        else foreach (var family in families) FlushOne(database, family);
    }

    internal static void Checkpoint(nint database, string directory)
    {
        byte* error = null;
        var checkpoint = Native.rocksdb_checkpoint_object_create(database, &error);
        NativeError.Check(error, "make a checkpoint", directory);
        try
        {
            using var text = new NativeText(directory);
            Native.rocksdb_checkpoint_create(checkpoint, text.Pointer, 0, &error);
            NativeError.Check(error, "make a checkpoint", directory);
        }
        finally
        {
            Native.rocksdb_checkpoint_object_destroy(checkpoint);
        }
    }

    private void FlushTogether(nint database)
    {
        lock (_gate)
        {
            var directory = Path.Combine(path, FlushDirectory);
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            Checkpoint(database, directory);
            Directory.Delete(directory, recursive: true);
        }
    }

    private void FlushOne(nint database, ColumnFamily family)
    {
        var options = Native.rocksdb_flushoptions_create();
        try
        {
            byte* error = null;
            Native.rocksdb_flush_cf(database, options, family.Pointer, &error);
            NativeError.Check(error, $"flush column family {family.Name}", path);
        }
        finally
        {
            Native.rocksdb_flushoptions_destroy(options);
        }
    }
}
