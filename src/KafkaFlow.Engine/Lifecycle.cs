using System.Collections.Frozen;
using static KafkaFlow.Contracts.EventTypes;
using static KafkaFlow.Engine.ActivationPhase;

namespace KafkaFlow.Engine;

/// <summary>
/// What may happen when, as two tables. A fact without a line here breaks an invariant: folding it throws.
/// <c>docs/semantics.md</c> prints them.
/// </summary>
internal static class Lifecycle
{
    private static readonly string[] DuringWork =
    [
        StepStarted, ActionStarted, ActionHeartbeat, ActionFailed, ActionRetryScheduled, StepCompleted, StepFailed,
        LoopStarted, LoopIteration, LoopCompleted, TimerArmed, TimerFired, SignalReceived, ApprovalRequested,
        ApprovalDecided, ChildStarted, ChildEnded, CancelRequested, CommandRejected, StaleResult,
    ];

    internal static readonly FrozenDictionary<(ExecutionStatus, string), ExecutionStatus> Executions = Table(
        [
            (ExecutionStatus.Running, ExecutionClosing, ExecutionStatus.Closing),
            (ExecutionStatus.Running, ExecutionCompleted, ExecutionStatus.Completed),
            (ExecutionStatus.Closing, ExecutionCompleted, ExecutionStatus.Completed),
            (ExecutionStatus.Closing, ExecutionFailed, ExecutionStatus.Failed),
            (ExecutionStatus.Closing, ExecutionCancelled, ExecutionStatus.Cancelled),
            (ExecutionStatus.Running, ExecutionParked, ExecutionStatus.Parked),
            (ExecutionStatus.Closing, ExecutionParked, ExecutionStatus.Parked),
            (ExecutionStatus.Paused, ExecutionParked, ExecutionStatus.Parked),
            (ExecutionStatus.Parked, ExecutionResumed, ExecutionStatus.Running),
            (ExecutionStatus.Parked, ExecutionClosing, ExecutionStatus.Closing),
            (ExecutionStatus.Running, ExecutionPaused, ExecutionStatus.Paused),
            (ExecutionStatus.Paused, ExecutionResumed, ExecutionStatus.Running),
            (ExecutionStatus.Paused, ExecutionClosing, ExecutionStatus.Closing),
        ],
        stays:
        [
            (ExecutionStatus.Running,
                [.. DuringWork, StepSkipped, EdgeAbsorbed, StepRerun, ExecutionPatched, VariableSet]),
            (ExecutionStatus.Paused,
            [
                ActionStarted, ActionHeartbeat, ActionFailed, ActionRetryScheduled, StepCompleted, StepFailed,
                LoopIteration, LoopCompleted, TimerFired, SignalReceived, ApprovalDecided, ChildEnded, CancelRequested,
                CommandRejected, StaleResult, ExecutionPatched, VariableSet,
            ]),
            (ExecutionStatus.Closing,
                [.. DuringWork, StepCancelled, CompensationStarted, CompensationCompleted, CompensationFailed,
                    FinallyStarted]),
            (ExecutionStatus.Parked, [CancelRequested, CommandRejected]),
        ]);

    internal static readonly FrozenDictionary<(ActivationPhase, string), ActivationPhase> Steps = Table(
        [
            (Scheduled, ActionStarted, Running),
            (Scheduled, ActionRetryScheduled, Scheduled),
            (Scheduled, ActionFailed, AttemptFailed),
            (Running, ActionFailed, AttemptFailed),
            (AttemptFailed, ActionRetryScheduled, Scheduled),
            (BackingOff, TimerFired, Scheduled),
            (Scheduled, LoopStarted, Looping),
            .. Ends(Scheduled), .. Ends(Running), .. Ends(BackingOff), .. Ends(ActivationPhase.Waiting),
            .. Ends(Looping),
            (AttemptFailed, StepFailed, Failed),
            (AttemptFailed, StepCompleted, Completed),
            (AttemptFailed, StepCancelled, Cancelled),
        ],
        stays:
        [
            (Scheduled, [StaleResult, EdgeAbsorbed]),
            (Running, [ActionHeartbeat, StaleResult, EdgeAbsorbed]),
            (AttemptFailed, [StaleResult, EdgeAbsorbed]),
            (BackingOff, [StaleResult, EdgeAbsorbed]),
            (ActivationPhase.Waiting,
            [
                TimerArmed, TimerFired, ApprovalRequested, ApprovalDecided, ChildStarted, ChildEnded, StaleResult,
                EdgeAbsorbed,
            ]),
            (Looping, [TimerArmed, TimerFired, LoopCompleted, StaleResult, EdgeAbsorbed]),
            (Completed, [StaleResult, EdgeAbsorbed]),
            (Failed, [StaleResult, EdgeAbsorbed]),
            (Skipped, [StaleResult, EdgeAbsorbed]),
            (Cancelled, [StaleResult]),
        ]);

    /// <summary>The event of a step that says the same as the end of an item.</summary>
    public static string EndOf(string status) => status switch
    {
        Contracts.EventStatus.Completed => StepCompleted,
        Contracts.EventStatus.Failed => StepFailed,
        _ => StepCancelled,
    };

    private static (ActivationPhase, string, ActivationPhase)[] Ends(ActivationPhase from) =>
        [(from, StepCompleted, Completed), (from, StepFailed, Failed), (from, StepCancelled, Cancelled)];

    public static ExecutionStatus Next(ExecutionStatus from, string eventType) =>
        Executions.TryGetValue((from, eventType), out var to)
            ? to : throw new InvalidOperationException($"an execution that is {from} cannot have {eventType}");

    public static ActivationPhase Next(ActivationPhase from, string eventType) =>
        Steps.TryGetValue((from, eventType), out var to)
            ? to : throw new InvalidOperationException($"a step that is {from} cannot have {eventType}");

    private static FrozenDictionary<(T, string), T> Table<T>((T From, string Event, T To)[] moves,
        (T In, string[] Events)[] stays) where T : struct
    {
        var table = moves.ToDictionary(move => (move.From, move.Event), move => move.To);
        foreach (var (state, events) in stays)
            foreach (var name in events) table.Add((state, name), state);
        return table.ToFrozenDictionary();
    }
}
