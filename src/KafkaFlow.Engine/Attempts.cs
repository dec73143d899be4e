using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>What follows a failed attempt: another one, by the step's policy, or the failure of what it belongs
/// to.</summary>
internal static class Attempts
{
    public static void Fail(Draft draft, ActivationState visit, StepError error)
    {
        var failures = visit.Failures + 1;
        var failed = RecordFailure(draft, visit, error, failures);
        var mayPark = draft.State.Status is ExecutionStatus.Running or ExecutionStatus.Paused;
        if (mayPark && draft.Limits.ParkOn.Contains(error.Code))
        {
            Park(draft, visit, error, failed);
            return;
        }
        if (Delay(draft, visit, error, failures, out var broken) is { } delay)
            ScheduleNext(draft, draft.State.Activations[visit.Id], failed, error.Code, delay);
        else if (broken is not null)
            ActivationEnd.Fail(draft, visit.Id,
                error with { Message = $"{error.Message}; then {broken.Message}" }, draft.Command, failed);
        else ActivationEnd.Fail(draft, visit.Id, error, draft.Command, failed);
    }

    /// <returns>The <c>seq</c> of <c>action_failed</c>.</returns>
    public static long RecordFailure(Draft draft, ActivationState visit, StepError error, int? failures = null) =>
        draft.Record(EventTypes.ActionFailed, EventStatus.Failed, FactBody.Of(visit, visit.StartSeq) with
        {
            WorkerId = draft.Command.WorkerId ?? visit.Work?.WorkerId,
            Error = error.ToJson(visit.Step, visit.Attempt),
            DurationMs = draft.Command.DurationMs,
            Meta = new() { TimerId = draft.Command.TimerId, Failures = failures },
        });

    /// <summary>Hands the next attempt out, its input rendered anew, at once or after a delay. While nothing new may
    /// begin, it waits for the resume.</summary>
    /// <param name="lost">Set where it does not count as a failure.</param>
    public static void ScheduleNext(
        Draft draft, ActivationState visit, long cause, string reason, long delayMs, int? lost = null)
    {
        var node = draft.NodeOf(visit.Id);
        var args = Value.FromJson(visit.Work!.Input).Get("args").Entries.ToList();
        var variables = Scope(draft, visit);
        var input = TaskInput.Render(
            node, args, variables.With(variables.Get("result"), variables.SourceError, visit.Attempt + 1));
        if (input.Failure is { } failure)
        {
            ActivationEnd.Fail(draft, visit.Id, failure, null, cause);
            return;
        }
        var isDelayed = delayMs > 0 || draft.State.Status == ExecutionStatus.Paused;
        draft.Record(EventTypes.ActionRetryScheduled, EventStatus.Running, FactBody.Of(visit, cause) with
        {
            Attempt = visit.Attempt + 1,
            Context = input.Json,
            Meta = new()
            {
                TaskHash = input.Scheduled(draft, node).TaskHash,
                Auth = input.Auth,
                Lost = lost,
                Reason = isDelayed ? StepEvolution.Backoff : reason,
                Name = isDelayed ? reason : null,
                DueAt = draft.Now.PlusMillis(delayMs),
            },
        });
    }

    /// <summary>Hands the same attempt out again: its record is about to expire unread.</summary>
    public static void EmitAgain(Draft draft, ActivationState visit) =>
        draft.Record(EventTypes.ActionRetryScheduled, EventStatus.Running, FactBody.Of(visit, visit.StartSeq) with
        {
            Context = visit.Work!.Input,
            Meta = new()
            {
                TaskHash = visit.TaskHash,
                Auth = visit.Work.Auth,
                Lost = visit.Lost + 1,
                Reason = "retention",
                DueAt = draft.Now,
            },
        });

    /// <summary>Gives every attempt a second chance that was kept back for an operator.</summary>
    public static void ResumeParked(Draft draft, long cause)
    {
        foreach (var visit in draft.State.Activations.Values.ToList())
            if (visit.Phase == ActivationPhase.AttemptFailed)
                ScheduleNext(draft, visit, cause, "resumed", 0);
    }

    private static void Park(Draft draft, ActivationState visit, StepError error, long cause) =>
        draft.Record(EventTypes.ExecutionParked, EventStatus.Running, new()
        {
            ParentSeq = cause,
            Meta = new() { Reason = $"{visit.Id}: {error.Code}: {error.Message}", Command = draft.Command.EventType },
        });

    /// <returns>Milliseconds until the next attempt; null if there is none.</returns>
    /// <param name="broken">An expression of the policy that could not be evaluated.</param>
    private static long? Delay(
        Draft draft, ActivationState visit, StepError error, int failures, out StepError? broken)
    {
        broken = null;
        if (draft.NodeOf(visit.Id).Retry is not { } policy || failures >= policy.MaxAttempts) return null;
        if (error.Retryable == false || policy.NonRetryable.Contains(error.Code)) return null;
        var json = error.ToJson(visit.Step, visit.Attempt);
        var variables = new RetryVariables(
            Scope(draft, visit).With(Value.Missing, json, visit.Attempt), draft.PlanOf(visit.Id), Value.FromJson(json));
        if (Holds(policy.StopWhen, "stop_when", variables, ref broken) == true || broken is not null) return null;
        if (Holds(policy.RetryWhen, "retry_when", variables, ref broken) == false || broken is not null) return null;
        return DelayMs(policy, failures, TaskRecord.IdOf(draft.State.ExecutionId, visit.Id, visit.Attempt));
    }

    private static ScopeVariables Scope(Draft draft, ActivationState visit) =>
        visit.Id == Activations.VisitOf(visit.Id)
            ? ScopeVariables.InVisit(draft, visit) : ItemLoops.Scope(draft, visit);

    private static bool? Holds(Condition? condition, string where, IVariables variables, ref StepError? broken)
    {
        if (condition?.Evaluate(variables) is not { } value) return null;
        if (value.Error is { } problem) broken = StepError.Of(problem, where);
        return value.AsBool == true;
    }

    /// <summary>Exponential, capped, then spread by the hash of the task id: the same task always waits the same
    /// time.</summary>
    /// <param name="failures">Counted failures so far, from 1.</param>
    internal static long DelayMs(RetryPolicy policy, int failures, string taskId)
    {
        var delay = Math.Min(
            policy.InitialDelayMs * Math.Pow(policy.BackoffMultiplier, failures - 1), policy.MaxDelayMs);
        if (!policy.Jitter) return (long)delay;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(taskId));
        var spread = 0.5 + (BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue);
        return (long)(delay * spread);
    }
}
