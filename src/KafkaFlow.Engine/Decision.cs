using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>What <see cref="Engine.Decide"/> says. Without facts the folded state is the one that went in.</summary>
/// <param name="Facts">In order of <c>seq</c>, each carrying its part n of m.</param>
/// <param name="State">The state after these facts; null if there is still no execution.</param>
public sealed record Decision(IReadOnlyList<ExecutionEvent> Facts, ExecutionState? State, DecisionOutcome Outcome);

/// <summary>What becomes of the command, beside its facts.</summary>
public abstract record DecisionOutcome
{
    private DecisionOutcome() { }

    public sealed record Accepted : DecisionOutcome
    {
        public static Accepted Instance { get; } = new();
    }

    /// <summary>Nothing changes: a repeat, a timer that is not the armed one, an answer given before.</summary>
    public sealed record Ignored(string Reason) : DecisionOutcome;

    /// <summary>The command goes to the dead letter topic.</summary>
    /// <param name="Code">One of <see cref="DlqCodes"/>.</param>
    public sealed record DeadLetter(string Code, string Reason) : DecisionOutcome;

    /// <summary>To be kept and decided again: the execution is unknown yet, or parked.</summary>
    public sealed record Hold(bool Parked) : DecisionOutcome;

    /// <summary>Heartbeats have moved the deadline on: set the timer again. A transport effect.</summary>
    public sealed record RearmTimer(string TimerKey, Timestamp DueAt) : DecisionOutcome;
}

/// <summary>A sign of life to be kept as transport state of its activation.</summary>
public static class Heartbeats
{
    /// <returns>The activation whose last heartbeat the host hands in with this command, or null.</returns>
    public static string? ActivationOf(Command command) => command.EventType switch
    {
        CommandTypes.ActionStarted or CommandTypes.ActionHeartbeat => command.Activation,
        CommandTypes.TimerFired => TimerKeys.ActivationOf(command),
        _ => null,
    };

    /// <summary>Whether an accepted or ignored command counts as a sign of life of a live attempt, so that the host
    /// stores its append time. Also true after takeover, when the command is replayed.</summary>
    public static bool Counts(ExecutionState? state, Command command) =>
        command.EventType is CommandTypes.ActionStarted or CommandTypes.ActionHeartbeat
        && state is not null && command.Activation is { } id
        && state.Activations.TryGetValue(id, out var activation)
        && activation.IsLive && activation.Attempt == command.Attempt && activation.TaskHash == command.TaskHash;
}
