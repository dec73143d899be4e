using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>The native form of <see cref="RocksOptions"/>; destroyed with the database.</summary>
internal static unsafe class NativeOptions
{
    internal static nint Create(RocksOptions options)
    {
        var native = Native.rocksdb_options_create();
        Native.rocksdb_options_set_create_if_missing(native, Byte(options.CreateIfMissing));
        Native.rocksdb_options_set_create_missing_column_families(native, 1);
        Native.rocksdb_options_set_error_if_exists(native, Byte(options.ErrorIfExists));
        Native.rocksdb_options_set_paranoid_checks(native, Byte(options.ParanoidChecks));
        Native.rocksdb_options_set_atomic_flush(native, Byte(options.AtomicFlush));
        Native.rocksdb_options_set_info_log_level(native, (int)options.InfoLogLevel);
        Native.rocksdb_options_set_max_log_file_size(native, (nuint)options.MaxLogFileBytes);
        Native.rocksdb_options_set_keep_log_file_num(native, 2);
        Native.rocksdb_options_set_stats_dump_period_sec(native, 0);
        Native.rocksdb_options_set_max_open_files(native, options.MaxOpenFiles);
        Native.rocksdb_options_set_max_background_jobs(native, options.MaxBackgroundJobs);
        Native.rocksdb_options_set_write_buffer_size(native, (nuint)options.WriteBufferBytes);
        Native.rocksdb_options_set_max_write_buffer_number(native, options.WriteBuffers);
        Native.rocksdb_options_set_db_write_buffer_size(native, (nuint)options.TotalWriteBufferBytes);
        Native.rocksdb_options_set_compression(native, (int)options.Compression);
        Native.rocksdb_options_set_level_compaction_dynamic_level_bytes(native, 1);
        SetPath(native, options.WalDirectory, &Native.rocksdb_options_set_wal_dir);
        SetPath(native, options.InfoLogDirectory, &Native.rocksdb_options_set_db_log_dir);
        SetTable(native, options);
        return native;
    }

    internal static nint CreateWrite(WriteOptions options)
    {
        var native = Native.rocksdb_writeoptions_create();
        Native.rocksdb_writeoptions_set_sync(native, Byte(options.Sync));
        Native.rocksdb_writeoptions_disable_WAL(native, options.DisableWal ? 1 : 0);
        return native;
    }

    private static void SetTable(nint native, RocksOptions options)
    {
        var table = Native.rocksdb_block_based_options_create();
        // The table options take ownership of the policy and a share of the cache.
        if (options.BloomBitsPerKey > 0)
            Native.rocksdb_block_based_options_set_filter_policy(
                table, Native.rocksdb_filterpolicy_create_bloom_full(options.BloomBitsPerKey));
        if (options.BlockCache is { } cache)
        {
            using var lease = new Lease(cache);
            Native.rocksdb_block_based_options_set_block_cache(table, lease.Pointer);
            Native.rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
            Native.rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
            Native.rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
        }
        Native.rocksdb_options_set_block_based_table_factory(native, table);
        Native.rocksdb_block_based_options_destroy(table);
    }

    private static void SetPath(nint native, string? path, delegate*<nint, byte*, void> set)
    {
        if (path is null) return;
        Directory.CreateDirectory(path);
        using var text = new NativeText(path);
        set(native, text.Pointer);
    }

    private static byte Byte(bool on) => on ? (byte)1 : (byte)0;
}

/// <summary>NUL-terminated UTF-8 in native memory.</summary>
internal unsafe ref struct NativeText(string text)
{
    public byte* Pointer { get; private set; } = (byte*)Marshal.StringToCoTaskMemUTF8(text);

    public void Dispose()
    {
        Marshal.FreeCoTaskMem((nint)Pointer);
        Pointer = null;
    }
}
