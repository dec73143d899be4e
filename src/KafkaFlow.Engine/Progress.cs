using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// Carries an execution as far as it goes without an answer from outside: joins, pass-through steps, skips, closing,
/// the end. What is pending follows from the state, so a decision cut at its limit goes on where it stopped.
/// </summary>
internal static class Progress
{
    public static void Advance(Draft draft)
    {
        while (draft.State.Status == ExecutionStatus.Running)
        {
            if (draft.State.FailureSeq > 0 && draft.Plan.Graph.OnFailure == OnFailure.FailFast)
            {
                Closing.BeginFailed(draft);
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
            Joins.Visit(draft, draft.TakePending());
        }
        if (draft.State.Status == ExecutionStatus.Closing) Closing.Continue(draft);
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
            var error = StepError.TooLarge("the result of the run", bytes, Draft.FactRoomBytes);
            Closing.Begin(draft, EventStatus.Failed, error.ToJson(null, null), draft.State.LastSeq, error.Code);
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

    public static long Elapsed(Draft draft) =>
        (draft.Now.UnixMicros - draft.State.Begun.StartedAt.UnixMicros) / 1000;

    private static long LastSettled(ExecutionState state)
    {
        var last = 1L;
        foreach (var step in state.Activations.Values) last = Math.Max(last, step.EndSeq);
        return last;
    }
}
