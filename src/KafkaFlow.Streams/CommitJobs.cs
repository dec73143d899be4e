namespace KafkaFlow.Streams;

/// <summary>Keys of the changelog.</summary>
internal static class ChangelogKeys
{
    public static readonly byte[] Fence = "!fence"u8.ToArray();
    public static readonly byte[] Meta = "!meta"u8.ToArray();
}

/// <summary>Rule R1: the barrier transaction. Refused under a stale generation; its offset makes the epoch (R2).</summary>
internal sealed class FenceJob(Assignment assignment, int partition, long committedOffset, byte[] value)
    : CommitJob(assignment, partition)
{
    private readonly TaskCompletionSource<long> _fence = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long InputOffset => committedOffset;
    public override byte[] Key => ChangelogKeys.Fence;
    public override byte[] Value => value;

    public override void Committed() => _fence.SetResult(ChangelogOffset);

    /// <exception cref="OperationCanceledException">The run of the instance ended before.</exception>
    public long WaitForFence(CancellationToken stopping)
    {
        _fence.Task.Wait(stopping);
        return _fence.Task.Result;
    }
}

/// <summary>
/// Rule R6: one frozen overlay with the input offset and the facts it covers. Submitted once everything it covers is
/// acknowledged; the store is written only after the transaction has answered OK (H4).
/// </summary>
internal sealed class CheckpointJob(
    Assignment assignment, int partition, long inputOffset, Guid history, FactCursor factsBefore, AckGroup acks,
    Overlay changes, StateStore store) : CommitJob(assignment, partition)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long InputOffset => inputOffset;
    public override byte[] Key => ChangelogKeys.Meta;
    public override byte[] Value => Position.Encode();

    /// <summary>Facts end after the last own one that was acknowledged; complete only once all are.</summary>
    public StorePosition Position => new(history, inputOffset, factsBefore with
    {
        Offset = Math.Max(factsBefore.Offset, acks.LastFactOffset + 1),
    });

    public int Changes => changes.Count;

    public bool IsDone => _done.Task.IsCompleted;

    public override void Committed()
    {
        store.Commit(changes, Position);
        _done.SetResult();
    }

    public bool Wait(TimeSpan timeout) => _done.Task.Wait(timeout);
}
