using static KafkaFlow.RocksDb.Tests.Bytes;

namespace KafkaFlow.RocksDb.Tests;

[Trait("tier", "fast")]
public sealed class ColumnFamilyTests
{
    [Fact]
    public void Families_are_separate_key_spaces_and_all_on_disk_are_opened()
    {
        using var temporary = new TemporaryDatabase(new() { ColumnFamilies = ["state"] });
        var db = temporary.Database;
        db.Put(Key(1), Of("default"));
        db.Put(Key(1), Of("state"), db.GetColumnFamily("state"));
        db.Put(Key(1), Of("más"), db.CreateColumnFamily("später"));
        db.Flush();

        db.Dispose();
        using var again = RocksDatabase.Open(temporary.Path, new());
        Assert.Equal(["default", "später", "state"], again.ColumnFamilies);
        Assert.Equal("default", Text(again.Get(Key(1))));
        Assert.Equal("state", Text(again.Get(Key(1), again.GetColumnFamily("state"))));
        Assert.Equal("más", Text(again.Get(Key(1), again.GetColumnFamily("später"))));
        Assert.Contains("state", Assert.Throws<KeyNotFoundException>(
            () => again.GetColumnFamily("none")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_over_families_is_one_and_belongs_to_its_database()
    {
        using var one = new TemporaryDatabase(new() { ColumnFamilies = ["a", "b"] });
        using var other = new TemporaryDatabase(new() { ColumnFamilies = ["b", "a"] });
        var (a, b) = (one.Database.GetColumnFamily("a"), one.Database.GetColumnFamily("b"));
        using var batch = new WriteBatch();
        batch.Put(a, Key(1), Of("va"));
        batch.Put(b, Key(2), Of("vb"));
        batch.Put(b, Key(3), Of("gone"));
        batch.DeleteRange(b, Key(3), Key(4));
        batch.Delete(a, Key(9));
        Assert.Throws<ArgumentException>(() => other.Database.Write(batch));
        Assert.Throws<ArgumentException>(() => batch.Put(other.Database.GetColumnFamily("a"), Key(1), Key(1)));
        Assert.Throws<ArgumentException>(() => other.Database.Get(Key(1), a));
        one.Database.Write(batch);
        Assert.Equal("va", Text(one.Database.Get(Key(1), a)));
        Assert.Equal("vb", Text(one.Database.Get(Key(2), b)));
        Assert.Null(one.Database.Get(Key(3), b));
        using var scan = one.Database.Scan([], b);
        Assert.True(scan.MoveNext());
        Assert.False(scan.MoveNext());
    }

    [Fact]
    public void A_dropped_family_is_gone_while_an_iterator_over_it_goes_on()
    {
        using var temporary = new TemporaryDatabase(new() { ColumnFamilies = ["a"] });
        var db = temporary.Database;
        var a = db.GetColumnFamily("a");
        db.Put(Key(1), Of("v"), a);
        using var iterator = db.Scan([], a);
        db.DropColumnFamily(a);
        Assert.Throws<ObjectDisposedException>(() => { db.Get(Key(1), a); });
        Assert.True(iterator.MoveNext());
        Assert.Equal("v", Text(iterator.Value));
        Assert.Equal(["default"], db.ColumnFamilies);
        var again = db.CreateColumnFamily("a");
        Assert.Null(db.Get(Key(1), again));
    }
}
