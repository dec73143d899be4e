namespace KafkaFlow.Engine;

/// <summary>What one execution may use. Exceeding a limit closes it as failed, with the limit's name and the
/// number.</summary>
internal static class Limits
{
    /// <summary>Limits that show in the state.</summary>
    public static StepError? Exceeded(ExecutionState state)
    {
        var settings = state.Begun.Settings;
        return Check("max_steps", state.Activated, settings.MaxSteps)
            ?? Check("max_width", state.Live, settings.MaxWidth)
            ?? Check("max_history_bytes", state.HistoryBytes, settings.MaxHistoryBytes);
    }

    /// <summary>Whether one more visit of a step is too many; then the execution closes.</summary>
    public static bool ExceedsVisits(Draft draft, string step) =>
        draft.State.VisitsOf(step).Visits >= draft.Limits.MaxVisits
        && Closes(draft, Check($"max_visits of step {step}", draft.State.VisitsOf(step).Visits + 1,
            draft.Limits.MaxVisits));

    /// <summary>Whether a loop has too many items; then the execution closes.</summary>
    public static bool ExceedsItems(Draft draft, int count) =>
        Closes(draft, Check("max_items", count, draft.Limits.MaxItems));

    private static bool Closes(Draft draft, StepError? error)
    {
        if (error is null) return false;
        if (draft.State.Status == ExecutionStatus.Running) Closing.BeginFailed(draft, error, draft.State.LastSeq);
        return true;
    }

    private static StepError? Check(string name, long found, long limit) => found <= limit
        ? null : new(StepError.LimitExceeded, $"{name}: {found}, at most {limit}", false);
}
