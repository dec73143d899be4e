using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// <c>timer_fired</c>: counts only if it is the armed one and due at its append time, so a forged one can do no more
/// than the clock would. Where heartbeats have moved the deadline on, the timer is set again.
/// </summary>
internal static class DecideTimer
{
    public static void Decide(Draft draft)
    {
        var fired = draft.Command;
        if (TimerKeys.IsDeadline(fired)) OfExecution(draft, fired);
        else if (Armed(draft, fired) is { } visit) OfActivation(draft, visit);
        else draft.Outcome = new DecisionOutcome.Ignored($"timer {fired.TimerId} is not armed");
    }

    private static void OfExecution(Draft draft, Command fired)
    {
        if (draft.State.DeadlineAt != fired.DueAt || draft.Input.AppendedAt < fired.DueAt
            || draft.State.ClosingStatus is not null)
        {
            draft.Outcome = new DecisionOutcome.Ignored($"timer {fired.TimerId} is not armed");
            return;
        }
        var seq = draft.Record(EventTypes.TimerFired, EventStatus.Running, new()
        {
            ParentSeq = 1,
            Meta = new() { TimerId = fired.TimerId, DueAt = fired.DueAt, Reason = StepError.Deadline },
        });
        var error = new StepError(StepError.Deadline, $"the execution's deadline {fired.DueAt} has passed", false);
        Closing.Begin(draft, EventStatus.Failed, error.ToJson(null, null), seq, error.Code);
    }

    private static ActivationState? Armed(Draft draft, Command fired)
    {
        if (TimerKeys.ActivationOf(fired) is not { } id || fired.DueAt is not { } due) return null;
        if (fired.TimerId != TimerKeys.IdOf(TimerKeys.Of(fired.ExecutionId, id), due)) return null;
        if (draft.State.Status is not (ExecutionStatus.Running or ExecutionStatus.Closing)) return null;
        if (!draft.State.Activations.TryGetValue(id, out var visit)) return null;
        var armed = Deadlines.Next(visit, draft.State.Begun.Settings, null);
        return armed is { } at && due >= at && due <= draft.Input.AppendedAt ? visit : null;
    }

    private static void OfActivation(Draft draft, ActivationState visit)
    {
        if (visit.Work is not { } work) OfWait(draft, visit);
        else if (Deadlines.Total(visit, work) is { } total && total <= draft.Input.AppendedAt)
            FailStep(draft, visit, StepError.TooLong(work.TotalMs));
        else if (visit.Phase == ActivationPhase.BackingOff && work.BackoffUntil <= draft.Input.AppendedAt)
            RecordFired(draft, visit, StepEvolution.Backoff);
        else if (visit.IsOut) OfAttempt(draft, visit, work);
        else draft.Outcome = new DecisionOutcome.Ignored($"timer {draft.Command.TimerId} is not armed");
    }

    private static void OfAttempt(Draft draft, ActivationState visit, AttemptState work)
    {
        var settings = draft.State.Begun.Settings;
        var at = draft.Input.AppendedAt;
        var running = visit.Phase == ActivationPhase.Running;
        var heartbeat = Deadlines.Heartbeat(work, draft.Input.LastHeartbeat);
        if (running && Deadlines.Attempt(work) is { } attempt && attempt <= at)
            Attempts.Fail(draft, visit, new(StepError.AttemptTimeout,
                $"the attempt took longer than {work.AttemptMs} ms"));
        else if (running && heartbeat <= at)
            Lost(draft, visit, new(StepError.HeartbeatTimeout,
                $"worker {work.WorkerId} gave no sign of life for {work.HeartbeatMs} ms", true));
        else if (!running && Deadlines.Queue(work) is { } queue && queue <= at)
            FailStep(draft, visit,
                new(StepError.QueueTimeout, $"no worker took the task within {work.QueueMs} ms", false));
        else if (!running && Deadlines.Retention(work, settings) <= at)
            EmitAgain(draft, visit, settings);
        else
            draft.Outcome = new DecisionOutcome.RearmTimer(
                TimerKeys.Of(draft.Command.ExecutionId, visit.Id),
                Deadlines.Next(visit, settings, draft.Input.LastHeartbeat)!.Value);
    }

    private static void OfWait(Draft draft, ActivationState visit)
    {
        var seq = RecordFired(draft, visit, null);
        if (visit.Loop is { IsWhile: true }) WhileLoops.TimeOut(draft, visit, seq);
        else if (visit.Loop is not null) ItemLoops.TimeOut(draft, visit, seq);
        else Waits.TimeOut(draft, visit, seq);
    }

    private static long RecordFired(Draft draft, ActivationState visit, string? reason) =>
        draft.Record(EventTypes.TimerFired, EventStatus.Running, FactBody.Of(visit, visit.StartSeq) with
        {
            Meta = new() { TimerId = draft.Command.TimerId, DueAt = draft.Command.DueAt, Reason = reason },
        });

    /// <summary>No policy brings another attempt.</summary>
    private static void FailStep(Draft draft, ActivationState visit, StepError error)
    {
        var failed = visit.IsOut ? Attempts.RecordFailure(draft, visit, error) : RecordFired(draft, visit, error.Code);
        ActivationEnd.Fail(draft, visit.Id, error, draft.Command, failed);
    }

    /// <summary>A lost worker has a budget of its own: a new attempt until it is spent.</summary>
    private static void Lost(Draft draft, ActivationState visit, StepError error)
    {
        if (visit.Lost >= draft.State.Begun.Settings.MaxLost)
        {
            var message = $"{error.Message}; lost {visit.Lost + 1} times, at most {visit.Lost} are survived";
            FailStep(draft, visit, error with { Message = message, Retryable = false });
            return;
        }
        var cause = Attempts.RecordFailure(draft, visit, error);
        Attempts.ScheduleNext(draft, draft.State.Activations[visit.Id], cause, error.Code, 0, visit.Lost + 1);
    }

    /// <summary>The same attempt again, because its record is about to expire unread.</summary>
    private static void EmitAgain(Draft draft, ActivationState visit, EngineSettings settings)
    {
        if (visit.Lost >= settings.MaxLost)
            FailStep(draft, visit, new(StepError.QueueTimeout,
                $"no worker took the task within the {settings.TaskRetentionMs} ms its topic keeps it,"
                + $" {visit.Lost + 1} times", false));
        else Attempts.EmitAgain(draft, visit);
    }
}
