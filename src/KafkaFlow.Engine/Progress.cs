using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// Carries an execution as far as it goes without an answer from outside: joins, pass-through steps, skips, items,
/// turning loops, closing, the end. What is pending follows from the state, so a decision cut at its limit goes on
/// where it stopped.
/// </summary>
internal static class Progress
{
    public static void Advance(Draft draft)
    {
        if (draft.State.Status == ExecutionStatus.Paused) Collect(draft);
        while (draft.State.Status == ExecutionStatus.Running)
        {
            if (draft.State.FailureSeq > 0 && draft.Plan.Graph.OnFailure == OnFailure.FailFast)
            {
                Closing.BeginFailed(draft);
                break;
            }
            if (Limits.Exceeded(draft.State) is { } exceeded)
            {
                Closing.BeginFailed(draft, exceeded, draft.State.LastSeq);
                break;
            }
            if (!draft.HasPending)
            {
                if (draft.State.Live > 0) return;
                Finish(draft);
                break;
            }
            if (draft.AtLimit)
            {
                draft.Cut();
                return;
            }
            draft.VisitPending();
        }
        if (draft.State.Status == ExecutionStatus.Closing) Closing.Continue(draft);
    }

    public static long Elapsed(Draft draft) =>
        (draft.Now.UnixMicros - draft.State.Begun.StartedAt.UnixMicros) / 1000;

    /// <summary>While it is paused: what has ended is recorded, and a failure still closes the run.</summary>
    private static void Collect(Draft draft)
    {
        while (draft.VisitPendingItems()) { }
        if (draft.State.FailureSeq > 0 && draft.Plan.Graph.OnFailure == OnFailure.FailFast) Closing.BeginFailed(draft);
    }

    /// <summary>Nothing is live and nothing can start: the run ends here.</summary>
    private static void Finish(Draft draft)
    {
        if (draft.State.FailureSeq > 0)
        {
            Closing.BeginFailed(draft);
            return;
        }
        var result = Results.OfRun(draft.State, draft.Plan);
        var bytes = JsonText.Bytes(result);
        if (bytes > Draft.FactRoomBytes)
        {
            Closing.BeginFailed(draft, StepError.TooLarge("the result of the run", bytes, Draft.FactRoomBytes),
                draft.State.LastSeq);
            return;
        }
        if (draft.Plan.Finally.Length > 0)
        {
            Closing.Begin(draft, EventStatus.Completed, null, LastSettled(draft.State), "all_ended");
            return;
        }
        draft.Record(EventTypes.ExecutionCompleted, EventStatus.Completed, new()
        {
            ParentSeq = LastSettled(draft.State),
            Result = result,
            DurationMs = Elapsed(draft),
            Meta = Closing.Leftovers(draft.State),
        });
    }

    private static long LastSettled(ExecutionState state)
    {
        var last = 1L;
        foreach (var step in state.Activations.Values) last = Math.Max(last, step.EndSeq);
        return last;
    }
}
