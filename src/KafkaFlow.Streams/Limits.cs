using System.Diagnostics;

namespace KafkaFlow.Streams;

/// <summary>Holds the owner's thread while too much is in flight or not yet checkpointed. It does not poll meanwhile:
/// heartbeats go on without it, and the wait ends with a failure after a named time.</summary>
internal sealed class Limits(
    StreamsOptions options, InFlight inFlight, SendQueue queue, InstanceFailure failure, StreamsMetrics metrics)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <exception cref="StreamsException">Nothing moved for <see cref="StreamsOptions.MaxStall"/>.</exception>
    public void WaitForRoom(StreamTask task, Checkpoints checkpoints, TaskState state)
    {
        if (inFlight.Count < options.MaxInFlight && state.Changes < options.MaxOverlayChanges) return;
        queue.Flush();
        metrics.LimitWaits++;
        var started = Stopwatch.GetTimestamp();
        while (inFlight.Count >= options.MaxInFlight || state.Changes >= options.MaxOverlayChanges)
        {
            failure.ThrowIfAny();
            checkpoints.Turn(task.Position);
            if (Stopwatch.GetElapsedTime(started) > options.MaxStall)
                throw new StreamsException(
                    $"partition {task.Partition}: held for {options.MaxStall} with {inFlight.Count} records in flight "
                    + $"(limit {options.MaxInFlight}) and {state.Changes} changes (limit {options.MaxOverlayChanges})");
            failure.Stopping.WaitHandle.WaitOne(Pause);
        }
    }
}
