using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace KafkaFlow.RocksDb;

/// <summary>The functions of RocksDB's C API (rocksdb/c.h) that are used, blittable; names are those of the header.
/// Sizes are <c>size_t</c>, booleans one byte, text NUL-terminated UTF-8.</summary>
internal static unsafe partial class Native
{
    internal const string Library = "rocksdb";

    [LibraryImport(Library)] internal static partial void rocksdb_free(void* memory);

    // Options
    [LibraryImport(Library)] internal static partial nint rocksdb_options_create();
    [LibraryImport(Library)] internal static partial void rocksdb_options_destroy(nint options);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_create_if_missing(nint options, byte on);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_create_missing_column_families(nint options, byte on);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_error_if_exists(nint options, byte on);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_paranoid_checks(nint options, byte on);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_atomic_flush(nint options, byte on);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_info_log_level(nint options, int level);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_max_open_files(nint options, int files);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_max_background_jobs(nint options, int n);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_write_buffer_size(nint options, nuint n);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_db_write_buffer_size(nint options, nuint n);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_max_write_buffer_number(nint options, int n);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_compression(nint options, int kind);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_level_compaction_dynamic_level_bytes(nint options, byte on);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_stats_dump_period_sec(nint options, uint seconds);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_keep_log_file_num(nint options, nuint n);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_max_log_file_size(nint options, nuint n);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_wal_dir(nint options, byte* path);
    [LibraryImport(Library)] internal static partial void rocksdb_options_set_db_log_dir(nint options, byte* path);
    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_block_based_table_factory(nint options, nint table);
    [LibraryImport(Library)] internal static partial nint rocksdb_block_based_options_create();
    [LibraryImport(Library)] internal static partial void rocksdb_block_based_options_destroy(nint table);
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_block_cache(nint table, nint cache);
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_filter_policy(nint table, nint policy);
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(nint table, byte on);
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(
        nint table, byte on);
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(
        nint table, byte on);
    [LibraryImport(Library)] internal static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);
    [LibraryImport(Library)] internal static partial nint rocksdb_cache_create_lru(nuint capacity);
    [LibraryImport(Library)] internal static partial void rocksdb_cache_destroy(nint cache);
    [LibraryImport(Library)] internal static partial nuint rocksdb_cache_get_usage(nint cache);

    // Database
    [LibraryImport(Library)]
    internal static partial nint rocksdb_open_column_families(
        nint options, byte* path, int count, byte** names, nint* familyOptions, nint* families, byte** error);
    [LibraryImport(Library)]
    internal static partial byte** rocksdb_list_column_families(
        nint options, byte* path, nuint* count, byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_list_column_families_destroy(byte** names, nuint count);
    [LibraryImport(Library)] internal static partial void rocksdb_close(nint database);
    [LibraryImport(Library)] internal static partial void rocksdb_destroy_db(nint options, byte* path, byte** error);
    [LibraryImport(Library)]
    internal static partial nint rocksdb_create_column_family(nint database, nint options, byte* name, byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_drop_column_family(nint database, nint family, byte** error);
    [LibraryImport(Library)] internal static partial void rocksdb_column_family_handle_destroy(nint family);
    [LibraryImport(Library)]
    internal static partial byte* rocksdb_property_value_cf(nint database, nint family, byte* name);
    [LibraryImport(Library)]
    internal static partial int rocksdb_property_int_cf(nint database, nint family, byte* name, ulong* value);
    [LibraryImport(Library)] internal static partial nint rocksdb_checkpoint_object_create(nint database, byte** error);
    [LibraryImport(Library)] internal static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);
    [LibraryImport(Library)]
    internal static partial void rocksdb_checkpoint_create(
        nint checkpoint, byte* path, ulong logSizeForFlush, byte** error);
    [LibraryImport(Library)] internal static partial nint rocksdb_flushoptions_create();
    [LibraryImport(Library)] internal static partial void rocksdb_flushoptions_destroy(nint options);
    [LibraryImport(Library)]
    internal static partial void rocksdb_flush_cf(nint database, nint options, nint family, byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_compact_range_cf(
        nint database, nint family, byte* start, nuint startLength, byte* end, nuint endLength);

    // Reads
    [LibraryImport(Library)]
    internal static partial nint rocksdb_get_pinned_cf(
        nint database, nint options, nint family, byte* key, nuint keyLength, byte** error);
    [LibraryImport(Library)] internal static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* length);
    [LibraryImport(Library)] internal static partial void rocksdb_pinnableslice_destroy(nint slice);
    [LibraryImport(Library)]
    internal static partial void rocksdb_batched_multi_get_cf(
        nint database, nint options, nint family, nuint count, byte** keys, nuint* keyLengths, nint* values,
        byte** errors, byte sorted);
    [LibraryImport(Library)] internal static partial nint rocksdb_readoptions_create();
    [LibraryImport(Library)] internal static partial void rocksdb_readoptions_destroy(nint options);
    [LibraryImport(Library)] internal static partial void rocksdb_readoptions_set_snapshot(nint options, nint snapshot);
    [LibraryImport(Library)]
    internal static partial void rocksdb_readoptions_set_iterate_lower_bound(nint options, byte* key, nuint length);
    [LibraryImport(Library)]
    internal static partial void rocksdb_readoptions_set_iterate_upper_bound(nint options, byte* key, nuint length);
    [LibraryImport(Library)] internal static partial nint rocksdb_create_snapshot(nint database);
    [LibraryImport(Library)] internal static partial void rocksdb_release_snapshot(nint database, nint snapshot);
    [LibraryImport(Library)]
    internal static partial nint rocksdb_create_iterator_cf(nint database, nint options, nint family);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_destroy(nint iterator);
    [LibraryImport(Library)] internal static partial byte rocksdb_iter_valid(nint iterator);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_seek_to_first(nint iterator);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_seek_to_last(nint iterator);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_seek(nint iterator, byte* key, nuint length);
    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_seek_for_prev(nint iterator, byte* key, nuint length);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_next(nint iterator);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_prev(nint iterator);
    [LibraryImport(Library)] internal static partial byte* rocksdb_iter_key(nint iterator, nuint* length);
    [LibraryImport(Library)] internal static partial byte* rocksdb_iter_value(nint iterator, nuint* length);
    [LibraryImport(Library)] internal static partial void rocksdb_iter_get_error(nint iterator, byte** error);

    // Writes
    [LibraryImport(Library)] internal static partial nint rocksdb_writeoptions_create();
    [LibraryImport(Library)] internal static partial void rocksdb_writeoptions_destroy(nint options);
    [LibraryImport(Library)] internal static partial void rocksdb_writeoptions_set_sync(nint options, byte on);
    [LibraryImport(Library)] internal static partial void rocksdb_writeoptions_disable_WAL(nint options, int off);
    [LibraryImport(Library)]
    internal static partial void rocksdb_put_cf(
        nint database, nint options, nint family, byte* key, nuint keyLength, byte* value, nuint valueLength,
        byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_delete_cf(
        nint database, nint options, nint family, byte* key, nuint keyLength, byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_delete_range_cf(
        nint database, nint options, nint family, byte* start, nuint startLength, byte* end, nuint endLength,
        byte** error);
    [LibraryImport(Library)]
    internal static partial void rocksdb_write(nint database, nint options, nint batch, byte** error);
    [LibraryImport(Library)] internal static partial nint rocksdb_writebatch_create();
    [LibraryImport(Library)] internal static partial void rocksdb_writebatch_destroy(nint batch);
    [LibraryImport(Library)] internal static partial void rocksdb_writebatch_clear(nint batch);
    [LibraryImport(Library)] internal static partial int rocksdb_writebatch_count(nint batch);
    [LibraryImport(Library)] internal static partial byte* rocksdb_writebatch_data(nint batch, nuint* length);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_put(
        nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_put_cf(
        nint batch, nint family, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete(nint batch, byte* key, nuint keyLength);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete_cf(nint batch, nint family, byte* key, nuint keyLength);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete_range(
        nint batch, byte* start, nuint startLength, byte* end, nuint endLength);
    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete_range_cf(
        nint batch, nint family, byte* start, nuint startLength, byte* end, nuint endLength);
}
