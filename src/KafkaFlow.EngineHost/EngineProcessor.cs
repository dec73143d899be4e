using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.EngineHost;

/// <summary>
/// The engine as a stream processor: decodes commands, keeps transport state, asks <see cref="EngineCore.Decide"/>, and
/// turns its facts and outputs into records. One per partition and term, on the owner's thread.
/// </summary>
internal sealed class EngineProcessor : IProcessor
{
    private readonly Term _term;
    private readonly EngineParts _parts;
    private readonly ExecutionStates _states;
    private readonly DecisionRecords _records;
    private readonly TransportState _transport;
    private readonly Retirement _retirement;
    private readonly HashSet<long> _adoptedUndecodable = [];

    public EngineProcessor(Term term, EngineParts parts)
    {
        _term = term;
        _parts = parts;
        _states = new ExecutionStates();
        _records = new DecisionRecords(parts, term);
        _retirement = new Retirement(term, parts.StartDedup, _states);
        _transport = new TransportState(term, parts, _records, _retirement);
    }

    public void Process(InputRecord input, IStateView state, Effects effects)
    {
        if (Admit(input, state, effects, Undecodable) is not { } command) return;
        if (command.EventType == CommandTypes.TimerFired && HeldCommands.OffsetOf(command) is { } expired)
            _transport.ExpireHeld(command, expired, input, state, effects);
        else if (Retirement.IsTimer(command)) _retirement.Sweep(input, state, effects);
        else if (command is { EventType: CommandTypes.Continue, Cursor: HeldCommands.Cursor })
            DecideHeld(command, input, state, effects);
        else if (!_transport.TryPutAside(command, input, isLive: true, state, effects))
            Decide(command, input, input, state, effects);
    }

    public long Adopt(IReadOnlyList<Fact> decision, IStateView state, Effects effects)
    {
        var facts = new List<ExecutionEvent>(decision.Count);
        foreach (var fact in decision)
        {
            var (record, error) = _parts.Serdes.DecodeEvent(fact.Value);
            facts.Add(record ?? throw new InvalidOperationException(
                $"fact at events {_term.Partition}@{fact.Offset} cannot be read: {error!.Message}"));
        }
        var execution = facts[0].ExecutionId;
        if (facts.Any(UndecodableAnswers.IsFailureOf)) _adoptedUndecodable.Add(facts[0].CauseOffset);
        var before = _states.Load(execution, state);
        if (before is { IsFinished: true } && facts[0].Seq == 1) before = null; // it was removed and its id used again
        var after = before;
        foreach (var fact in facts) after = EngineCore.Evolve(after, fact);
        Keep(execution, before, after!, facts, state, effects);
        return facts[0].CauseOffset;
    }

    public void Replay(InputRecord input, IStateView state, Effects effects)
    {
        if (Admit(input, state, effects, RepeatUndecodable) is not { } command) return;
        if (command.EventType == CommandTypes.TimerFired && HeldCommands.OffsetOf(command) is { } expired)
            _transport.ExpireHeld(command, expired, input, state, effects);
        else if (Retirement.IsTimer(command)) _retirement.Sweep(input, state, effects);
        else if (command is { EventType: CommandTypes.Continue, Cursor: HeldCommands.Cursor })
            RepeatHeld(command, input, state, effects);
        else if (!_transport.TryPutAside(command, input, isLive: false, state, effects))
            Repeat(command, input, input, state, effects);
    }

    public void Started(IStateView state, Effects effects)
    {
        _adoptedUndecodable.Clear();
        _transport.AskForHeld(state, effects);
        foreach (var start in _transport.PendingStarts(state)) _parts.Resolve(start);
    }

    public OutputRecord TimerDue(ReadOnlyMemory<byte> timerId, long dueAtMs)
    {
        var command = TimerKeys.Fired(Encoding.UTF8.GetString(timerId.Span), dueAtMs);
        return _records.Command(command);
    }

    /// <summary>Checks, decodes and routes; what must not be decided here ends here.</summary>
    private Command? Admit(
        InputRecord input, IStateView state, Effects effects,
        Action<RecordError, InputRecord, IStateView, Effects> undecodable)
    {
        var decoded = OversizedCommands.Problem(input) is { } tooLarge
            ? new Decoded<Command>(null, tooLarge)
            : _parts.Serdes.DecodeCommand(input.Value ?? []);
        if (decoded.Record is not { } command)
        {
            undecodable(decoded.Error!, input, state, effects);
            return null;
        }
        var home = Forwarding.PartitionOf(command.ExecutionId, _term.Partitions);
        if (home != _term.Partition)
        {
            effects.AddOutput(Forwarding.Forward(input, _parts.Topics.Commands, home));
            return null;
        }
        return TransportState.IsNew(command, input, state, effects) ? command : null;
    }

    /// <summary>An answer of a live attempt that cannot be read fails that attempt; else it is a dead letter.</summary>
    private void Undecodable(RecordError error, InputRecord input, IStateView state, Effects effects)
    {
        if (AnswerEnvelope.Of(error, input) is { } answer
            && _states.Load(answer.ExecutionId, state) is { IsFinished: false } before)
        {
            var question = InputOf(answer, before, input, input, state) with { Undecodable = error.Message };
            var decision = DecideOrPark(before, question);
            if (decision.Facts.Count > 0)
            {
                Apply(decision, answer, input, before, state, effects);
                return;
            }
        }
        _transport.DeadLetter(input, error.Code, error.Message, effects);
    }

    private void RepeatUndecodable(RecordError error, InputRecord input, IStateView state, Effects effects)
    {
        if (!_adoptedUndecodable.Contains(input.Offset))
            _transport.DeadLetter(input, error.Code, error.Message, effects);
    }

    private void DecideHeld(Command command, InputRecord input, IStateView state, Effects effects)
    {
        if (_transport.TakeHeld(command, input, state, effects) is not { } held) return;
        if (_parts.Serdes.DecodeCommand(held.Value).Record is { } inner) Decide(inner, input, held, state, effects);
    }

    private void RepeatHeld(Command command, InputRecord input, IStateView state, Effects effects)
    {
        if (_transport.TakeHeld(command, input, state, effects) is not { } held) return;
        if (_parts.Serdes.DecodeCommand(held.Value).Record is { } inner) Repeat(inner, input, held, state, effects);
    }

    private void Repeat(Command command, InputRecord cause, InputRecord source, IStateView view, Effects effects) =>
        _transport.Repeat(
            command, cause, source, _states.Load(command.ExecutionId, view),
            () => DecideOrPark(null, InputOf(command, null, cause, source, view)).Outcome as DecisionOutcome.DeadLetter,
            view, effects);

    /// <param name="cause">The record that is being processed: its position is the cause of the facts.</param>
    /// <param name="source">Where the command itself stood, if it was held meanwhile.</param>
    private void Decide(Command command, InputRecord cause, InputRecord source, IStateView view, Effects effects)
    {
        var before = _states.Load(command.ExecutionId, view);
        var decision = DecideOrPark(before, InputOf(command, before, cause, source, view));
        TransportState.Note(command, source, before, effects);
        Apply(decision, command, source, before, view, effects);
    }

    private DecisionInput InputOf(
        Command command, ExecutionState? before, InputRecord cause, InputRecord source, IStateView view) => new()
        {
            Command = command,
            Partition = _term.Partition,
            Offset = cause.Offset,
            AppendedAt = Timestamp.FromUnixMillis(cause.TimestampMs),
            Epoch = _term.Epoch,
            Graph = _parts.Catalog.GraphFor(before?.Start?.ContentHash ?? command.ContentHash),
            Settings = _parts.EngineSettings,
            LastHeartbeat = Heartbeats.ActivationOf(command) is { } activation
                ? TransportState.LastHeartbeat(command.ExecutionId, activation, view)
                : null,
            Traceparent = source.Header(HeaderNames.Traceparent) is { } trace ? Encoding.UTF8.GetString(trace) : null,
        };

    private Decision DecideOrPark(ExecutionState? before, DecisionInput input)
    {
        try
        {
            return EngineCore.Decide(before, input);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Log.DecisionFailed(_parts.Logger, input.Partition, input.Offset, input.Command.ExecutionId, failure);
            var reason = $"{failure.GetType().Name}: {failure.Message}";
            return before is { IsFinished: false }
                ? EngineCore.Park(before, input, reason)
                : new Decision([], before, new DecisionOutcome.DeadLetter(DlqCodes.DecisionFailed, reason));
        }
    }

    private void Apply(
        Decision decision, Command command, InputRecord source, ExecutionState? before, IStateView view,
        Effects effects)
    {
        if (decision.Facts.Count > 0)
        {
            foreach (var fact in decision.Facts) effects.AddFact(_records.Fact(fact));
            Keep(command.ExecutionId, before, decision.State!, decision.Facts, view, effects);
        }
        switch (decision.Outcome)
        {
            case DecisionOutcome.DeadLetter dead:
                Discard(dead, command, source, effects);
                break;
            case DecisionOutcome.Ignored when before is not null && IsStart(command)
                && TransportState.IsConflict(command, before, view):
                _transport.Refuse(command, source, DlqCodes.Conflict, DeadLetters.ConflictText(command), effects);
                break;
            case DecisionOutcome.Hold:
                if (!TryPutOffTimer(command, before, effects)) _transport.Hold(command, source, view, effects);
                break;
            case DecisionOutcome.Ignored when before?.Status == ExecutionStatus.Paused:
                TryPutOffTimer(command, before, effects);
                break;
            case DecisionOutcome.RearmTimer rearm:
                effects.SetTimer(Encoding.UTF8.GetBytes(rearm.TimerKey), DecisionRecords.DueMs(rearm.DueAt));
                break;
            default:
                break;
        }
    }

    /// <summary>While an execution is paused or parked its due timers would fire again and again; a resume arms them
    /// anew. Not repeated at takeover, where the resume may have been adopted already.</summary>
    private static bool TryPutOffTimer(Command command, ExecutionState? before, Effects effects)
    {
        if (before is null || command is not { EventType: CommandTypes.TimerFired, TimerId: { } id }) return false;
        var isOfActivation = TimerKeys.ActivationOf(command) is not null;
        effects.ClearTimer(Encoding.UTF8.GetBytes(id[..Math.Max(0, id.LastIndexOf('@'))]));
        return isOfActivation; // the deadline is kept, and decided after the resume
    }

    private void Discard(DecisionOutcome.DeadLetter dead, Command command, InputRecord source, Effects effects)
    {
        var reason = DeadLetters.ReasonOf(dead, command);
        if (IsStart(command)) _transport.Refuse(command, source, dead.Code, reason, effects);
        else if (dead.Code != DlqCodes.FinishedExecution || !ParentReference.IsWordOfEngine(command))
            _transport.DeadLetter(source, dead.Code, reason, effects);
    }

    private static bool IsStart(Command command) =>
        command.EventType is CommandTypes.ExecutionStarted or CommandTypes.StartResolved;

    /// <summary>State changes and outputs of facts: the same for an own decision and for an adopted one.</summary>
    private void Keep(
        string execution, ExecutionState? before, ExecutionState after, IReadOnlyList<ExecutionEvent> facts,
        IStateView view, Effects effects)
    {
        _states.Store(execution, before, after, effects);
        _transport.NoteFacts(execution, facts, view, effects);
        _records.AddOutputs(after, facts, effects);
    }
}
