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

        var status = Lifecycle.Next(state.Status, fact.EventType);
        if (fact.EventType == EventTypes.ExecutionResumed && state.ClosingStatus is not null)
            status = ExecutionStatus.Closing;
        var next = state with
        {
            Status = status,
            LastSeq = fact.Seq,
            DecisionTime = fact.CreatedAt,
            Cursor = meta.Cursor,
            HistoryBytes = state.HistoryBytes + JsonText.BytesOf(fact),
        };
        return EventTypes.IsTerminal(fact.EventType) ? Finished(next) : Change(next, fact, meta);
    }

    /// <param name="next">A copy that nobody has seen.</param>
    private static ExecutionState Change(ExecutionState next, ExecutionEvent fact, FactMeta meta)
    {
        switch (fact.EventType)
        {
            case EventTypes.StepStarted: return StepEvolution.Start(next, fact, meta);
            case EventTypes.StepSkipped: return StepEvolution.Skip(next, fact, meta);
            case EventTypes.StepRerun: return StepEvolution.Rerun(next, fact, meta);
            case EventTypes.LoopStarted: return LoopEvolution.Start(next, fact, meta);
            case EventTypes.LoopIteration: return LoopEvolution.Iterate(next, fact, meta);
            case EventTypes.SignalReceived: return next.Put(fact.Seq, new(meta.Name ?? "", fact.Context));
            case EventTypes.VariableSet:
                return next.PutVariable(
                    meta.Name ?? throw Lacks(fact, "meta.name"), fact.Context ?? throw Lacks(fact, "context"));
            case EventTypes.TimerArmed when fact.Activation is null:
                next.DeadlineAt = meta.DueAt;
                return next;
            case EventTypes.ExecutionPatched:
                next.Patches = next.Patches.Add(fact.Context ?? throw Lacks(fact, "context"));
                return next;
            case EventTypes.CancelRequested:
                next.IsForced |= meta.Force == true;
                return next;
            case EventTypes.ExecutionClosing:
                (next.ClosingStatus, next.ClosingSeq, next.ClosingError) = (meta.Closing, fact.Seq, fact.Error);
                next.ParkedReason = null;
                return next;
            case EventTypes.CompensationStarted:
                var undone = next.Activations[fact.Activation ?? throw Lacks(fact, "activation")];
                next.Compensating = undone.Id;
                return next.Put(undone with { Compensate = null });
            case EventTypes.CompensationCompleted or EventTypes.CompensationFailed:
                next.Compensating = null;
                return next;
            case EventTypes.FinallyStarted:
                next.FinallyBegun = true;
                return next;
            case EventTypes.ExecutionParked:
                next.ParkedReason = meta.Reason ?? throw Lacks(fact, "meta.reason");
                return next;
            case EventTypes.ExecutionResumed:
                next.ParkedReason = null;
                return next;
            default:
                return fact.Activation is null ? next : StepEvolution.Change(next, fact, meta);
        }
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

    internal static InvalidOperationException Lacks(ExecutionEvent fact, string field) =>
        new($"fact {fact.EventId} ({fact.EventType}) lacks {field}");
}
