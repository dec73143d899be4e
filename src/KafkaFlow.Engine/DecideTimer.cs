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
        if (draft.State.Status != ExecutionStatus.Running) return null;
        if (!draft.State.Activations.TryGetValue(id, out var visit)) return null;
        var armed = Deadlines.Next(visit, draft.State.Begun.Settings, null);
        return armed is { } at && due >= at && due <= draft.Input.AppendedAt ? visit : null;
    }

    private static void OfActivation(Draft draft, ActivationState visit)
    {
        var settings = draft.State.Begun.Settings;
        var work = visit.Work!;
        var at = draft.Input.AppendedAt;
        var running = visit.Phase == ActivationPhase.Running;
        var heartbeat = Deadlines.Heartbeat(work, draft.Input.LastHeartbeat);
        if (Deadlines.Total(visit, work) is { } total && total <= at)
            Fail(draft, visit, StepError.AttemptTimeout, $"the step took longer than {work.TotalMs} ms in all");
        else if (running && Deadlines.Attempt(work) is { } attempt && attempt <= at)
            Fail(draft, visit, StepError.AttemptTimeout, $"the attempt took longer than {work.AttemptMs} ms");
        else if (running && heartbeat <= at)
            Lost(draft, visit, new(StepError.HeartbeatTimeout,
                $"worker {work.WorkerId} gave no sign of life for {work.HeartbeatMs} ms", true), visit.Attempt + 1);
        else if (!running && Deadlines.Queue(work) is { } queue && queue <= at)
            Fail(draft, visit, StepError.QueueTimeout, $"no worker took the task within {work.QueueMs} ms");
        else if (!running && Deadlines.Retention(work, settings) <= at)
            EmitAgain(draft, visit, settings);
        else
            draft.Outcome = new DecisionOutcome.RearmTimer(
                TimerKeys.Of(draft.Command.ExecutionId, visit.Id),
                Deadlines.Next(visit, settings, draft.Input.LastHeartbeat)!.Value);
    }

    private static void Fail(Draft draft, ActivationState visit, string code, string message) =>
        DecideAnswer.FailAttempt(draft, visit, new(code, message, false));

    /// <summary>A lost worker has a budget of its own: a new attempt until it is spent.</summary>
    private static void Lost(Draft draft, ActivationState visit, StepError error, int nextAttempt)
    {
        if (visit.Lost >= draft.State.Begun.Settings.MaxLost)
        {
            var message = $"{error.Message}; lost {visit.Lost + 1} times, at most {visit.Lost} are survived";
            DecideAnswer.FailAttempt(draft, visit, error with { Message = message });
            return;
        }
        var cause = DecideAnswer.RecordFailure(draft, visit, error);
        Reschedule(draft, visit, nextAttempt, cause, error.Code);
    }

    /// <summary>The same attempt again, because its record is about to expire unread.</summary>
    private static void EmitAgain(Draft draft, ActivationState visit, EngineSettings settings)
    {
        if (visit.Lost >= settings.MaxLost)
            Fail(draft, visit, StepError.QueueTimeout,
                $"no worker took the task within the {settings.TaskRetentionMs} ms its topic keeps it,"
                + $" {visit.Lost + 1} times");
        else Reschedule(draft, visit, visit.Attempt, visit.StartSeq, "retention");
    }

    private static void Reschedule(Draft draft, ActivationState visit, int attempt, long cause, string reason)
    {
        var work = visit.Work!;
        draft.Record(EventTypes.ActionRetryScheduled, EventStatus.Running, FactBody.Of(visit, cause) with
        {
            Attempt = attempt,
            Context = work.Input,
            Meta = new()
            {
                TaskHash = visit.TaskHash,
                Auth = work.Auth,
                Lost = visit.Lost + 1,
                Reason = reason,
                DueAt = draft.Now,
            },
        });
    }
}
