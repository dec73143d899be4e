using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Folds one fact. The only code that changes folded state; it evaluates no expression and needs no playbook, so that
/// neither a new version of the engine nor a changed playbook can contradict what has been recorded.
/// </summary>
internal static class Evolution
{
    public static ExecutionState Apply(ExecutionState? state, ExecutionEvent fact) =>
        Apply(state, fact, FactMeta.Parse(fact.Meta));

    /// <param name="meta">The fact's meta as an object.</param>
    public static ExecutionState Apply(ExecutionState? state, ExecutionEvent fact, FactMeta meta)
    {
        if (state is null) return Begin(fact, meta);
        if (fact.ExecutionId != state.ExecutionId || fact.Seq != state.LastSeq + 1)
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) does not follow {state.ExecutionId}/{state.LastSeq}");

        var next = state with
        {
            Status = Lifecycle.Next(state.Status, fact.EventType),
            LastSeq = fact.Seq,
            DecisionTime = fact.CreatedAt,
            Cursor = meta.Cursor,
            HistoryBytes = state.HistoryBytes + JsonText.BytesOf(fact),
        };
        return fact.EventType switch
        {
            EventTypes.StepStarted => StepEvolution.Start(next, fact, meta),
            EventTypes.StepSkipped => StepEvolution.Skip(next, fact, meta),
            EventTypes.StepRerun => StepEvolution.Reset(next, meta.Reset),
            EventTypes.LoopStarted => LoopEvolution.Start(next, fact, meta),
            EventTypes.LoopIteration => LoopEvolution.Iterate(next, fact, meta),
            EventTypes.TimerArmed when fact.Activation is null => next with { DeadlineAt = meta.DueAt },
            EventTypes.TimerFired when fact.Activation is null => next,
            EventTypes.SignalReceived => next.Put(fact.Seq, new(meta.Name ?? "", fact.Context)),
            EventTypes.VariableSet => next.PutVariable(
                meta.Name ?? throw Lacks(fact, "meta.name"), fact.Context ?? throw Lacks(fact, "context")),
            EventTypes.ExecutionPatched => next with
            {
                Patches = next.Patches.Add(fact.Context ?? throw Lacks(fact, "context")),
            },
            EventTypes.CancelRequested => next with { IsForced = next.IsForced || meta.Force == true },
            EventTypes.ExecutionClosing => next with
            {
                ClosingStatus = meta.Closing,
                ClosingSeq = fact.Seq,
                ClosingError = fact.Error,
                ParkedReason = null,
            },
            EventTypes.CompensationStarted => Undo(next, fact),
            EventTypes.CompensationCompleted or EventTypes.CompensationFailed => next with { Compensating = null },
            EventTypes.FinallyStarted => next with { FinallyBegun = true },
            EventTypes.ExecutionParked => Park(next, fact, meta),
            EventTypes.ExecutionResumed => next with
            {
                ParkedReason = null,
                Status = next.ClosingStatus is null ? ExecutionStatus.Running : ExecutionStatus.Closing,
            },
            _ when EventTypes.IsTerminal(fact.EventType) => Finished(next),
            _ => fact.Activation is null ? next : StepEvolution.Change(next, fact, meta),
        };
    }

    private static ExecutionState Begin(ExecutionEvent fact, FactMeta meta)
    {
        if (fact.EventType != EventTypes.ExecutionStarted || fact.Seq != 1)
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) is the first one seen of {fact.ExecutionId};"
                + " expected execution_started with seq 1");
        return new()
        {
            ExecutionId = fact.ExecutionId,
            StartHash = meta.StartHash ?? throw Lacks(fact, "meta.start_hash"),
            Status = ExecutionStatus.Running,
            LastSeq = 1,
            DecisionTime = fact.CreatedAt,
            Partition = fact.CausePartition,
            Cursor = meta.Cursor,
            HistoryBytes = JsonText.BytesOf(fact),
            Start = new()
            {
                PlaybookPath = fact.PlaybookPath ?? throw Lacks(fact, "playbook_path"),
                PlaybookVersion = fact.PlaybookVersion ?? throw Lacks(fact, "playbook_version"),
                ContentHash = fact.ContentHash ?? throw Lacks(fact, "content_hash"),
                Workload = fact.Context ?? throw Lacks(fact, "context"),
                Settings = meta.Settings ?? throw Lacks(fact, "meta.settings"),
                StartedAt = fact.CreatedAt,
                ParentExecutionId = fact.ParentExecutionId,
                Parent = meta.Parent,
                Traceparent = fact.Traceparent,
            },
        };
    }

    /// <summary>What a finished execution leaves: enough to answer late commands.</summary>
    private static ExecutionState Finished(ExecutionState state) => new()
    {
        ExecutionId = state.ExecutionId,
        StartHash = state.StartHash,
        Status = state.Status,
        LastSeq = state.LastSeq,
        DecisionTime = state.DecisionTime,
        Partition = state.Partition,
        DeadlineAt = state.DeadlineAt,
        HistoryBytes = state.HistoryBytes,
    };

    private static ExecutionState Undo(ExecutionState state, ExecutionEvent fact)
    {
        var undone = state.Activations[fact.Activation ?? throw Lacks(fact, "activation")];
        return state.Put(undone with { Compensate = null }) with { Compensating = undone.Id };
    }

    private static ExecutionState Park(ExecutionState state, ExecutionEvent fact, FactMeta meta) =>
        state with { ParkedReason = meta.Reason ?? throw Lacks(fact, "meta.reason") };

    internal static InvalidOperationException Lacks(ExecutionEvent fact, string field) =>
        new($"fact {fact.EventId} ({fact.EventType}) lacks {field}");
}
