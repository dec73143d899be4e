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
