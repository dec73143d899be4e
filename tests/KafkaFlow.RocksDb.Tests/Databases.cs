using System.Globalization;
using System.Text;
using KafkaFlow.Testing;

namespace KafkaFlow.RocksDb.Tests;

/// <summary>A database in a directory of the test's own.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    private readonly TemporaryDirectory _directory = TestEnvironment.NewDirectory("rocksdb");

    public TemporaryDatabase(RocksOptions? options = null)
    {
        Options = options ?? new();
        Database = Open();
    }

    public RocksOptions Options { get; }

    public RocksDatabase Database { get; private set; }

    public string Path => _directory.PathOf("db");

    public string PathOf(string name) => _directory.PathOf(name);

    public RocksDatabase Reopen()
    {
        Database.Dispose();
        return Database = Open();
    }

    public void Dispose()
    {
        Database.Dispose();
        _directory.Dispose();
    }

    private RocksDatabase Open() => RocksDatabase.Open(Path, Options);
}

internal static class Bytes
{
    public static byte[] Of(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    public static byte[] Key(int number) => Of(number.ToString("D8", CultureInfo.InvariantCulture));
}
