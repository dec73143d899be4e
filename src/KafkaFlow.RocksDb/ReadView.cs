namespace KafkaFlow.RocksDb;

/// <summary>Read options of one call: the database's own, or those of a snapshot, kept alive for the call.</summary>
internal readonly ref struct ReadView
{
    private readonly RocksSnapshot? _snapshot;

    public ReadView(DatabaseHandle database, RocksSnapshot? snapshot)
    {
        Options = database.ReadOptions;
        if (snapshot is null) return;
        if (snapshot.Owner != database)
            throw new ArgumentException("the snapshot is of another database", nameof(snapshot));
        var taken = false;
        snapshot.DangerousAddRef(ref taken);
        _snapshot = snapshot;
        Options = snapshot.ReadOptions;
    }

    public nint Options { get; }

    public void Dispose() => _snapshot?.DangerousRelease();
}
