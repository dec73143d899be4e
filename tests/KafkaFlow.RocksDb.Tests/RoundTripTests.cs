using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

[Trait("tier", "fast")]
public sealed class RoundTripTests
{
    [Fact]
    public void A_value_of_any_size_comes_back_after_reopening_and_an_absent_key_is_null()
    {
        using var temporary = new TemporaryDatabase();
        var random = new Random(1);
        var values = new[] { 0, 1, 255, 4096, 3 << 20 }.Select(n =>
        {
            var value = new byte[n];
            random.NextBytes(value);
            return value;
        }).ToArray();
        for (var i = 0; i < values.Length; i++) temporary.Database.Put(Key(i), values[i]);
        temporary.Database.Put([], Of("the empty key"));
        temporary.Database.Put([0, 255, 0], Of("binary key"));
        temporary.Database.Delete(Key(1));

        for (var pass = 0; pass < 2; pass++)
        {
            var db = pass == 0 ? temporary.Database : temporary.Reopen();
            Assert.Equal(values[0], db.Get(Key(0)));
            Assert.Null(db.Get(Key(1)));
            Assert.False(db.TryGet(Key(99), out _));
            for (var i = 2; i < values.Length; i++) Assert.Equal(values[i], db.Get(Key(i)));
            Assert.Equal("the empty key", Text(db.Get([])));
            Assert.Equal("binary key", Text(db.Get([0, 255, 0])));
        }
    }

    [Fact]
    public void A_batch_is_applied_in_its_order_and_may_be_cleared_and_reused()
    {
        using var temporary = new TemporaryDatabase();
        using var batch = new WriteBatch();
        batch.Put(Key(1), Of("a"));
        batch.Put(Key(1), Of("b"));
        batch.Put(Key(2), Of("x"));
        batch.Delete(Key(2));
        Assert.Equal(4, batch.Count);
        Assert.True(batch.SizeBytes > 20);
        temporary.Database.Write(batch, new WriteOptions(Sync: true));
        Assert.Equal("b", Text(temporary.Database.Get(Key(1))));
        Assert.Null(temporary.Database.Get(Key(2)));

        batch.Clear();
        Assert.Equal(0, batch.Count);
        for (var i = 0; i < 10; i++) batch.Put(Key(i), Of("y"));
        batch.DeleteRange(Key(3), Key(7));
        temporary.Database.Write(batch);
        Assert.Equal(
            [0, 1, 2, 7, 8, 9], Enumerable.Range(0, 10).Where(i => temporary.Database.Get(Key(i)) is not null));
    }

    [Fact]
    public void Multi_get_answers_each_key_in_the_order_asked()
    {
        using var temporary = new TemporaryDatabase();
        for (var i = 0; i < 1000; i += 2) temporary.Database.Put(Key(i), Of($"v{i}"));
        temporary.Database.Flush();
        for (var i = 500; i < 1000; i += 2) temporary.Database.Put(Key(i), Of($"w{i}"));
        int[] asked = [7, 998, 0, 3, 500, 498, 0];
        var found = temporary.Database.MultiGet([.. asked.Select(Key)]);
        Assert.Equal(
            [null, "w998", "v0", null, "w500", "v498", "v0"], found.Select(v => v is null ? null : Text(v)));
        Assert.Empty(temporary.Database.MultiGet([]));
    }

    [Fact]
    public void A_snapshot_reads_the_past_by_get_multi_get_and_scan()
    {
        using var temporary = new TemporaryDatabase();
        var db = temporary.Database;
        db.Put(Key(1), Of("old"));
        using var snapshot = db.CreateSnapshot();
        db.Put(Key(1), Of("new"));
        db.Put(Key(2), Of("later"));
        db.Flush();
        Assert.Equal("old", Text(db.Get(Key(1), snapshot: snapshot)));
        Assert.Equal("new", Text(db.Get(Key(1))));
        Assert.Null(db.MultiGet([Key(2)], snapshot: snapshot)[0]);
        using var scan = db.Scan([], snapshot: snapshot);
        Assert.True(scan.MoveNext());
        Assert.Equal("old", Text(scan.Value));
        Assert.False(scan.MoveNext());
    }

    [Fact]
    public void A_checkpoint_is_a_database_of_its_own_that_later_writes_do_not_reach()
    {
        using var temporary = new TemporaryDatabase(new() { DefaultWrite = new(DisableWal: true) });
        temporary.Database.Put(Key(1), Of("kept"));
        temporary.Database.Checkpoint(temporary.PathOf("copy"));
        temporary.Database.Put(Key(1), Of("changed"));
        using var copy = RocksDatabase.Open(temporary.PathOf("copy"), temporary.Options);
        Assert.Equal("kept", Text(copy.Get(Key(1))));
        var error = Assert.Throws<RocksDbException>(() => temporary.Database.Checkpoint(temporary.PathOf("copy")));
        Assert.Contains("copy", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writes_without_log_survive_a_clean_close_and_properties_are_readable()
    {
        using var temporary = new TemporaryDatabase(new() { DefaultWrite = new(DisableWal: true) });
        for (var i = 0; i < 100; i++) temporary.Database.Put(Key(i), Of("v"));
        Assert.Equal(100, temporary.Database.GetNumericProperty("rocksdb.estimate-num-keys"));
        Assert.Null(temporary.Database.GetProperty("rocksdb.no-such-thing"));
        Assert.Null(temporary.Database.GetNumericProperty("rocksdb.stats"));
        var db = temporary.Reopen();
        Assert.Contains("Level", db.GetProperty("rocksdb.stats"), StringComparison.Ordinal);
        Assert.Equal("v", Text(db.Get(Key(99))));
    }

    [Fact]
    public void Options_reach_the_library()
    {
        using var cache = new BlockCache(8 << 20);
        using var outside = KafkaFlow.Testing.TestEnvironment.NewDirectory("rocksdb-wal");
        using var temporary = new TemporaryDatabase(new()
        {
            WriteBufferBytes = 128 << 10, WriteBuffers = 3, TotalWriteBufferBytes = 1 << 20, BlockCache = cache,
            BloomBitsPerKey = 12, Compression = RocksCompression.Zstd, MaxOpenFiles = 32, MaxBackgroundJobs = 1,
            ParanoidChecks = false, InfoLogLevel = RocksLogLevel.Info, WalDirectory = outside.PathOf("wal"),
            InfoLogDirectory = outside.PathOf("log"),
        });
        var value = new byte[10_000];
        for (var i = 0; i < 100; i++) temporary.Database.Put(Key(i), value);
        temporary.Database.Flush();
        for (var i = 0; i < 100; i++) Assert.Equal(value, temporary.Database.Get(Key(i)));
        Assert.True(cache.UsageBytes > 0);
        Assert.NotEmpty(Directory.GetFiles(outside.PathOf("wal"), "*.log"));
        var log = File.ReadAllText(
            Directory.GetFiles(outside.PathOf("log")).Single(f => f.EndsWith("LOG", StringComparison.Ordinal)));
        foreach (var set in new[]
        {
            "Options.write_buffer_size: 131072", "Options.max_write_buffer_number: 3", "Options.compression: ZSTD",
            "Options.db_write_buffer_size: 1048576", "Options.max_open_files: 32", "Options.paranoid_checks: 0",
            "Options.atomic_flush: 1", "Options.max_background_jobs: 1", "filter_policy: bloomfilter",
        })
            Assert.Contains(set, log, StringComparison.Ordinal);
    }
}
