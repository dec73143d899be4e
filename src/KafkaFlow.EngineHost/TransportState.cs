using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// What is kept beside the folded state and follows from commands alone: ids seen, forward watermarks, held commands,
/// starts waiting to be pinned, last heartbeats. The same calls run live and at takeover, where they repeat what was
/// done. Stateless itself: everything stands in the store. For the owner's thread.
/// </summary>
internal sealed class TransportState(Term term, EngineParts parts, DecisionRecords records)
{
    private readonly StartPins _pins = new(term, parts);

    /// <summary>False for a record forwarded before and for an id seen before. Remembers both.</summary>
    public static bool IsNew(Command command, InputRecord input, IStateView view, Effects effects)
    {
        if (!ForwardWatermark.Accept(input, command.ExecutionId, TransportKeys.Watermarks, view, effects)) return false;
        var ofEngine = command.EventType
            is CommandTypes.StartResolved or CommandTypes.TimerFired or CommandTypes.Continue;
        if (command.EventId is not { } id || ofEngine) return true;
        var idsKey = TransportKeys.SeenIds(command.ExecutionId);
        var seen = SeenIds.Read(view.Get(idsKey));
        if (!seen.Add(id)) return false;
        effects.Put(idsKey, seen.ToBytes());
        return true;
    }

    /// <summary>Starts that are not pinned yet, and commands whose execution had not started: kept aside.</summary>
    /// <param name="isLive">False where an earlier owner's command is repeated.</param>
    public bool TryPutAside(Command command, InputRecord input, bool isLive, IStateView view, Effects effects)
    {
        if (command.EventType is CommandTypes.ExecutionStarted or CommandTypes.StartResolved)
        {
            if (OversizedCommands.PayloadProblem(command) is not { } tooLarge)
                return _pins.TryPutAside(command, input, isLive, view, effects);
            DeadLetter(input, DlqCodes.Oversized, tooLarge, effects);
            return true;
        }
        if (Span(command.ExecutionId, view).ExistedAt(input.Offset)) return false;
        Hold(command, input, view, effects);
        return true;
    }

    public IEnumerable<UnresolvedStart> PendingStarts(IStateView view) => _pins.Pending(view);

    /// <summary>Keeps a command for later; too many are dead letters.</summary>
    public void Hold(Command command, InputRecord input, IStateView view, Effects effects)
    {
        if (!HeldCommands.TryHold(command.ExecutionId, input, view, effects))
            DeadLetter(input, DlqCodes.UnknownExecution,
                $"{HeldCommands.LimitPerExecution} commands are held for execution {command.ExecutionId} already",
                effects);
    }

    /// <summary>The 60 s of a held command are over: if its execution is still unknown, it is a dead letter.</summary>
    public void ExpireHeld(Command fired, long offset, InputRecord input, IStateView view, Effects effects)
    {
        if (HeldCommands.Find(fired.ExecutionId, offset, view) is not { } held) return;
        if (held.TimestampMs + HeldCommands.HoldMs > input.TimestampMs)
        {
            HeldCommands.Arm(fired.ExecutionId, held, effects); // forged, or the owner's clock is ahead of the broker's
            return;
        }
        if (Span(fired.ExecutionId, view).ExistedAt(input.Offset))
        {
            HeldCommands.KeepOn(fired.ExecutionId, offset, effects); // a continue is on its way, or a resume is awaited
            return;
        }
        HeldCommands.Release(fired.ExecutionId, offset, effects);
        DeadLetter(held.AsInput(input), DlqCodes.UnknownExecution,
            $"execution {fired.ExecutionId} was not started within {HeldCommands.HoldMs / 1000} s", effects);
    }

    /// <returns>The oldest held command as it stood in the log; another continue asks for the next one.</returns>
    public InputRecord? TakeHeld(Command next, InputRecord input, IStateView view, Effects effects)
    {
        var span = Span(next.ExecutionId, view);
        if (!span.ExistedAt(input.Offset) || span.WasParkedAt(input.Offset)) return null; // start or resume asks again
        if (HeldCommands.First(next.ExecutionId, view) is not { } held) return null;
        HeldCommands.Release(next.ExecutionId, held.Offset, effects);
        if (HeldCommands.HasMoreThan(1, next.ExecutionId, view)) effects.AddOutput(ContinueHeld(next.ExecutionId));
        return held.AsInput(input);
    }

    /// <summary>Asks for the held commands of executions that have started meanwhile: whether an earlier owner's
    /// <c>continue</c> got into the log is not known, and one more does no harm.</summary>
    public void AskForHeld(IStateView view, Effects effects)
    {
        foreach (var execution in HeldCommands.Executions(view).ToList())
            if (Span(execution, view) is { StartOffset: >= 0, IsParked: false })
                effects.AddOutput(ContinueHeld(execution));
    }

    public static Timestamp? LastHeartbeat(string execution, string activation, IStateView view) =>
        view.Get(TransportKeys.Heartbeat(execution, activation)) is { } stored
            ? Timestamp.FromUnixMillis(TransportKeys.Number(stored.Span))
            : null;

    /// <summary>Keeps what a command says beside its facts: a sign of life.</summary>
    public static void Note(Command command, InputRecord input, ExecutionState? state, Effects effects)
    {
        if (Heartbeats.Counts(state, command))
            effects.Put(
                TransportKeys.Heartbeat(command.ExecutionId, command.Activation!),
                TransportKeys.Number(input.TimestampMs));
    }

    /// <summary>Follows the life of an execution: its span, and held commands that can be decided now.</summary>
    public void NoteFacts(string execution, IReadOnlyList<ExecutionEvent> facts, IStateView view, Effects effects)
    {
        var span = Span(execution, view);
        var changed = span;
        foreach (var fact in facts)
        {
            if (fact.EventType == EventTypes.ExecutionStarted)
            {
                changed = changed with { StartOffset = fact.CauseOffset };
                if (HeldCommands.First(execution, view) is not null) effects.AddOutput(ContinueHeld(execution));
            }
            else if (fact.EventType == EventTypes.ExecutionParked)
            {
                changed = changed with { ParkOffset = fact.CauseOffset, ResumeOffset = -1 };
            }
            else if (fact.EventType == EventTypes.ExecutionResumed)
            {
                changed = changed with { ResumeOffset = fact.CauseOffset };
                if (HeldCommands.First(execution, view) is not null) effects.AddOutput(ContinueHeld(execution));
            }
            else if (EventTypes.IsTerminal(fact.EventType))
            {
                changed = changed with { EndOffset = fact.CauseOffset };
            }
            else if (
                fact is
                {
                    EventType: EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled,
                    Activation: { } id,
                }
                && view.Get(TransportKeys.Heartbeat(execution, id)) is not null)
            {
                effects.Delete(TransportKeys.Heartbeat(execution, id));
            }
        }
        if (changed != span) effects.Put(TransportKeys.Span(execution), changed.ToBytes());
    }

    /// <summary>At takeover: what an earlier owner did about a command it decided without facts.</summary>
    /// <param name="cause">The record in the log that made the earlier owner decide.</param>
    /// <param name="source">Where the command itself stood, if it was held meanwhile.</param>
    public void Repeat(
        Command command, InputRecord cause, InputRecord source, ExecutionState? state, IStateView view, Effects effects)
    {
        Note(command, source, state, effects);
        var span = Span(command.ExecutionId, view);
        var isStart = command.EventType is CommandTypes.ExecutionStarted or CommandTypes.StartResolved;
        var isOwnEcho = command.EventType is CommandTypes.TimerFired or CommandTypes.Continue;
        if (isStart)
        {
            if (span.ExistedAt(cause.Offset))
            {
                if (state is not null && StartRequest.HashOf(command) != state.StartHash)
                    DeadLetter(source, DlqCodes.Conflict, DeadLetters.ConflictText(command), effects);
            }
            else if (command.NotFound == true)
            {
                DeadLetter(source, DlqCodes.UnknownPlaybook, StartPins.NotFoundText(command), effects);
            }
        }
        else if (span.HadEndedAt(cause.Offset))
        {
            if (!isOwnEcho) DeadLetter(source, DlqCodes.FinishedExecution, DeadLetters.FinishedText(command), effects);
        }
        else if (span.WasParkedAt(cause.Offset)
            && command.EventType is not (CommandTypes.ResumeRequested or CommandTypes.CancelRequested))
        {
            Hold(command, source, view, effects);
        }
    }

    public void DeadLetter(InputRecord input, string code, string reason, Effects effects)
    {
        Log.DeadLetter(parts.Logger, input.Partition, input.Offset, code, reason);
        effects.AddOutput(DeadLetters.Of(parts.Topics.Dlq, input, code, reason));
    }

    private static ExecutionSpan Span(string execution, IStateView view) =>
        ExecutionSpan.Read(view.Get(TransportKeys.Span(execution)));

    private OutputRecord ContinueHeld(string execution)
    {
        var command = new Command
        {
            EventType = CommandTypes.Continue, ExecutionId = execution, Cursor = HeldCommands.Cursor,
        };
        return records.Command(command, term.Partition);
    }
}
