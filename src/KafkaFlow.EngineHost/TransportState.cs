using System.Text;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// What is kept beside the folded state and follows from commands alone: ids seen, forward watermarks, held commands,
/// starts waiting to be pinned, last heartbeats, what finished executions leave. The same calls run live and at
/// takeover, where they repeat what was done. Stateless itself: everything stands in the store. For the owner's thread.
/// </summary>
internal sealed class TransportState(Term term, EngineParts parts, DecisionRecords records, Retirement retirement)
{
    private readonly StartPins _pins = new(term, parts);

    /// <summary>False for a record forwarded before and for an id seen before. Remembers both.</summary>
    public static bool IsNew(Command command, InputRecord input, IStateView view, Effects effects)
    {
        if (!ForwardWatermark.Accept(input, command.ExecutionId, TransportKeys.Watermarks, view, effects)) return false;
        var ofEngine = command.EventType
            is CommandTypes.StartResolved or CommandTypes.TimerFired or CommandTypes.Continue;
        // A child's start is told apart by what it asks for: an id that anybody may have used must not swallow it.
        if (command.EventId is not { } id || ofEngine || command.Parent is not null) return true;
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
            if (ParentReference.Problem(command) is { } bad) DeadLetter(input, bad.Code, bad.Message, effects);
            else if (OversizedCommands.PayloadProblem(command) is { } tooLarge)
                Refuse(command, input, DlqCodes.Oversized, tooLarge, effects);
            else return _pins.TryPutAside(command, input, isLive, view, effects);
            return true;
        }
        var span = Span(command.ExecutionId, view);
        if (span.ExistedAt(input.Offset) || span.IsOfPriorRun(input.Offset)) return false;
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
        if (parts.Serdes.DecodeCommand(held.Value).Record is { } command && ParentReference.IsWordOfEngine(command))
            return;
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
        retirement.Arm(view, effects);
    }

    /// <summary>Whether an execution was started for this very activation of its parent.</summary>
    public static bool IsChildOf(string? parent, string execution, IStateView view) =>
        view.Get(TransportKeys.Parent(execution)) is { } stored && parent is not null
        && ParentReference.Parse(Encoding.UTF8.GetString(stored.Span)) == ParentReference.Parse(parent);

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
            switch (fact.EventType)
            {
                case EventTypes.ExecutionStarted:
                    changed = changed.Started(fact.CauseOffset);
                    NoteParent(fact, view, effects);
                    if (HeldCommands.First(execution, view) is not null) effects.AddOutput(ContinueHeld(execution));
                    break;
                case EventTypes.ExecutionParked:
                    changed = changed.Parked(fact.CauseOffset);
                    break;
                case EventTypes.ExecutionResumed or EventTypes.ExecutionClosing when changed.IsParked:
                    changed = changed.Resumed(fact.CauseOffset);
                    if (HeldCommands.First(execution, view) is not null) effects.AddOutput(ContinueHeld(execution));
                    break;
                case EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled
                    or EventTypes.LoopIteration when fact.Status != EventStatus.Running:
                    var heartbeat = TransportKeys.Heartbeat(execution, fact.Activation!);
                    if (view.Get(heartbeat) is not null) effects.Delete(heartbeat);
                    break;
                default:
                    if (EventTypes.IsTerminal(fact.EventType))
                        changed = changed with
                        {
                            EndOffset = fact.CauseOffset, RetireAtMs = retirement.Add(fact, view, effects),
                        };
                    break;
            }
        if (!ReferenceEquals(changed, span)) effects.Put(TransportKeys.Span(execution), changed.ToBytes());
    }

    /// <summary>At takeover: what an earlier owner did about a command it decided without facts.</summary>
    /// <param name="cause">The record in the log that made the earlier owner decide.</param>
    /// <param name="source">Where the command itself stood, if it was held meanwhile.</param>
    /// <param name="refusal">Why nothing begins, of a start without facts.</param>
    public void Repeat(
        Command command, InputRecord cause, InputRecord source, ExecutionState? state,
        Func<DecisionOutcome.DeadLetter?> refusal, IStateView view, Effects effects)
    {
        Note(command, source, state, effects);
        var span = Span(command.ExecutionId, view);
        var isPrior = span.IsOfPriorRun(cause.Offset);
        if (isPrior && cause.Offset <= span.PriorEnd) return;
        if (command.EventType is CommandTypes.ExecutionStarted or CommandTypes.StartResolved)
        {
            if (isPrior || span.StartOffset == cause.Offset) return;
            if (!span.ExistedAt(cause.Offset))
            {
                if (refusal() is { } dead)
                    Refuse(command, source, dead.Code, DeadLetters.ReasonOf(dead, command), effects);
            }
            else if (state is not null && IsConflict(command, state, view))
            {
                Refuse(command, source, DlqCodes.Conflict, DeadLetters.ConflictText(command), effects);
            }
        }
        else if (isPrior || span.HadEndedAt(cause.Offset))
        {
            var isOwnEcho = command.EventType is CommandTypes.TimerFired or CommandTypes.Continue;
            if (!isOwnEcho && !ParentReference.IsWordOfEngine(command))
                DeadLetter(source, DlqCodes.FinishedExecution, DeadLetters.FinishedText(command), effects);
        }
        else if (span.WasParkedAt(cause.Offset)
            && command.EventType is not (CommandTypes.ResumeRequested or CommandTypes.CancelRequested)
            && TimerKeys.ActivationOf(command) is null)
        {
            Hold(command, source, view, effects);
        }
    }

    /// <summary>A start that finds its id taken: by another request, or, for a child, not by its own parent, who would
    /// wait for ever for the end of somebody else's run.</summary>
    public static bool IsConflict(Command start, ExecutionState state, IStateView view) =>
        StartRequest.HashOf(start) != state.StartHash
        || (start.Parent is { } parent && !IsChildOf(parent, start.ExecutionId, view));

    /// <summary>A start that begins nothing is a dead letter; whoever waits for it as its child is told.</summary>
    public void Refuse(Command start, InputRecord input, string code, string reason, Effects effects)
    {
        DeadLetter(input, code, reason, effects);
        if (start.Parent is { } parent)
            effects.AddOutput(records.Command(
                ParentReference.Parse(parent).Rejection(start.ExecutionId, code, reason)));
    }

    public void DeadLetter(InputRecord input, string code, string reason, Effects effects)
    {
        Log.DeadLetter(parts.Logger, input.Partition, input.Offset, code, reason);
        effects.AddOutput(DeadLetters.Of(parts.Topics.Dlq, input, code, reason));
    }

    /// <summary>The parent as its start had it stands in the meta of the first fact.</summary>
    private static void NoteParent(ExecutionEvent started, IStateView view, Effects effects)
    {
        var key = TransportKeys.Parent(started.ExecutionId);
        using var meta = started.ParentExecutionId is null ? null : JsonDocument.Parse(started.Meta ?? "{}");
        if (meta?.RootElement.TryGetProperty("parent", out var parent) == true)
            effects.Put(key, Encoding.UTF8.GetBytes(parent.GetRawText()));
        else if (view.Get(key) is not null) effects.Delete(key);
    }

    private static ExecutionSpan Span(string execution, IStateView view) =>
        ExecutionSpan.Read(view.Get(TransportKeys.Span(execution)));

    private OutputRecord ContinueHeld(string execution)
    {
        var command = new Command
        {
            EventType = CommandTypes.Continue, ExecutionId = execution, Cursor = HeldCommands.Cursor,
        };
        return records.Command(command);
    }
}
