using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// The engine: three pure functions. No clock, random, task, logger or I/O; all they need stands in the log.
/// </summary>
public static class Engine
{
    /// <summary>Decides one command, to a fixpoint or to a limit (then it goes on by a <c>continue</c>).</summary>
    /// <exception cref="InvalidOperationException">An invariant is broken: park the execution.</exception>
    public static Decision Decide(ExecutionState? state, DecisionInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var draft = new Draft(state, input);
        var command = input.Command;
        if (command.EventType is CommandTypes.ExecutionStarted or CommandTypes.StartResolved)
        {
            DecideStart.Decide(draft, state);
            if (draft.HasFacts) Progress.Advance(draft);
            return draft.End();
        }
        if (Beside(state, input) is { } outcome)
        {
            draft.Outcome = outcome;
            return draft.End();
        }
        var cut = state!.Cursor is not null;
        Dispatch(draft);
        if (cut && !draft.State.IsFinished && (draft.HasFacts || draft.Outcome is DecisionOutcome.Accepted))
        {
            draft.PendAll();
            Progress.Advance(draft);
        }
        else if (draft.HasFacts) Progress.Advance(draft);
        return draft.End();
    }

    /// <summary>Parks an execution where <see cref="Decide"/> threw for one of its commands.</summary>
    public static Decision Park(ExecutionState state, DecisionInput input, string reason)
    {
        var draft = new Draft(state, input);
        draft.Record(EventTypes.ExecutionParked, EventStatus.Running, new()
        {
            ParentSeq = 1,
            Meta = new() { Reason = reason, Command = input.Command.EventType },
        });
        return draft.End();
    }

    /// <summary>Folds one fact: the only way state changes, live, at takeover and in replay.</summary>
    /// <exception cref="InvalidOperationException">The fact does not follow the state.</exception>
    public static ExecutionState Evolve(ExecutionState? state, ExecutionEvent fact) => Evolution.Apply(state, fact);

    /// <summary>The outputs of one whole decision, from its facts and the state after them. Renders nothing.</summary>
    public static void Emit(ExecutionState after, IReadOnlyList<ExecutionEvent> facts, List<EngineOutput> outputs) =>
        Emission.Of(after, facts, outputs);

    /// <summary>Commands that are decided without a look at the execution's inside.</summary>
    private static DecisionOutcome? Beside(ExecutionState? state, DecisionInput input)
    {
        var command = input.Command;
        var ownEcho = command.EventType is CommandTypes.TimerFired or CommandTypes.Continue;
        if (state is null)
            return ownEcho ? new DecisionOutcome.Ignored("the execution is unknown") : new DecisionOutcome.Hold(false);
        if (state.IsFinished)
        {
            if (ownEcho) return new DecisionOutcome.Ignored("the execution has finished");
            return input.Undecodable is { } reason
                ? new DecisionOutcome.DeadLetter(DlqCodes.Undecodable, reason)
                : new DecisionOutcome.DeadLetter(DlqCodes.FinishedExecution,
                    $"{command.EventType} came after execution {state.ExecutionId} had ended {state.Status}");
        }
        if (state.Status == ExecutionStatus.Parked
            && command.EventType is not (CommandTypes.ResumeRequested or CommandTypes.CancelRequested))
            return new DecisionOutcome.Hold(true);
        return null;
    }

    private static void Dispatch(Draft draft)
    {
        switch (draft.Command.EventType)
        {
            case CommandTypes.ActionStarted:
            case CommandTypes.ActionHeartbeat:
            case CommandTypes.ActionCompleted:
            case CommandTypes.ActionFailed:
                DecideAnswer.Decide(draft);
                break;
            case CommandTypes.TimerFired:
                DecideTimer.Decide(draft);
                break;
            case CommandTypes.Continue:
                DecideRequest.Continue(draft);
                break;
            case CommandTypes.SignalReceived:
                DecideRequest.Signal(draft);
                break;
            case CommandTypes.CancelRequested:
                DecideRequest.Cancel(draft);
                break;
            case CommandTypes.ResumeRequested:
                DecideRequest.Resume(draft);
                break;
            case CommandTypes.ApprovalDecided:
                Approvals.Decide(draft);
                break;
            case CommandTypes.PauseRequested:
            case CommandTypes.PatchRequested:
            case CommandTypes.RerunRequested:
            case CommandTypes.SkipRequested:
            case CommandTypes.VariableSetRequested:
                LiveChanges.Decide(draft);
                break;
            default:
                draft.Outcome = new DecisionOutcome.DeadLetter(
                    DlqCodes.WrongType, $"event_type '{draft.Command.EventType}' is no command");
                break;
        }
    }
}
