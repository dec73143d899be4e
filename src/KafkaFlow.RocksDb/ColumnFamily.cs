namespace KafkaFlow.RocksDb;

/// <summary>A named key space of one database. Lives as long as the database.</summary>
public sealed class ColumnFamily
{
    private readonly nint _pointer;
    private int _dropped;

    internal ColumnFamily(DatabaseHandle owner, string name, nint pointer)
    {
        Owner = owner;
        Name = name;
        _pointer = pointer;
    }

    public string Name { get; }

    internal DatabaseHandle Owner { get; }

    internal nint Pointer =>
        Volatile.Read(ref _dropped) == 0
            ? _pointer
            : throw new ObjectDisposedException(Name, $"column family {Name} has been dropped");

    internal void MarkDropped() => Volatile.Write(ref _dropped, 1);
}
