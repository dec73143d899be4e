using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>How facts change the visits of steps and their attempts.</summary>
internal static class StepEvolution
{
    public static ExecutionState Start(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        state.Activated++;
        var begun = Begun(fact, meta);
        return Visit(state, begun, meta.Reset.IsEmpty ? [] : Renew(state, begun.Step, meta.Reset));
    }

    public static ExecutionState Skip(ExecutionState state, ExecutionEvent fact, FactMeta meta) => Visit(state, new()
    {
        Id = fact.Activation ?? throw Evolution.Lacks(fact, "activation"),
        Step = fact.NodeId ?? throw Evolution.Lacks(fact, "node_id"),
        NodeType = fact.NodeType,
        Phase = ActivationPhase.Skipped,
        StartSeq = fact.Seq,
        StartedAt = fact.CreatedAt,
        EndSeq = fact.Seq,
        Out = meta.Edges,
    }, []);

    /// <summary>An iteration of a loop begins: the steps of its body have no current visit any more, and see of each
    /// other what has completed so far.</summary>
    /// <returns>Visits to leave.</returns>
    private static List<string?> Renew(ExecutionState state, string header, ImmutableArray<string> body)
    {
        var left = new List<string?>();
        var within = body.ToHashSet();
        foreach (var step in body)
        {
            if (!state.Steps.TryGetValue(step, out var visits)) continue;
            var priors = visits.Priors.RemoveAll(prior => within.Contains(prior.Loop));
            if (visits.Completed is { } completed) priors = priors.Add(new(header, completed));
            if (visits.Current is null && priors.AsSpan().SequenceEqual(visits.Priors.AsSpan())) continue;
            state.Put(step, visits with { Current = null, Priors = priors });
            left.Add(visits.Current);
            foreach (var prior in visits.Priors) left.Add(prior.Activation);
        }
        return left;
    }

    /// <summary>These steps have no current visit any more, and their failures are taken back: the run fails by the
    /// first that is left. Of the step that runs again the visit is left with the new one, which the same led to.
    /// </summary>
    public static ExecutionState Rerun(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        var again = fact.NodeId ?? throw Evolution.Lacks(fact, "node_id");
        var current = state.VisitsOf(again).Current;
        var left = meta.Renewed.SelectMany(body => Renew(state, body[0], body)).ToList();
        foreach (var step in meta.Reset)
        {
            if (!state.Steps.TryGetValue(step, out var visits)) continue;
            state.Put(step, visits with { Current = null, FailureSeq = 0, Failure = null });
            left.Add(visits.Current);
        }
        state.Put(again, state.VisitsOf(again) with { Current = current });
        foreach (var visit in left) state.Leave(visit);
        if (state.FailureSeq == 0) return state;
        var first = state.Steps.Values.Where(visits => visits.FailureSeq > 0).MinBy(visits => visits.FailureSeq);
        (state.FailureSeq, state.Failure) = (first?.FailureSeq ?? 0, first?.Failure);
        return state;
    }

    public static ExecutionState Change(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        var id = fact.Activation!;
        if (!state.Activations.TryGetValue(id, out var before))
            throw new InvalidOperationException(
                $"fact {fact.EventId} ({fact.EventType}) names unknown activation {id}");
        var after = Changed(before with { Phase = Lifecycle.Next(before.Phase, fact.EventType) }, fact, meta);
        state.Put(after);
        if (meta.SignalSeq is { } signal) state.DropSignal(signal);
        if (before.IsLive && !after.IsLive) Settle(state, before, after);
        if (meta.Uncaught) Fail(state, after.Step, fact);
        if (meta.Closing is { } turned) (state.ClosingStatus, state.ClosingError) = (turned, fact.Error);
        return state;
    }

    private static void Fail(ExecutionState state, string step, ExecutionEvent fact)
    {
        var visits = state.VisitsOf(step);
        if (visits.FailureSeq == 0) state.Put(step, visits with { FailureSeq = fact.Seq, Failure = fact.Error });
        if (state.FailureSeq == 0) (state.FailureSeq, state.Failure) = (fact.Seq, fact.Error);
    }

    public static ActivationState Begun(ExecutionEvent fact, FactMeta meta) => new()
    {
        Id = fact.Activation ?? throw Evolution.Lacks(fact, "activation"),
        Step = fact.NodeId ?? throw Evolution.Lacks(fact, "node_id"),
        NodeType = fact.NodeType,
        Phase = IsWait(fact, meta) ? ActivationPhase.Waiting
            : meta.TaskHash is not null && meta.DueAt is { } due && IsBackoff(meta, due, fact)
                ? ActivationPhase.BackingOff : ActivationPhase.Scheduled,
        StartSeq = fact.Seq,
        StartedAt = fact.CreatedAt,
        GraphVersion = meta.GraphVersion ?? 1,
        Taken = meta.Taken,
        Sources = meta.Sources,
        Args = meta.TaskHash is null ? fact.Context : null,
        TaskHash = meta.TaskHash,
        Wait = IsWait(fact, meta) ? Waiting(meta) : null,
        Work = meta.TaskHash is null || meta.Child is not null ? null : new()
        {
            Input = fact.Context ?? throw Evolution.Lacks(fact, "context"),
            Auth = meta.Auth,
            QueueMs = meta.QueueMs,
            AttemptMs = meta.AttemptMs,
            HeartbeatMs = meta.HeartbeatMs ?? throw Evolution.Lacks(fact, "meta.heartbeat_ms"),
            TotalMs = meta.TotalMs,
            QueuedAt = fact.CreatedAt,
            EmittedAt = fact.CreatedAt,
            BackoffUntil = meta.DueAt is { } until && IsBackoff(meta, until, fact) ? until : null,
        },
    };

    private static bool IsWait(ExecutionEvent fact, FactMeta meta) =>
        fact.Status == EventStatus.Waiting || meta.Child is not null;

    /// <summary>An iteration that begins after a delay names its time in <c>due_at</c> and says so.</summary>
    private static bool IsBackoff(FactMeta meta, Timestamp due, ExecutionEvent fact) =>
        meta.Reason == Backoff && due >= fact.CreatedAt;

    public const string Backoff = "backoff";

    private static WaitState Waiting(FactMeta meta) =>
        new(meta.Signal, meta.Who, meta.Child, meta.AwaitCancel, meta.DueAt);

    /// <param name="left">Visits that are no longer current.</param>
    private static ExecutionState Visit(ExecutionState state, ActivationState activation, IReadOnlyList<string?> left)
    {
        var before = state.VisitsOf(activation.Step);
        state.Put(activation).Put(activation.Step, before with { Visits = before.Visits + 1, Current = activation.Id });
        foreach (var visit in left) state.Leave(visit);
        return state.Leave(before.Current);
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
            EventTypes.ActionFailed => step with { Failures = meta.Failures ?? step.Failures },
            EventTypes.ActionRetryScheduled => Rescheduled(step, fact, meta),
            EventTypes.TimerFired => Fired(step, fact),
            EventTypes.TimerArmed => step with
            {
                Loop = step.Loop is { } loop ? loop with { DueAt = meta.DueAt } : null,
                Wait = step.Wait is { } wait ? wait with { DueAt = meta.DueAt } : null,
            },
            EventTypes.ChildStarted => step with
            {
                Wait = (step.Wait ?? Waiting(meta)) with { Child = meta.Child, AwaitCancel = meta.AwaitCancel },
                TaskHash = meta.TaskHash,
            },
            EventTypes.ChildEnded => step with
            {
                Wait = step.Wait is { } ended ? ended with { Child = null, AwaitCancel = false } : null,
            },
            EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled => Settled(step, fact, meta),
            EventTypes.EdgeAbsorbed => step with
            {
                Absorbed = step.Absorbed.Add(meta.Edge ?? throw Evolution.Lacks(fact, "meta.edge")),
            },
            EventTypes.StaleResult => step with
            {
                StaleAttempts = step.StaleAttempts.Add(fact.Attempt ?? throw Evolution.Lacks(fact, "attempt")),
            },
            _ => step,
        };

    private static ActivationState Rescheduled(ActivationState step, ExecutionEvent fact, FactMeta meta)
    {
        var attempt = fact.Attempt ?? throw Evolution.Lacks(fact, "attempt");
        var delayed = meta.Reason == Backoff;
        var work = Work(step) with
        {
            Input = fact.Context ?? throw Evolution.Lacks(fact, "context"),
            EmittedAt = fact.CreatedAt,
            BackoffUntil = delayed ? meta.DueAt ?? throw Evolution.Lacks(fact, "meta.due_at") : null,
        };
        return step with
        {
            Phase = delayed ? ActivationPhase.BackingOff : ActivationPhase.Scheduled,
            Attempt = attempt,
            Lost = meta.Lost ?? step.Lost,
            TaskHash = meta.TaskHash ?? step.TaskHash,
            Work = attempt == step.Attempt
                ? work : work with { QueuedAt = fact.CreatedAt, BeganAt = null, BeatAt = null, WorkerId = null },
        };
    }

    private static ActivationState Fired(ActivationState step, ExecutionEvent fact) => step with
    {
        Work = step.Work is { BackoffUntil: not null } work
            ? work with { QueuedAt = fact.CreatedAt, EmittedAt = fact.CreatedAt, BackoffUntil = null } : step.Work,
        Wait = step.Wait is { } wait ? wait with { DueAt = null } : null,
        Loop = step.Loop is { } loop ? loop with { DueAt = null } : null,
    };

    private static ActivationState Settled(ActivationState step, ExecutionEvent fact, FactMeta meta) => step with
    {
        EndSeq = fact.Seq,
        Out = meta.Edges,
        Args = null,
        Work = null,
        Wait = null,
        Result = fact.EventType == EventTypes.StepCompleted && meta.Items is null ? fact.Result : null,
        ResultFrom = meta.ResultFrom,
        Compensate = meta.Compensate,
        Error = fact.Error,
    };

    private static ExecutionState Settle(ExecutionState state, ActivationState before, ActivationState after)
    {
        if (after.Phase != ActivationPhase.Completed)
            return after.Loop is { } loop ? state.DropItems(after.Id, loop.IsWhile ? loop.Begun : loop.Count) : state;
        if (after.ResultFrom is { } held && state.Activations.TryGetValue(held, out var source))
            state = state.Put(source with { Holders = source.Holders + 1 });
        var visits = state.VisitsOf(before.Step);
        return state.Put(before.Step, visits with { Completed = after.Id }).Retire(visits.Completed);
    }

    private static AttemptState Work(ActivationState step) =>
        step.Work ?? throw new InvalidOperationException($"activation {step.Id} has no attempt out");
}
