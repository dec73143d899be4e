using System.Buffers.Binary;
using KafkaFlow.RocksDb;

namespace KafkaFlow.Streams;

/// <summary>
/// The committed state of one partition on disk: state under tag <c>s</c>, timers under <c>t</c>, and under <c>m</c> the
/// position it stands at. Written only by <see cref="Commit"/> after the checkpoint's transaction, in one batch, so that
/// it always is a committed prefix of the log; without a position it holds nothing of use. The write-ahead log is on
/// and not synced: a killed process loses nothing, a machine that stops falls back to an older prefix.
/// Reads from any thread; <see cref="Release"/> makes a later commit of an ended term do nothing.
/// </summary>
internal sealed class StateStore
{
    private const byte StateTag = (byte)'s';
    private const byte TimerTag = (byte)'t';
    private static readonly byte[] PositionKey = "m"u8.ToArray();
    private static readonly byte[] TimerPrefix = [TimerTag];
    private readonly Lock _writing = new();
    private readonly RocksDatabase _database;
    private bool _released;

    private StateStore(string directory, RocksDatabase database)
    {
        Directory = directory;
        _database = database;
        Position = database.Get(PositionKey) is { } bytes ? StorePosition.Decode(bytes, directory) : null;
    }

    public string Directory { get; }

    /// <summary>null: the store is empty or only partly built.</summary>
    public StorePosition? Position { get; private set; }

    public static StateStore Open(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        return new(directory, RocksDatabase.Open(directory, new RocksOptions()));
    }

    /// <summary>Closes the store, deletes it and opens it anew.</summary>
    public StateStore Wipe()
    {
        Release();
        RocksDatabase.Destroy(Directory);
        return Open(Directory);
    }

    public byte[]? Get(ReadOnlySpan<byte> key)
    {
        const int onStack = 256;
        Span<byte> tagged = key.Length < onStack ? stackalloc byte[key.Length + 1] : new byte[key.Length + 1];
        tagged[0] = StateTag;
        key.CopyTo(tagged[1..]);
        return _database.Get(tagged);
    }

    public IEnumerable<KeyValuePair<byte[], byte[]>> Scan(byte[] prefix) => ScanTagged(Tagged(StateTag, prefix));

    public IEnumerable<KeyValuePair<byte[], long>> ScanTimers() =>
        ScanTagged(TimerPrefix).Select(t => KeyValuePair.Create(t.Key, BinaryPrimitives.ReadInt64BigEndian(t.Value)));

    /// <summary>Rule H4: to be called only once the transaction of this checkpoint has answered OK.</summary>
    public void Commit(Overlay changes, StorePosition position)
    {
        lock (_writing)
        {
            if (_released) return;
            Write(changes, position);
        }
    }

    /// <summary>Takes changes that no checkpoint covers; until the next one the store is marked as partly built.</summary>
    public void Spill(Overlay changes)
    {
        lock (_writing) Write(changes, null);
    }

    public void Release(bool flush = false)
    {
        lock (_writing)
        {
            if (_released) return;
            _released = true;
            if (flush) _database.Flush();
            _database.Dispose();
        }
    }

    private void Write(Overlay changes, StorePosition? position)
    {
        using var batch = new WriteBatch();
        foreach (var (key, value) in changes.State)
            if (value is null) batch.Delete(Tagged(StateTag, key));
            else batch.Put(Tagged(StateTag, key), value);
        Span<byte> due = stackalloc byte[sizeof(long)];
        foreach (var (id, dueAtMs) in changes.Timers)
        {
            if (dueAtMs is null)
            {
                batch.Delete(Tagged(TimerTag, id));
                continue;
            }
            BinaryPrimitives.WriteInt64BigEndian(due, dueAtMs.Value);
            batch.Put(Tagged(TimerTag, id), due);
        }
        if (position is null) batch.Delete(PositionKey);
        else batch.Put(PositionKey, position.Encode());
        _database.Write(batch);
        Position = position;
    }

    private IEnumerable<KeyValuePair<byte[], byte[]>> ScanTagged(byte[] prefix)
    {
        using var entries = _database.Scan(prefix);
        while (entries.MoveNext())
            yield return KeyValuePair.Create(entries.Key[1..].ToArray(), entries.Value.ToArray());
    }

    private static byte[] Tagged(byte tag, byte[] key)
    {
        var tagged = new byte[key.Length + 1];
        tagged[0] = tag;
        key.CopyTo(tagged, 1);
        return tagged;
    }
}
