using KafkaFlow.Testing;
using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

[Trait("tier", "fast")]
public sealed class ErrorTests
{
    [Fact]
    public void A_missing_library_is_one_message_with_the_line_that_installs_it()
    {
        var error = Assert.Throws<RocksDbException>(() => RocksLibrary.Load(["librocksdb.so.0.0", "no-such-rocksdb"]));
        Assert.Contains("apt-get install librocksdb7.8", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-rocksdb", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_database_that_another_process_holds_is_refused_with_its_path_and_what_to_do()
    {
        using var directory = TestEnvironment.NewDirectory("rocksdb-lock");
        var path = directory.PathOf("db");
        using var child = ChildProgram.Start(ChildProgram.Hold, path);
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            Assert.Equal("open", await child.StandardOutput.ReadLineAsync(timeout.Token));
            var error = Assert.Throws<RocksDbException>(() => RocksDatabase.Open(path, new()));
            Assert.True(error.IsLocked);
            Assert.Equal((path, "open"), (error.Path, error.Operation));
            Assert.Contains("another process has it open", error.Message, StringComparison.Ordinal);
            Assert.Contains("LOCK", error.Message, StringComparison.Ordinal);

            child.StandardInput.Close();
            await child.WaitForExitAsync(timeout.Token);
            RocksDatabase.Open(path, new()).Dispose();
        }
        finally
        {
            if (!child.HasExited) child.Kill();
        }
    }

    [Fact]
    public void The_same_process_may_not_open_a_database_twice()
    {
        using var temporary = new TemporaryDatabase();
        var error = Assert.Throws<RocksDbException>(() => RocksDatabase.Open(temporary.Path, new()));
        Assert.True(error.IsLocked);
        Assert.Contains("this process has it open", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Absent_present_and_damaged_databases_are_told_apart()
    {
        using var directory = TestEnvironment.NewDirectory("rocksdb-errors");
        var absent = Assert.Throws<RocksDbException>(
            () => RocksDatabase.Open(directory.PathOf("none"), new() { CreateIfMissing = false }));
        Assert.Contains("does not exist", absent.Status, StringComparison.Ordinal);
        Assert.False(absent.IsLocked || absent.IsCorruption);

        var path = directory.PathOf("db");
        using (var db = RocksDatabase.Open(path, new())) db.Put(Key(1), Of("v"));
        Assert.Throws<RocksDbException>(() => RocksDatabase.Open(path, new() { ErrorIfExists = true }));

        File.WriteAllText(directory.PathOf("file"), "");
        Assert.Contains("a file is there", Assert.Throws<RocksDbException>(
            () => RocksDatabase.Open(directory.PathOf("file"), new())).Message, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(path, "CURRENT"), "MANIFEST-999999");
        Assert.True(Assert.Throws<RocksDbException>(() => RocksDatabase.Open(path, new())).IsCorruption);
        RocksDatabase.Destroy(path);
        Assert.False(Directory.Exists(path));
        using var renewed = RocksDatabase.Open(path, new());
        Assert.Null(renewed.Get(Key(1)));
    }

    [Fact]
    public void A_block_damaged_on_disk_is_a_corruption_error_of_get_and_of_the_iterator()
    {
        using var temporary = new TemporaryDatabase(new() { Compression = RocksCompression.None });
        for (var i = 0; i < 2000; i++) temporary.Database.Put(Key(i), new byte[100]);
        temporary.Database.Flush();
        temporary.Database.Dispose();
        var table = Directory.GetFiles(temporary.Path, "*.sst").Single();
        var bytes = File.ReadAllBytes(table);
        bytes.AsSpan(1000, 4000).Fill(7);
        File.WriteAllBytes(table, bytes);

        var db = temporary.Reopen();
        Assert.True(Assert.Throws<RocksDbException>(() => { db.Get(Key(10)); }).IsCorruption);
        Assert.True(Assert.Throws<RocksDbException>(() => db.MultiGet([Key(10), Key(1999)])).IsCorruption);
        using var scan = db.Scan([]);
        Assert.True(Assert.Throws<RocksDbException>(() => scan.MoveNext()).IsCorruption);
        Assert.NotNull(db.Get(Key(1999)));
    }

    [Fact]
    public void Wrong_options_are_named_all_at_once()
    {
        var wrong = new RocksOptions
        {
            WriteBufferBytes = 1, WriteBuffers = 1, MaxOpenFiles = 0, DefaultWrite = new(Sync: true, DisableWal: true),
        };
        var error = Assert.Throws<ArgumentException>(() => RocksDatabase.Open("unused", wrong));
        string[] names = ["WriteBufferBytes is 1", "WriteBuffers is 1", "MaxOpenFiles is 0", "DefaultWrite"];
        foreach (var name in names)
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists("unused"));

        using var temporary = new TemporaryDatabase();
        Assert.Throws<ArgumentException>(
            () => temporary.Database.Put(Key(1), Key(1), options: new WriteOptions(Sync: true, DisableWal: true)));
    }
}
