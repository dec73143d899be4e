using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

[Trait("tier", "fast")]
public sealed class ConcurrencyTests
{
    private const int Rows = 50;
    private const int Rounds = 2_000;

    [Fact]
    public async Task Readers_never_see_half_of_a_batch()
    {
        using var temporary = new TemporaryDatabase(new() { WriteBufferBytes = 256 << 10 });
        var db = temporary.Database;
        Write(db, 0);
        var done = 0;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var scans = 0;
            for (; Volatile.Read(ref done) == 0 || scans < 10; scans++) ReadOne(db);
            return scans;
        })).ToArray();
        for (var round = 1; round <= Rounds; round++) Write(db, round);
        Volatile.Write(ref done, 1);
        var scans = await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(scans, n => Assert.True(n >= 10));
    }

    private static void Write(RocksDatabase db, int round)
    {
        using var batch = new WriteBatch();
        for (var i = 0; i < Rows; i++) batch.Put(Key(i), Of($"{round}"));
        db.Write(batch);
    }

    private static void ReadOne(RocksDatabase db)
    {
        var values = new HashSet<string>();
        using (var scan = db.Scan([]))
        {
            var rows = 0;
            for (; scan.MoveNext(); rows++) values.Add(Text(scan.Value));
            Assert.Equal(Rows, rows);
        }
        Assert.Single(values);
        using var snapshot = db.CreateSnapshot();
        var read = db.MultiGet([.. Enumerable.Range(0, Rows).Select(Key)], snapshot: snapshot);
        Assert.Single(read.Select(v => Text(v)).Distinct());
    }
}
