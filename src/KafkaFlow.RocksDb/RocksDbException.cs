namespace KafkaFlow.RocksDb;

/// <summary>RocksDB refused or failed an operation.</summary>
public sealed class RocksDbException : IOException
{
    public RocksDbException(string operation, string? path, string status)
        : base(Describe(operation, path, status))
    {
        Operation = operation;
        Path = path;
        Status = status;
    }

    /// <summary>What was tried, as a verb phrase.</summary>
    public string Operation { get; }

    /// <summary>Directory of the database; null where there is none yet.</summary>
    public string? Path { get; }

    /// <summary>RocksDB's own words, e.g. <c>Corruption: block checksum mismatch</c>.</summary>
    public string Status { get; }

    /// <summary>The data on disk is damaged: wipe the directory and restore from the log.</summary>
    public bool IsCorruption => Status.StartsWith("Corruption", StringComparison.Ordinal);

    /// <summary>Another process, or this one, has the database open.</summary>
    public bool IsLocked =>
        Status.Contains("While lock file", StringComparison.Ordinal)
        || Status.Contains("lock hold by current process", StringComparison.Ordinal);

    private static string Describe(string operation, string? path, string status)
    {
        var where = path is null ? "" : $" at {path}";
        var hint = status switch
        {
            _ when status.Contains("lock hold by current process", StringComparison.Ordinal) =>
                " (this process has it open already: dispose that database and its iterators first)",
            _ when status.Contains("While lock file", StringComparison.Ordinal) =>
                " (another process has it open: stop that process or use another directory)",
            _ => "",
        };
        return $"RocksDB could not {operation}{where}: {status}{hint}";
    }
}
