namespace KafkaFlow.RocksDb;

/// <summary>How blocks are compressed on disk; the library must have been built with the codec.</summary>
public enum RocksCompression
{
    None = 0,
    Snappy = 1,
    Zlib = 2,
    Lz4 = 4,
    Lz4Hc = 5,
    Zstd = 7,
}

/// <summary>How much RocksDB writes into its own LOG file.</summary>
public enum RocksLogLevel
{
    Debug = 0,
    Info = 1,
    Warn = 2,
    Error = 3,
    Fatal = 4,
    Header = 5,
}

/// <summary>Durability of one write.</summary>
/// <param name="Sync">The write-ahead log is synced to disk before the call returns.</param>
/// <param name="DisableWal">No write-ahead log: the write survives only from the next flush on; what a crash leaves is
/// a prefix of the writes.</param>
public readonly record struct WriteOptions(bool Sync = false, bool DisableWal = false);

/// <summary>Options of one database; all its column families share them.</summary>
public sealed record RocksOptions
{
    public const long DefaultWriteBufferBytes = 16L << 20;
    public const int DefaultWriteBuffers = 2;
    public const int DefaultOpenFiles = 512;
    public const long DefaultLogFileBytes = 4L << 20;

    public bool CreateIfMissing { get; init; } = true;
    public bool ErrorIfExists { get; init; }

    /// <summary>Families created on open if absent, besides "default". Those on disk are opened in any case.</summary>
    public IReadOnlyList<string> ColumnFamilies { get; init; } = [];

    /// <summary>Size of one memtable.</summary>
    public long WriteBufferBytes { get; init; } = DefaultWriteBufferBytes;
    public int WriteBuffers { get; init; } = DefaultWriteBuffers;

    /// <summary>Limit over the memtables of all families; 0: none.</summary>
    public long TotalWriteBufferBytes { get; init; }

    /// <summary>A cache shared with other databases; null: RocksDB's own small one.</summary>
    public BlockCache? BlockCache { get; init; }

    /// <summary>Bits per key of the bloom filter; 0: no filter.</summary>
    public double BloomBitsPerKey { get; init; } = 10;
    public RocksCompression Compression { get; init; } = RocksCompression.Lz4;

    /// <summary>What writes without options of their own use.</summary>
    public WriteOptions DefaultWrite { get; init; }

    /// <summary>-1: no limit.</summary>
    public int MaxOpenFiles { get; init; } = DefaultOpenFiles;
    public int MaxBackgroundJobs { get; init; } = 2;

    /// <summary>Flushes all families at one point of the sequence, so that without a write-ahead log too a crash leaves
    /// a prefix of the batches and no half of one.</summary>
    public bool AtomicFlush { get; init; } = true;
    public bool ParanoidChecks { get; init; } = true;
    public RocksLogLevel InfoLogLevel { get; init; } = RocksLogLevel.Warn;
    public long MaxLogFileBytes { get; init; } = DefaultLogFileBytes;

    /// <summary>Directory of the write-ahead log; null: the database's own.</summary>
    public string? WalDirectory { get; init; }

    /// <summary>Directory of RocksDB's LOG file; null: the database's own.</summary>
    public string? InfoLogDirectory { get; init; }

    /// <exception cref="ArgumentException">Names each wrong option, what it is and what was expected.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        Require(WriteBufferBytes >= 64 << 10, $"WriteBufferBytes is {WriteBufferBytes}, expected at least 65536");
        Require(WriteBuffers >= 2, $"WriteBuffers is {WriteBuffers}, expected at least 2");
        Require(TotalWriteBufferBytes >= 0, $"TotalWriteBufferBytes is {TotalWriteBufferBytes}, expected 0 or more");
        Require(BloomBitsPerKey is >= 0 and <= 100, $"BloomBitsPerKey is {BloomBitsPerKey}, expected 0 to 100");
        Require(MaxOpenFiles is -1 or >= 16, $"MaxOpenFiles is {MaxOpenFiles}, expected -1 or at least 16");
        Require(MaxBackgroundJobs >= 1, $"MaxBackgroundJobs is {MaxBackgroundJobs}, expected at least 1");
        Require(MaxLogFileBytes >= 0, $"MaxLogFileBytes is {MaxLogFileBytes}, expected 0 or more");
        Require(Enum.IsDefined(Compression), $"Compression is {(int)Compression}, expected a named codec");
        Require(Enum.IsDefined(InfoLogLevel), $"InfoLogLevel is {(int)InfoLogLevel}, expected 0 to 5");
        Require(
            !(DefaultWrite.Sync && DefaultWrite.DisableWal),
            "DefaultWrite asks for Sync and DisableWal, expected one of them: there is no log to sync");
        Require(ColumnFamilies.All(n => n.Length > 0), "ColumnFamilies holds an empty name");
        if (errors.Count > 0) throw new ArgumentException($"RocksOptions: {string.Join("; ", errors)}");

        void Require(bool holds, string error)
        {
            if (!holds) errors.Add(error);
        }
    }
}
