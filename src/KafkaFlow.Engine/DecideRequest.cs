using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>What users ask of a run that is under way: cancel, signal, resume; changes are in <see
/// cref="LiveChanges"/>.</summary>
internal static class DecideRequest
{
    /// <summary>Fixes the status unless it is fixed; then the request is recorded only.</summary>
    public static void Cancel(Draft draft)
    {
        var command = draft.Command;
        var fixedAlready = draft.State.ClosingStatus is not null;
        var seq = draft.Record(EventTypes.CancelRequested, EventStatus.Running, new()
        {
            ParentSeq = 1,
            Meta = new() { Actor = command.Actor, Reason = command.Reason, Force = command.Force },
        });
        if (!fixedAlready)
            Closing.Begin(draft, EventStatus.Cancelled, null, seq, CommandTypes.CancelRequested);
    }

    public static void Signal(Draft draft)
    {
        var command = draft.Command;
        var limit = draft.State.Begun.Settings.MaxSignals;
        var bytes = JsonText.Bytes(command.Payload);
        if (draft.State.Signals.Count >= limit && Waits.OldestFor(draft.State, command.Name) is null)
            Reject(draft, $"{limit} signals are waiting already");
        else if (bytes > SizeLimits.AnswerBytes)
            Reject(draft, $"the payload has {bytes} bytes; at most {SizeLimits.AnswerBytes} are allowed");
        else if (command.Payload is { } payload && !JsonText.IsValid(payload))
            Reject(draft, "the payload is no JSON");
        else
            Waits.Deliver(draft, draft.Record(EventTypes.SignalReceived, EventStatus.Running, new()
            {
                ParentSeq = 1,
                Context = command.Payload,
                Meta = new() { Name = command.Name, Actor = command.Actor, Reason = command.Reason },
            }));
    }

    public static void Reject(Draft draft, string reason) =>
        draft.Record(EventTypes.CommandRejected, EventStatus.Rejected, new()
        {
            ParentSeq = 1,
            Meta = new()
            {
                Command = draft.Command.EventType,
                Actor = draft.Command.Actor,
                Reason = reason,
            },
        });

    public static void Resume(Draft draft)
    {
        if (draft.State.Status is not (ExecutionStatus.Parked or ExecutionStatus.Paused))
        {
            Reject(draft, "the execution is neither parked nor paused");
            return;
        }
        var wasParked = draft.State.Status == ExecutionStatus.Parked;
        var seq = draft.Record(EventTypes.ExecutionResumed, EventStatus.Running, new()
        {
            ParentSeq = 1,
            Meta = new() { Actor = draft.Command.Actor, Reason = draft.Command.Reason },
        });
        if (wasParked) Attempts.ResumeParked(draft, seq);
        draft.PendAll();
    }

    /// <summary>Goes on with a decision that was cut; only the stored cursor counts, so it cannot be forged.</summary>
    public static void Continue(Draft draft)
    {
        if (draft.Input.Command.Cursor is { } cursor && cursor == draft.State.Cursor) return;
        draft.Outcome = new DecisionOutcome.Ignored("the cursor is not the stored one");
    }
}
