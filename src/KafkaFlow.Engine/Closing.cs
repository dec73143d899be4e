using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>The way to a status other than COMPLETED: fix it, cancel what is live, record the end. Once.</summary>
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

    /// <summary>Cancels live attempts without waiting for their workers, in the order they were started.</summary>
    public static void Continue(Draft draft)
    {
        var live = draft.State.Activations.Values.Where(step => step.IsLive).OrderBy(step => step.StartSeq).ToList();
        foreach (var step in live)
        {
            if (draft.AtLimit)
            {
                draft.Cut();
                return;
            }
            draft.Record(EventTypes.StepCancelled, EventStatus.Cancelled, FactBody.Of(step, step.StartSeq) with
            {
                WorkerId = step.Work?.WorkerId,
                DurationMs = (draft.Now.UnixMicros - step.StartedAt.UnixMicros) / 1000,
                Meta = new() { Reason = Reason },
            });
        }
        var state = draft.State;
        var failed = state.ClosingStatus == EventStatus.Failed;
        draft.Record(failed ? EventTypes.ExecutionFailed : EventTypes.ExecutionCancelled,
            failed ? EventStatus.Failed : EventStatus.Cancelled, new()
            {
                ParentSeq = state.ClosingSeq,
                Error = state.ClosingError,
                DurationMs = Progress.Elapsed(draft),
                Meta = Leftovers(state),
            });
    }

    /// <summary>Signals that nothing consumed, for the terminal event.</summary>
    public static FactMeta? Leftovers(ExecutionState state) =>
        state.Signals.IsEmpty ? null : new() { LeftoverSignals = [.. state.Signals.Values] };
}
