using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Folds one fact. The only code that changes folded state; it evaluates no expression and needs no playbook, so that
/// neither a new version of the engine nor a changed playbook can contradict what has been recorded.
/// </summary>
internal static class Evolution
{
    public static ExecutionState Apply(ExecutionState? state, ExecutionEvent fact)
    {
        if (state is null) return Begin(fact);
        if (fact.ExecutionId != state.ExecutionId || fact.Seq != state.LastSeq + 1)
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) does not follow {state.ExecutionId}/{state.LastSeq}");

        var meta = FactMeta.Parse(fact.Meta);
        var next = state with
        {
            Status = Lifecycle.Next(state.Status, fact.EventType),
            LastSeq = fact.Seq,
            DecisionTime = fact.CreatedAt,
            Cursor = meta.Cursor,
        };
        return fact.EventType switch
        {
            EventTypes.StepStarted => Add(next, StartedStep(fact, meta)),
            EventTypes.StepSkipped => Add(next, SkippedStep(fact, meta)),
            EventTypes.ActionStarted or EventTypes.ActionHeartbeat or EventTypes.ActionFailed
                or EventTypes.ActionRetryScheduled or EventTypes.StepCompleted or EventTypes.StepFailed
                or EventTypes.StepCancelled or EventTypes.EdgeAbsorbed or EventTypes.StaleResult =>
                Change(next, fact, meta),
            EventTypes.TimerArmed => next with { DeadlineAt = meta.DueAt },
            EventTypes.SignalReceived => next with { Signals = next.Signals.Add(fact.Seq, meta.Name ?? "") },
            EventTypes.ExecutionClosing => next with
            {
                ClosingStatus = meta.Closing,
                ClosingSeq = fact.Seq,
                ClosingError = fact.Error,
                ParkedReason = null,
            },
            EventTypes.ExecutionParked => next with { ParkedReason = meta.Reason },
            EventTypes.ExecutionResumed => next with
            {
                ParkedReason = null,
                Status = next.ClosingStatus is null ? ExecutionStatus.Running : ExecutionStatus.Closing,
            },
            _ => EventTypes.IsTerminal(fact.EventType) ? Finished(next) : next,
        };
    }

    private static ExecutionState Begin(ExecutionEvent fact)
    {
        if (fact.EventType != EventTypes.ExecutionStarted || fact.Seq != 1)
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) is the first one seen of {fact.ExecutionId};"
                + " expected execution_started with seq 1");
        var meta = FactMeta.Parse(fact.Meta);
        return new()
        {
            ExecutionId = fact.ExecutionId,
            StartHash = meta.StartHash ?? throw Lacks(fact, "meta.start_hash"),
            Status = ExecutionStatus.Running,
            LastSeq = 1,
            DecisionTime = fact.CreatedAt,
            Partition = fact.CausePartition,
            Cursor = meta.Cursor,
            Start = new()
            {
                PlaybookPath = fact.PlaybookPath ?? throw Lacks(fact, "playbook_path"),
                PlaybookVersion = fact.PlaybookVersion ?? throw Lacks(fact, "playbook_version"),
                ContentHash = fact.ContentHash ?? throw Lacks(fact, "content_hash"),
                Workload = fact.Context ?? throw Lacks(fact, "context"),
                Settings = meta.Settings ?? throw Lacks(fact, "meta.settings"),
                StartedAt = fact.CreatedAt,
                ParentExecutionId = fact.ParentExecutionId,
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
    };

    private static ExecutionState Add(ExecutionState state, ActivationState activation) => state with
    {
        Activations = state.Activations.Add(activation.Id, activation),
        Live = state.Live + (activation.IsLive ? 1 : 0),
    };

    private static ActivationState StartedStep(ExecutionEvent fact, FactMeta meta) => new()
    {
        Id = fact.Activation ?? throw Lacks(fact, "activation"),
        Step = fact.NodeId ?? throw Lacks(fact, "node_id"),
        NodeType = fact.NodeType,
        Phase = ActivationPhase.Scheduled,
        StartSeq = fact.Seq,
        StartedAt = fact.CreatedAt,
        Taken = meta.Taken,
        Attempt = fact.Attempt ?? 1,
        TaskHash = meta.TaskHash,
        Work = meta.TaskHash is null ? null : new()
        {
            Input = fact.Context ?? throw Lacks(fact, "context"),
            Auth = meta.Auth,
            QueueMs = meta.QueueMs,
            AttemptMs = meta.AttemptMs,
            HeartbeatMs = meta.HeartbeatMs ?? throw Lacks(fact, "meta.heartbeat_ms"),
            TotalMs = meta.TotalMs,
            QueuedAt = fact.CreatedAt,
            EmittedAt = fact.CreatedAt,
        },
    };

    private static ActivationState SkippedStep(ExecutionEvent fact, FactMeta meta) => new()
    {
        Id = fact.Activation ?? throw Lacks(fact, "activation"),
        Step = fact.NodeId ?? throw Lacks(fact, "node_id"),
        NodeType = fact.NodeType,
        Phase = ActivationPhase.Skipped,
        StartSeq = fact.Seq,
        StartedAt = fact.CreatedAt,
        EndSeq = fact.Seq,
        Out = Outcomes(meta),
    };

    private static ExecutionState Change(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        var id = fact.Activation ?? throw Lacks(fact, "activation");
        if (!state.Activations.TryGetValue(id, out var before))
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) names unknown activation {id}");
        var after = Changed(before with { Phase = Lifecycle.Next(before.Phase, fact.EventType) }, fact, meta);
        var next = state with
        {
            Activations = state.Activations.SetItem(id, after),
            Live = state.Live - (before.IsLive && !after.IsLive ? 1 : 0),
        };
        return meta.Uncaught && state.FailureSeq == 0
            ? next with { FailureSeq = fact.Seq, Failure = fact.Error }
            : next;
    }

    private static ActivationState Changed(ActivationState step, ExecutionEvent fact, FactMeta meta) =>
        fact.EventType switch
        {
            EventTypes.ActionStarted => step with
            {
                Work = Work(step) with { BeganAt = fact.CreatedAt, BeatAt = fact.CreatedAt, WorkerId = fact.WorkerId },
            },
            EventTypes.ActionHeartbeat => step with
            {
                Work = Work(step) with { BeatAt = fact.CreatedAt, Details = fact.Context },
            },
            EventTypes.ActionRetryScheduled => Rescheduled(step, fact, meta),
            EventTypes.StepCompleted => Settled(step, fact, meta) with
            {
                Result = fact.Result,
                ResultFrom = meta.ResultFrom,
            },
            EventTypes.StepFailed => Settled(step, fact, meta) with { Error = fact.Error },
            EventTypes.StepCancelled => Settled(step, fact, meta),
            EventTypes.EdgeAbsorbed => step with
            {
                Absorbed = step.Absorbed.Add(meta.Edge ?? throw Lacks(fact, "meta.edge")),
            },
            EventTypes.StaleResult => step with
            {
                StaleAttempts = step.StaleAttempts.Add(fact.Attempt ?? throw Lacks(fact, "attempt")),
            },
            _ => step,
        };

    private static ActivationState Rescheduled(ActivationState step, ExecutionEvent fact, FactMeta meta)
    {
        var attempt = fact.Attempt ?? throw Lacks(fact, "attempt");
        var work = Work(step) with { Input = fact.Context ?? throw Lacks(fact, "context"), EmittedAt = fact.CreatedAt };
        return step with
        {
            Attempt = attempt,
            Lost = meta.Lost ?? step.Lost,
            TaskHash = meta.TaskHash ?? step.TaskHash,
            Work = attempt == step.Attempt
                ? work : work with { QueuedAt = fact.CreatedAt, BeganAt = null, BeatAt = null, WorkerId = null },
        };
    }

    private static ActivationState Settled(ActivationState step, ExecutionEvent fact, FactMeta meta) => step with
    {
        EndSeq = fact.Seq,
        Out = Outcomes(meta),
        Work = null,
    };

    private static AttemptState Work(ActivationState step) =>
        step.Work ?? throw new InvalidOperationException($"activation {step.Id} has no attempt out");

    private static ImmutableArray<EdgeOutcome> Outcomes(FactMeta meta) => [.. meta.Edges.Select(edge => edge.Outcome)];

    private static InvalidOperationException Lacks(ExecutionEvent fact, string field) =>
        new($"fact {fact.EventId} ({fact.EventType}) lacks {field}");
}
