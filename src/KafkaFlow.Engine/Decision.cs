using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Everything one decision depends on. All of it stands in the log or follows from it.</summary>
public sealed record DecisionInput
{
    public required Command Command { get; init; }
    /// <summary>Where the command stands; its facts name it as their cause.</summary>
    public required int Partition { get; init; }
    public required long Offset { get; init; }
    /// <summary>The broker's append time of the command.</summary>
    public required Timestamp AppendedAt { get; init; }
    /// <summary>The term that decides.</summary>
    public required long Epoch { get; init; }
    /// <summary>The pinned playbook: of the start's hash, or of the state's. Null where it is not registered; only
    /// starts may come so. Not needed for finished executions.</summary>
    public PlaybookGraph? Graph { get; init; }
    /// <summary>Used by a start only; afterwards the settings recorded in the first event hold.</summary>
    public EngineSettings Settings { get; init; } = new();
    /// <summary>Transport state: the last heartbeat of the activation that the command or its timer names.</summary>
    public Timestamp? LastHeartbeat { get; init; }
    /// <summary>Set where the record could not be decoded but its header named a task: the reason. The command then
    /// carries <c>action_failed</c>, the execution and the task id, and nothing else.</summary>
    public string? Undecodable { get; init; }
    /// <summary>Trace context of the command's record.</summary>
    public string? Traceparent { get; init; }
}

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
