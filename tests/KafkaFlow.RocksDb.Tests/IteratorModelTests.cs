using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

/// <summary>Random operations on a database and on a sorted dictionary must agree in every range and
/// direction.</summary>
[Trait("tier", "fast")]
public sealed class IteratorModelTests(ITestOutputHelper output)
{
    private const int Operations = 4_000;
    private const int Checks = 400;

    private static readonly Comparer<byte[]> ByteOrder =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    [Fact]
    public void Every_range_equals_that_of_a_sorted_dictionary_in_both_directions()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var temporary = new TemporaryDatabase(new() { WriteBufferBytes = 64 << 10 });
        var model = new SortedDictionary<byte[], byte[]>(ByteOrder);
        var rowsSeen = 0;
        for (var i = 0; i < Operations; i++)
        {
            Mutate(temporary.Database, model, random);
            if (i % (Operations / 4) == 0) temporary.Database.Flush();
            if (i % (Operations / Checks) == 0) rowsSeen += Check(temporary.Database, model, random);
        }
        rowsSeen += Check(temporary.Reopen(), model, random);
        Assert.True(rowsSeen > Checks, $"seed {seed}: the ranges held only {rowsSeen} rows");
    }

    [Theory]
    [InlineData(new byte[] { 1, 2 }, new byte[] { 1, 3 })]
    [InlineData(new byte[] { 1, 255 }, new byte[] { 2 })]
    [InlineData(new byte[] { 255, 255 }, new byte[0])]
    [InlineData(new byte[0], new byte[0])]
    public void The_end_of_a_prefix_is_the_next_key_without_it(byte[] prefix, byte[] end) =>
        Assert.Equal(end, KeyRange.EndOfPrefix(prefix));

    [Fact]
    public void An_iterator_is_exhausted_once_and_refuses_to_read_between_keys()
    {
        using var temporary = new TemporaryDatabase();
        temporary.Database.Put(Key(1), Of("v"));
        using var iterator = temporary.Database.Scan([]);
        Assert.Throws<InvalidOperationException>(() => iterator.Key.Length);
        Assert.True(iterator.MoveNext());
        Assert.False(iterator.MoveNext());
        Assert.False(iterator.MoveNext());
        Assert.Throws<InvalidOperationException>(() => iterator.Value.Length);
        Assert.True(iterator.MovePrevious());
        Assert.Equal(Key(1), iterator.Key.ToArray());
    }

    private static void Mutate(RocksDatabase db, SortedDictionary<byte[], byte[]> model, Random random)
    {
        var key = RandomKey(random);
        switch (random.Next(20))
        {
            case < 13:
                var value = new byte[random.Next(40)];
                random.NextBytes(value);
                db.Put(key, value);
                model[key] = value;
                break;
            case < 19:
                db.Delete(key);
                model.Remove(key);
                break;
            default:
                var (from, to) = Ordered(key, RandomKey(random));
                if (to.Length > 1) to = [.. from, 128];
                db.DeleteRange(from, to);
                foreach (var gone in Between(model, from, to)) model.Remove(gone.Key);
                break;
        }
    }

    private static int Check(RocksDatabase db, SortedDictionary<byte[], byte[]> model, Random random)
    {
        var (lower, upper) = Ordered(RandomKey(random), RandomKey(random));
        if (random.Next(4) == 0) lower = [];
        if (random.Next(4) == 0) upper = [];
        var expected = Between(model, lower, upper);
        using (var iterator = db.Range(lower, upper)) AssertRows(expected, iterator, i => i.MoveNext());
        using (var iterator = db.Range(lower, upper))
            AssertRows(expected.AsEnumerable().Reverse(), iterator, i => i.MovePrevious());
        CheckSeek(db, expected, lower, upper, RandomKey(random));

        var prefix = RandomKey(random)[..1];
        using var scan = db.Scan(prefix);
        AssertRows(model.Where(e => e.Key.AsSpan().StartsWith(prefix)), scan, i => i.MoveNext());
        return expected.Count;
    }

    private static void CheckSeek(
        RocksDatabase db, List<KeyValuePair<byte[], byte[]>> rows, byte[] lower, byte[] upper, byte[] target)
    {
        using var iterator = db.Range(lower, upper);
        var after = rows.Where(e => ByteOrder.Compare(e.Key, target) >= 0).Select(e => e.Key).FirstOrDefault();
        Assert.Equal(after, iterator.Seek(target) ? iterator.Key.ToArray() : null);
        var before = rows.Where(e => ByteOrder.Compare(e.Key, target) <= 0).Select(e => e.Key).LastOrDefault();
        Assert.Equal(before, iterator.SeekAtOrBefore(target) ? iterator.Key.ToArray() : null);
    }

    private static void AssertRows(
        IEnumerable<KeyValuePair<byte[], byte[]>> expected, RocksIterator iterator, Func<RocksIterator, bool> move)
    {
        foreach (var row in expected)
        {
            Assert.True(move(iterator));
            Assert.Equal(row.Key, iterator.Key.ToArray());
            Assert.Equal(row.Value, iterator.Value.ToArray());
        }
        Assert.False(move(iterator));
    }

    private static List<KeyValuePair<byte[], byte[]>> Between(
        SortedDictionary<byte[], byte[]> model, byte[] lower, byte[] upper) =>
        [.. model.Where(e => ByteOrder.Compare(e.Key, lower) >= 0
            && (upper.Length == 0 || ByteOrder.Compare(e.Key, upper) < 0))];

    private static (byte[] Low, byte[] High) Ordered(byte[] a, byte[] b) =>
        ByteOrder.Compare(a, b) <= 0 ? (a, b) : (b, a);

    /// <summary>Few distinct bytes, 00 and FF among them, so that keys share prefixes.</summary>
    private static byte[] RandomKey(Random random)
    {
        byte[] alphabet = [0, 1, 127, 254, 255];
        return random.GetItems(alphabet, random.Next(1, 6));
    }
}
