namespace KafkaFlow.RocksDb;

internal enum HandleKind
{
    Database,
    Iterator,
    Batch,
    Snapshot,
    PinnedValue,
    Cache,
}

/// <summary>How many native objects of each kind exist now. What does not return to its value before is
/// leaked.</summary>
internal static class LiveHandles
{
    private static readonly long[] Counts = new long[Enum.GetValues<HandleKind>().Length];

    internal static void Opened(HandleKind kind) => Interlocked.Increment(ref Counts[(int)kind]);

    internal static void Closed(HandleKind kind) => Interlocked.Decrement(ref Counts[(int)kind]);

    internal static long Of(HandleKind kind) => Volatile.Read(ref Counts[(int)kind]);
}
