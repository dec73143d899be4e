using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Steps that wait for a time or a signal.</summary>
internal static class Waits
{
    public static void Begin(Draft draft, Visit visit, StepNode node, string id)
    {
        var rule = node.Wait!;
        StepError? failure = null;
        var name = rule.Signal is { } signal ? NameOf(signal.Render(visit.Variables), out failure) : null;
        var due = failure is null ? DueAt(draft, rule, visit.Variables, out failure) : null;
        StepStart.Record(draft, visit, node, id, EventStatus.Waiting, StepStart.Context(visit.Args),
            visit.Meta(draft) with { Signal = name });
        if (failure is not null) StepEnd.Fail(draft, id, failure);
        else if (name is not null && Oldest(draft.State, name) is { } buffered) Consume(draft, id, buffered);
        else if (name is null && due <= draft.Now) StepEnd.Complete(draft, id, new() { Result = "null" });
        else if (due is { } at)
            Arm(draft, draft.State.Activations[id], at, name is null ? "wait" : StepError.WaitTimeout);
    }

    /// <summary>Sets the time at which an activation stops waiting, or looping.</summary>
    public static void Arm(Draft draft, ActivationState visit, Timestamp due, string reason) =>
        draft.Record(EventTypes.TimerArmed, EventStatus.Waiting, FactBody.Of(visit, visit.StartSeq) with
        {
            Meta = new()
            {
                TimerId = TimerKeys.IdOf(TimerKeys.Of(draft.State.ExecutionId, visit.Id), due),
                DueAt = due,
                Reason = reason,
            },
        });

    /// <summary>Limits the whole duration of what no worker has: a loop over items, a child.</summary>
    public static void ArmTotal(Draft draft, string id)
    {
        var visit = draft.State.Activations[id];
        if (draft.NodeOf(id).Timeouts.TotalMs is { } limit)
            Arm(draft, visit, visit.StartedAt.PlusMillis(limit), StepError.AttemptTimeout);
    }

    /// <summary>Its time has come.</summary>
    public static void TimeOut(Draft draft, ActivationState visit, long firedSeq)
    {
        switch (draft.NodeOf(visit.Id).Kind)
        {
            case StepKind.Child:
                Children.GiveUp(draft, visit, StepError.AttemptTimeout);
                ActivationEnd.Fail(draft, visit.Id, StepError.TooLong(draft.NodeOf(visit.Id).Timeouts.TotalMs), null,
                    firedSeq);
                break;
            case StepKind.Approval:
                StepEnd.Fail(draft, visit.Id,
                    new(StepError.ApprovalTimeout, "nobody decided in time", false), null, firedSeq);
                break;
            case StepKind.Wait when visit.Wait!.Signal is { } name:
                StepEnd.Fail(draft, visit.Id,
                    new(StepError.WaitTimeout, $"signal '{name}' did not come in time", false), null, firedSeq);
                break;
            default:
                StepEnd.Complete(draft, visit.Id, new() { Result = "null", CauseSeq = firedSeq });
                break;
        }
    }

    /// <summary>Hands a signal that has just been recorded to the oldest wait for its name.</summary>
    public static void Deliver(Draft draft, long seq)
    {
        if (OldestFor(draft.State, draft.State.Signals[seq].Name) is { } oldest) Consume(draft, oldest.Id, seq);
    }

    /// <returns>The wait that gets the next signal of a name.</returns>
    public static ActivationState? OldestFor(ExecutionState state, string? name) => state.Activations.Values
        .Where(visit => visit is { Phase: ActivationPhase.Waiting, Wait.Signal: { } signal } && signal == name)
        .MinBy(visit => visit.StartSeq);

    private static void Consume(Draft draft, string id, long seq) => StepEnd.Complete(draft, id, new()
    {
        Result = draft.State.Signals[seq].Payload ?? "null",
        SignalSeq = seq,
        CauseSeq = seq,
    });

    private static long? Oldest(ExecutionState state, string name)
    {
        foreach (var (seq, signal) in state.Signals)
            if (signal.Name == name) return seq;
        return null;
    }

    private static string? NameOf(Value name, out StepError? failure)
    {
        failure = name.Error is { } problem ? StepError.Of(problem, "signal")
            : name.AsString is { Length: > 0 } ? null
            : new(StepError.BadWait, $"signal is {name.ToJson()}; expected a name", false);
        return failure is null ? name.AsString : null;
    }

    private static Timestamp? DueAt(Draft draft, WaitRule rule, ScopeVariables variables, out StepError? failure)
    {
        failure = null;
        if (rule.Signal is not null)
            return rule.TimeoutMs is { } limit ? draft.Now.PlusMillis(limit) : null;
        if (rule.Duration is { } duration)
        {
            var given = duration.Render(variables);
            if (given.Error is { } wrong) failure = StepError.Of(wrong, "duration");
            else if (Millis(given) is { } millis) return draft.Now.PlusMillis(millis);
            else failure = new(StepError.BadWait,
                $"duration is {given.ToJson()}; expected seconds, or text like 500ms, 30s, 5m, 2h, 1d", false);
            return null;
        }
        var until = rule.Until!.Render(variables);
        if (until.Error is { } problem) failure = StepError.Of(problem, "until");
        else if (until.AsString is { } text && Timestamp.TryParse(text, out var at)) return at;
        else failure = new(StepError.BadWait, $"until is {until.ToJson()}; expected an RFC 3339 time", false);
        return null;
    }

    private static long? Millis(Value duration)
    {
        var text = duration.AsString
            ?? duration.AsDouble?.ToString("R", CultureInfo.InvariantCulture);
        return text is not null && DurationText.TryParse(text, out var millis) ? millis : null;
    }
}
