using System.Collections.Frozen;
using static KafkaFlow.Contracts.EventTypes;
using static KafkaFlow.Engine.ActivationPhase;

namespace KafkaFlow.Engine;

/// <summary>
/// What may happen when, as two tables. A fact without a line here breaks an invariant: folding it throws.
/// <code>
/// execution   running -> closing -> failed | cancelled          step   scheduled -> running -> completed
///             running -> completed                                     scheduled | running -> attempt failed
///             running | closing -> parked -> running | closing         attempt failed -> scheduled | failed
/// </code>
/// </summary>
internal static class Lifecycle
{
    private static readonly FrozenDictionary<(ExecutionStatus, string), ExecutionStatus> Executions = Table(
        [
            (ExecutionStatus.Running, ExecutionClosing, ExecutionStatus.Closing),
            (ExecutionStatus.Running, ExecutionCompleted, ExecutionStatus.Completed),
            (ExecutionStatus.Closing, ExecutionFailed, ExecutionStatus.Failed),
            (ExecutionStatus.Closing, ExecutionCancelled, ExecutionStatus.Cancelled),
            (ExecutionStatus.Running, ExecutionParked, ExecutionStatus.Parked),
            (ExecutionStatus.Closing, ExecutionParked, ExecutionStatus.Parked),
            (ExecutionStatus.Parked, ExecutionResumed, ExecutionStatus.Running),
            (ExecutionStatus.Parked, ExecutionClosing, ExecutionStatus.Closing),
        ],
        stays:
        [
            (ExecutionStatus.Running,
            [
                StepStarted, ActionStarted, ActionHeartbeat, ActionFailed, ActionRetryScheduled, StepCompleted,
                StepFailed, StepSkipped, EdgeAbsorbed, TimerArmed, TimerFired, SignalReceived, CancelRequested,
                CommandRejected, StaleResult,
            ]),
            (ExecutionStatus.Closing,
                [StepCancelled, SignalReceived, CancelRequested, CommandRejected, StaleResult]),
            (ExecutionStatus.Parked, [CancelRequested, CommandRejected]),
        ]);

    private static readonly FrozenDictionary<(ActivationPhase, string), ActivationPhase> Steps = Table(
        [
            (Scheduled, ActionStarted, Running),
            (Scheduled, ActionRetryScheduled, Scheduled),
            (Scheduled, ActionFailed, AttemptFailed),
            (Running, ActionFailed, AttemptFailed),
            (AttemptFailed, ActionRetryScheduled, Scheduled),
            (Scheduled, StepCompleted, Completed),
            (Running, StepCompleted, Completed),
            (Scheduled, StepFailed, Failed),
            (Running, StepFailed, Failed),
            (AttemptFailed, StepFailed, Failed),
            (Scheduled, StepCancelled, Cancelled),
            (Running, StepCancelled, Cancelled),
            (AttemptFailed, StepCancelled, Cancelled),
        ],
        stays:
        [
            (Scheduled, [StaleResult, EdgeAbsorbed]),
            (Running, [ActionHeartbeat, StaleResult, EdgeAbsorbed]),
            (Completed, [StaleResult, EdgeAbsorbed]),
            (Failed, [StaleResult, EdgeAbsorbed]),
            (Skipped, [StaleResult, EdgeAbsorbed]),
            (Cancelled, [StaleResult]),
        ]);

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
