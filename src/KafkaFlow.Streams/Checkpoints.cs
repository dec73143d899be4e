using System.Diagnostics;

namespace KafkaFlow.Streams;

/// <summary>
/// Rule R6 for one running term: freezes the changed state, lets it wait for its acknowledgements, hands it to the
/// committer and thaws it when the store holds it. At most one is under way. Owner's thread.
/// </summary>
internal sealed class Checkpoints(TaskPath path, Assignment assignment, TakenOver term, TaskState state, TermOutput output)
{
    // After a takeover without own facts the facts covered end with the own owner record.
    private FactCursor _facts = new(term.OwnerOffset + 1, term.Term.Epoch);
    private CheckpointJob? _job;
    private bool _isDirty = true; // the takeover itself is worth a checkpoint
    private long _dirtySince = Environment.TickCount64;
    private long _lastDone = -1;
    private long _jobStarted;

    /// <summary>-1 before the first.</summary>
    public long AgeMs => _lastDone < 0 ? -1 : Environment.TickCount64 - _lastDone;

    public bool IsUnderWay => _job is not null;

    public void MarkDirty()
    {
        if (_isDirty) return;
        _isDirty = true;
        _dirtySince = Environment.TickCount64;
    }

    public void Turn(long position)
    {
        Collect();
        if (_job is not null)
        {
            RequireProgress();
            return;
        }
        if (!_isDirty) return;
        if (Environment.TickCount64 - _dirtySince < path.Options.CheckpointInterval.TotalMilliseconds
            && state.OpenChanges < path.Options.CheckpointChanges) return;
        Freeze(position);
    }

    /// <summary>Completes a last checkpoint within the time left.</summary>
    /// <returns>False if it could not be completed; nothing of it is written then or later.</returns>
    public bool Drain(long position, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Collect();
            if (_job is null && !_isDirty) return true;
            if (_job is null) Freeze(position);
            var left = timeout - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || path.Output.Failure.HasFailed) return false;
            _job!.Wait(left < TimeSpan.FromMilliseconds(50) ? left : TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Begins the last checkpoint without waiting, so that all partitions share a transaction.</summary>
    public void BeginDrain(long position)
    {
        Collect();
        if (_job is null && _isDirty) Freeze(position);
    }

    public void Collect()
    {
        if (_job is not { IsDone: true } done) return;
        _facts = done.Position.Facts;
        state.Thaw();
        _job = null;
        _lastDone = Environment.TickCount64;
    }

    private void Freeze(long position)
    {
        var acks = output.NextGroup();
        var job = new CheckpointJob(
            assignment, term.Term.Partition, position, term.History, _facts, acks, state.Freeze(), term.Store);
        _job = job;
        _jobStarted = Environment.TickCount64;
        _isDirty = false;
        acks.Close(() => path.Takeover.Committer.Submit(job));
    }

    private void RequireProgress()
    {
        if (Environment.TickCount64 - _jobStarted > path.Options.MaxStall.TotalMilliseconds)
            throw new StreamsException(
                $"partition {term.Term.Partition}: a checkpoint of {_job!.Changes} changes was not completed within "
                + $"{path.Options.MaxStall}; {path.Output.InFlight.Count} records are not acknowledged");
    }
}
