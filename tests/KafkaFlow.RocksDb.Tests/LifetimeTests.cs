using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

/// <summary>Natives are freed exactly once, whatever the order; these tests count them, so they run alone.</summary>
[Trait("tier", "fast")]
[Collection(nameof(LiveHandles))]
public sealed class LifetimeTests
{
    [Fact]
    public void Whatever_the_order_of_disposal_nothing_leaks_and_the_directory_can_be_opened_again()
    {
        var before = Snapshot();
        for (var order = 0; order < 24; order++)
        {
            using var temporary = new TemporaryDatabase();
            var db = temporary.Database;
            db.Put(Key(1), Of("v"));
            var snapshot = db.CreateSnapshot();
            var iterator = db.Scan([], snapshot: snapshot);
            Assert.True(iterator.MoveNext());
            var batch = new WriteBatch();
            batch.Put(Key(2), Of("w"));
            IDisposable[] all = [db, snapshot, iterator, batch];
            foreach (var i in Permutation(order, all.Length))
            {
                all[i].Dispose();
                all[i].Dispose();
                if (!iterator.IsClosed) Assert.Equal("v", Text(iterator.Value));
            }
            using var again = RocksDatabase.Open(temporary.Path, temporary.Options);
            Assert.Equal("v", Text(again.Get(Key(1))));
        }
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void Use_after_dispose_is_an_ObjectDisposedException_everywhere()
    {
        using var temporary = new TemporaryDatabase();
        var db = temporary.Database;
        db.Put(Key(1), Of("v"));
        var family = db.CreateColumnFamily("other");
        var snapshot = db.CreateSnapshot();
        var iterator = db.Scan([]);
        var batch = new WriteBatch();
        var cache = new BlockCache(1 << 20);
        using (var value = db.GetPinned(Key(1)))
        {
            var copy = value;
            copy.Dispose();
            copy.Dispose();
            AssertDisposed(in value);
        }
        iterator.Dispose();
        batch.Dispose();
        cache.Dispose();
        Gone(() => iterator.MoveNext());
        Gone(() => iterator.Seek(Key(1)));
        Gone(() => iterator.Key.ToArray());
        Gone(() => batch.Put(Key(1), Key(1)));
        Gone(() => batch.Count);
        Gone(() => db.Write(batch));
        Gone(() => cache.UsageBytes);
        snapshot.Dispose();
        Gone(() => db.Get(Key(1), snapshot: snapshot));
        Gone(() => db.Scan([], snapshot: snapshot));
        using var open = new WriteBatch();
        db.Dispose();
        Assert.True(db.IsDisposed);
        Gone(() => db.Get(Key(1)));
        Gone(() => db.Put(Key(1), Key(1)));
        Gone(() => db.Delete(Key(1)));
        Gone(() => db.DeleteRange(Key(1), Key(2)));
        Gone(() => db.MultiGet([Key(1)]));
        Gone(() => db.Scan([]));
        Gone(() => db.Flush());
        Gone(() => db.CreateSnapshot());
        Gone(() => db.GetProperty("rocksdb.stats"));
        Gone(() => db.Checkpoint(temporary.PathOf("c")));
        Gone(() => db.CreateColumnFamily("x"));
        Gone(() => db.Write(open));
        Gone(() => open.Put(family, Key(1), Key(1)));
    }

    [Fact]
    public void A_pinned_value_outlives_overwriting_flushing_and_the_database_object()
    {
        var before = Snapshot();
        using var temporary = new TemporaryDatabase();
        var db = temporary.Database;
        var content = new byte[100_000];
        new Random(3).NextBytes(content);
        db.Put(Key(1), content);
        db.Flush();
        using (var value = db.GetPinned(Key(1)))
        {
            using var second = db.GetPinned(Key(2));
            Assert.False(second.Found);
            Assert.True(second.Span.IsEmpty);
            db.Put(Key(1), Of("other"));
            db.Flush();
            db.Compact();
            db.Dispose();
            Assert.True(value.Found);
            Assert.True(value.Span.SequenceEqual(content));
            // The value holds the files: the same directory cannot be opened while it lives.
            Assert.True(Assert.Throws<RocksDbException>(() => temporary.Reopen()).IsLocked);
        }
        Assert.Equal("other", Text(temporary.Reopen().Get(Key(1))));
        temporary.Database.Dispose();
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void Forgotten_objects_are_freed_by_the_finaliser_in_any_order()
    {
        var before = Snapshot();
        using (var directory = KafkaFlow.Testing.TestEnvironment.NewDirectory("rocksdb"))
        {
            for (var round = 0; round < 10; round++) Forget(directory.PathOf($"db{round}"));
            for (var i = 0; i < 50 && Snapshot() != before; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Assert.Equal(before, Snapshot());
        }
    }

    [Fact]
    public async Task Dispose_while_other_threads_read_and_write_lets_them_finish_or_throws_ObjectDisposed()
    {
        var before = Snapshot();
        for (var round = 0; round < 6; round++)
        {
            using var temporary = new TemporaryDatabase();
            var db = temporary.Database;
            for (var i = 0; i < 200; i++) db.Put(Key(i), Of($"{i}"));
            using var started = new CountdownEvent(4);
            var users = Enumerable.Range(0, 4).Select(n => Task.Run(() => UseUntilDisposed(db, n, started))).ToArray();
            Assert.True(started.Wait(TimeSpan.FromSeconds(120)));
            db.Dispose();
            await Task.WhenAll(users).WaitAsync(TimeSpan.FromSeconds(120));
            Assert.Equal("7", Text(temporary.Reopen().Get(Key(7))));
        }
        Assert.Equal(before, Snapshot());
    }

    private static void UseUntilDisposed(RocksDatabase db, int user, CountdownEvent started)
    {
        var signalled = false;
        for (var i = 0; ; i++)
        {
            try
            {
                if (user == 0) db.Put(Key(1000 + i), Of("x"));
                else if (user == 1) _ = db.MultiGet([Key(1), Key(2)]);
                else if (user == 2)
                {
                    using var value = db.GetPinned(Key(i % 200));
                    Assert.Equal($"{i % 200}", Text(value.Span));
                }
                else
                {
                    using var scan = db.Scan(Of("0000"));
                    for (var n = 0; n < 50; n++) Assert.True(scan.MoveNext());
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            if (signalled || i < 3) continue;
            signalled = true;
            started.Signal();
        }
    }

    private static void Forget(string path)
    {
        var db = RocksDatabase.Open(path, new() { BlockCache = new BlockCache(1 << 20) });
        db.Put(Key(1), Of("v"));
        Assert.True(db.Scan([], snapshot: db.CreateSnapshot()).MoveNext());
        new WriteBatch().Put(db.CreateColumnFamily("x"), Key(1), Of("v"));
    }

    private static void AssertDisposed(in PinnedValue value)
    {
        var thrown = false;
        try
        {
            _ = value.Span;
        }
        catch (ObjectDisposedException)
        {
            thrown = true;
        }
        Assert.True(thrown);
    }

    private static void Gone(Action use) => Assert.Throws<ObjectDisposedException>(use);

    private static void Gone<T>(Func<T> use) => Assert.Throws<ObjectDisposedException>(() => { use(); });

    private static string Snapshot() =>
        string.Join(" ", Enum.GetValues<HandleKind>().Select(k => $"{k}={LiveHandles.Of(k)}"));

    private static List<int> Permutation(int number, int length)
    {
        var left = Enumerable.Range(0, length).ToList();
        var order = new List<int>();
        for (var n = length; n > 0; n--)
        {
            order.Add(left[number % n]);
            left.RemoveAt(number % n);
            number /= n;
        }
        return order;
    }
}

/// <summary>Tests that count native objects must not overlap with tests that make them.</summary>
[CollectionDefinition(nameof(LiveHandles), DisableParallelization = true)]
public sealed class LiveHandlesCollection;
