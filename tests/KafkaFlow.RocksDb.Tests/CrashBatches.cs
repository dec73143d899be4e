using System.Globalization;
using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

public enum CrashMode
{
    Synced,
    Log,
    NoLog,
}

/// <summary>The content of batch n is a function of seed and n, over two column families; both families carry
/// n.</summary>
internal static class CrashBatches
{
    internal const int BatchesPerFlush = 25;
    internal const int Limit = 1_000_000;
    private const string SecondFamily = "second";
    private const int Keys = 300;
    private static readonly byte[] NumberKey = Of("number");

    // Small memtables, so that RocksDB flushes by itself in the middle too.
    internal static RocksOptions Options { get; } = new()
    {
        ColumnFamilies = [SecondFamily], WriteBufferBytes = 64 << 10,
    };

    internal static WriteOptions DurabilityOf(CrashMode mode) =>
        new(Sync: mode == CrashMode.Synced, DisableWal: mode == CrashMode.NoLog);

    internal static int LastOf(RocksDatabase db) => NumberIn(db, null);

    internal static void Fill(WriteBatch batch, RocksDatabase db, int seed, int number)
    {
        var second = db.GetColumnFamily(SecondFamily);
        foreach (var (inSecond, key, value) in ChangesOf(seed, number))
        {
            if (value is null && inSecond) batch.Delete(second, key);
            else if (value is null) batch.Delete(key);
            else if (inSecond) batch.Put(second, key, value);
            else batch.Put(key, value);
        }
    }

    internal static void Apply(SortedDictionary<string, byte[]> model, int seed, int number)
    {
        foreach (var (inSecond, key, value) in ChangesOf(seed, number))
        {
            var name = NameOf(inSecond, key);
            if (value is null) model.Remove(name);
            else model[name] = value;
        }
    }

    /// <summary>Reads everything and checks that both families stand at the same batch.</summary>
    internal static (int Last, SortedDictionary<string, byte[]> Rows) Read(RocksDatabase db)
    {
        var second = db.GetColumnFamily(SecondFamily);
        Assert.Equal(NumberIn(db, null), NumberIn(db, second));
        var rows = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var family in new[] { null, second })
        {
            using var scan = db.Scan([], family);
            while (scan.MoveNext()) rows.Add(NameOf(family is not null, scan.Key), scan.Value.ToArray());
        }
        return (NumberIn(db, null), rows);
    }

    private static IEnumerable<(bool InSecond, byte[] Key, byte[]? Value)> ChangesOf(int seed, int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var stamp = Of(number.ToString(CultureInfo.InvariantCulture));
        yield return (false, NumberKey, stamp);
        for (var left = random.Next(1, 30); left > 0; left--)
        {
            byte[]? value = null;
            if (random.Next(4) > 0) random.NextBytes(value = new byte[random.Next(600)]);
            yield return (random.Next(2) == 0, Key(random.Next(Keys)), value);
        }
        yield return (true, NumberKey, stamp);
    }

    private static int NumberIn(RocksDatabase db, ColumnFamily? family) =>
        db.TryGet(NumberKey, out var value, family) ? int.Parse(Text(value), CultureInfo.InvariantCulture) : 0;

    private static string NameOf(bool inSecond, ReadOnlySpan<byte> key) => $"{(inSecond ? 2 : 1)}/{Text(key)}";
}
