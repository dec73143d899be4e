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

    /// <summary>Whether one more visit of a step is too many; then the execution closes. What is undone at the end is
    /// undone whole, however many visits that takes.</summary>
    public static bool ExceedsVisits(Draft draft, string step) =>
        draft.State.Status == ExecutionStatus.Running && draft.State.VisitsOf(step).Visits >= draft.Limits.MaxVisits
        && Closes(draft, Check($"max_visits of step {step}", draft.State.VisitsOf(step).Visits + 1,
            draft.Limits.MaxVisits));

    /// <summary>Whether a loop has too many items; then the execution closes, or, where it is closing already, the loop
    /// fails.</summary>
    public static bool ExceedsItems(Draft draft, int count, ref StepError? failure)
    {
        var error = Check("max_items", count, draft.Limits.MaxItems);
        if (draft.State.Status == ExecutionStatus.Running) return Closes(draft, error);
        failure ??= error;
        return false;
    }

    private static bool Closes(Draft draft, StepError? error)
    {
        if (error is not null) Closing.BeginFailed(draft, error, draft.State.LastSeq);
        return error is not null;
    }

    private static StepError? Check(string name, long found, long limit) => found <= limit
        ? null : new(StepError.LimitExceeded, $"{name}: {found}, at most {limit}", false);
}
