using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// The way to the end, once: the status is fixed, what is live is cancelled, what was done is undone, the finally steps
/// run, the terminal event is recorded.
/// </summary>
internal static class Closing
{
    private const string Reason = "closing";

    public static void BeginFailed(Draft draft) =>
        Begin(draft, EventStatus.Failed, draft.State.Failure, draft.State.FailureSeq, "step_failed");

    public static void Begin(Draft draft, string status, string? error, long causeSeq, string reason) =>
        draft.Record(EventTypes.ExecutionClosing, EventStatus.Running, new()
        {
            ParentSeq = causeSeq,
            Error = error,
            Meta = new() { Closing = status, Reason = reason },
        });

    public static void BeginFailed(Draft draft, StepError error, long causeSeq) =>
        Begin(draft, EventStatus.Failed, error.ToJson(null, null), causeSeq, error.Code);

    /// <summary>Goes on until something has to be waited for.</summary>
    public static void Continue(Draft draft)
    {
        while (draft.State.Status == ExecutionStatus.Closing)
        {
            if (!CancelLive(draft, out var isAwaiting) || AtLimit(draft)) return;
            if (isAwaiting) return;
            if (draft.VisitPendingItems()) continue;
            if (draft.State.Live > 0) return; // a step that undoes, or a finally step
            if (!draft.State.IsForced && (Undoes(draft) || RunsFinally(draft))) continue;
            End(draft);
        }
    }

    /// <summary>The step that undoes has ended.</summary>
    public static void RecordUndone(Draft draft, bool isOk)
    {
        if (draft.State.Compensating is not { } undone) return;
        draft.Record(isOk ? EventTypes.CompensationCompleted : EventTypes.CompensationFailed, EventStatus.Running, new()
        {
            ParentSeq = draft.State.LastSeq,
            Step = Activations.StepOf(undone),
            Activation = undone,
        });
    }

    /// <summary>Signals that nothing consumed, and where the end is reported, for the terminal event.</summary>
    public static FactMeta? Leftovers(ExecutionState state)
    {
        var value = Children.ReturnValue(state);
        return state.Signals.IsEmpty && state.Begun.Parent is null ? null : new()
        {
            LeftoverSignals = [.. state.Signals.Values.Select(signal => signal.Name)],
            Parent = state.Begun.Parent,
            Value = value,
        };
    }

    /// <summary>Gives up what was live when the status was fixed, in the order it was started.</summary>
    /// <param name="isAwaiting">A child whose end is awaited is left.</param>
    /// <returns>False if the decision was cut.</returns>
    private static bool CancelLive(Draft draft, out bool isAwaiting)
    {
        isAwaiting = false;
        var live = draft.State.Activations.Values
            .Where(step => step.IsLive && Activations.LoopOf(step.Id) is null
                && (draft.State.IsForced || draft.NodeOf(step.Id).Role == StepRole.Flow))
            .OrderBy(step => step.StartSeq).ToList();
        var awaiting = draft.State.IsForced ? [] : draft.State.Activations.Values
            .Where(visit => visit.Wait is { AwaitCancel: true, Child: not null })
            .Select(visit => Activations.VisitOf(visit.Id)).ToHashSet();
        foreach (var step in live)
        {
            if (awaiting.Contains(step.Id))
            {
                isAwaiting = true;
                continue;
            }
            if (AtLimit(draft)) return false;
            StepEnd.Cancel(draft, step, Reason);
        }
        return true;
    }

    private static bool AtLimit(Draft draft)
    {
        if (draft.AtLimit) draft.Cut();
        return draft.AtLimit;
    }

    private static bool Undoes(Draft draft)
    {
        var state = draft.State;
        if (state.ClosingStatus == EventStatus.Completed || state.FinallyBegun) return false;
        var undone = state.Activations.Values
            .Where(step => step is { Phase: ActivationPhase.Completed, Compensate: not null })
            .MaxBy(step => step.EndSeq);
        if (undone is null) return false;
        var step = draft.Plan.IndexOf(undone.Compensate!)
            ?? throw new InvalidOperationException($"{undone.Id} is undone by {undone.Compensate}, which is no step");
        var seq = draft.Record(EventTypes.CompensationStarted, EventStatus.Running, new()
        {
            ParentSeq = undone.EndSeq,
            Step = undone.Step,
            Activation = undone.Id,
            Meta = new() { Name = undone.Compensate },
        });
        StepStart.BeginClosing(draft, step, draft.State.Activations[undone.Id], seq);
        return true;
    }

    private static bool RunsFinally(Draft draft)
    {
        foreach (var step in draft.Plan.Finally)
        {
            if (draft.State.VisitsOf(draft.Plan.Graph.Steps[step].Name).Visits > 0) continue;
            if (!draft.State.FinallyBegun)
                draft.Record(EventTypes.FinallyStarted, EventStatus.Running,
                    new() { ParentSeq = draft.State.ClosingSeq });
            StepStart.BeginClosing(draft, step, null, draft.State.ClosingSeq);
            return true;
        }
        return false;
    }

    private static void End(Draft draft)
    {
        var state = draft.State;
        var (type, status) = state.ClosingStatus switch
        {
            EventStatus.Completed => (EventTypes.ExecutionCompleted, EventStatus.Completed),
            EventStatus.Failed => (EventTypes.ExecutionFailed, EventStatus.Failed),
            _ => (EventTypes.ExecutionCancelled, EventStatus.Cancelled),
        };
        draft.Record(type, status, new()
        {
            ParentSeq = state.ClosingSeq,
            Result = status == EventStatus.Completed ? Results.OfRun(state, draft.Plan) : null,
            Error = state.ClosingError,
            DurationMs = Progress.Elapsed(draft),
            Meta = Leftovers(state),
        });
    }
}
