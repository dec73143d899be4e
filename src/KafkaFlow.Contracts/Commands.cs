namespace KafkaFlow.Contracts;

/// <summary>
/// A record of the topic <c>commands</c>: a claim. A user asks, a worker reports, or the engine speaks to itself.
/// Mirrors <c>schemas/Command.avsc</c> field by field. Fields named in <see cref="JsonFields"/> hold JSON text.
/// </summary>
public sealed record Command
{
    public required string EventType { get; init; }
    public required string ExecutionId { get; init; }
    public string? EventId { get; init; }
    public string? Actor { get; init; }
    public string? Reason { get; init; }
    public Timestamp? CreatedAt { get; init; }

    // execution_started, start_resolved
    public string? PlaybookPath { get; init; }
    /// <summary>A positive number in text, or "latest". In JSON commands also a number.</summary>
    public string? PlaybookVersion { get; init; }
    public string? ContentHash { get; init; }
    public string? Payload { get; init; }
    public string? Parent { get; init; }
    public int? OriginPartition { get; init; }
    public long? OriginOffset { get; init; }
    public bool? NotFound { get; init; }
    /// <summary>Hash of the start as requested, before it was pinned; tells a repeat from another request.</summary>
    public string? StartHash { get; init; }

    // action_started, action_heartbeat, action_completed, action_failed
    public string? TaskId { get; init; }
    public string? Activation { get; init; }
    public int? Attempt { get; init; }
    public string? TaskHash { get; init; }
    public string? WorkerId { get; init; }
    public string? Result { get; init; }
    public string? Details { get; init; }
    public string? Error { get; init; }
    public long? DurationMs { get; init; }

    // signals, approvals, live changes
    public string? Name { get; init; }
    public string? Decision { get; init; }
    public string? Form { get; init; }
    public bool? Force { get; init; }
    public string? Patch { get; init; }
    public int? ExpectedVersion { get; init; }
    public string? Step { get; init; }
    public string? Value { get; init; }

    // timer_fired, continue
    public string? TimerId { get; init; }
    public Timestamp? DueAt { get; init; }
    public string? Cursor { get; init; }

    public static readonly IReadOnlySet<string> JsonFields =
        new HashSet<string> { "payload", "parent", "result", "details", "error", "form", "patch", "value" };
}

/// <summary>The closed list of commands, who may send them, and which fields they need or may carry.</summary>
public static class CommandTypes
{
    public const string ExecutionStarted = "execution_started";
    public const string StartResolved = "start_resolved";
    public const string ActionStarted = "action_started";
    public const string ActionHeartbeat = "action_heartbeat";
    public const string ActionCompleted = "action_completed";
    public const string ActionFailed = "action_failed";
    public const string SignalReceived = "signal_received";
    public const string ApprovalDecided = "approval_decided";
    public const string CancelRequested = "cancel_requested";
    public const string PauseRequested = "pause_requested";
    public const string ResumeRequested = "resume_requested";
    public const string PatchRequested = "patch_requested";
    public const string RerunRequested = "rerun_requested";
    public const string SkipRequested = "skip_requested";
    public const string VariableSetRequested = "variable_set_requested";
    public const string TimerFired = "timer_fired";
    public const string Continue = "continue";

    private static readonly string[] Envelope =
        ["event_type", "execution_id", "event_id", "actor", "reason", "created_at"];
    private static readonly string[] Answer = ["task_id", "activation", "attempt", "task_hash", "worker_id"];
    private static readonly string[] Pins = ["playbook_version", "content_hash", "payload", "parent"];

    /// <summary>One line per command: its fields beside the envelope.</summary>
    public static readonly IReadOnlyDictionary<string, CommandShape> All = new CommandShape[]
    {
        new(ExecutionStarted, ["user", "engine"], ["playbook_path"], Pins),
        new(StartResolved, ["engine"], ["playbook_path", "origin_partition", "origin_offset"],
            [.. Pins, "not_found", "start_hash"]),
        new(ActionStarted, ["worker"], Answer, []),
        new(ActionHeartbeat, ["worker"], Answer, ["details"]),
        new(ActionCompleted, ["worker", "engine"], Answer, ["result", "duration_ms"]),
        new(ActionFailed, ["worker", "engine"], [.. Answer, "error"], ["duration_ms"]),
        new(SignalReceived, ["user"], ["name"], ["payload"]),
        new(ApprovalDecided, ["user"], ["activation", "decision"], ["form"]),
        new(CancelRequested, ["user", "engine"], [], ["force"]),
        new(PauseRequested, ["user"], [], []),
        new(ResumeRequested, ["user"], [], []),
        new(PatchRequested, ["user"], ["patch", "expected_version"], []),
        new(RerunRequested, ["user"], ["step"], []),
        new(SkipRequested, ["user"], ["step"], []),
        new(VariableSetRequested, ["user"], ["name", "value"], []),
        new(TimerFired, ["engine"], ["timer_id", "due_at"], []),
        new(Continue, ["engine"], ["cursor"], []),
    }.ToDictionary(shape => shape.EventType);

    public static IReadOnlyList<string> EnvelopeFields => Envelope;
}

/// <summary>Required and optional fields of one command, beside the envelope's.</summary>
public sealed record CommandShape(
    string EventType, IReadOnlyList<string> Producers, IReadOnlyList<string> Required, IReadOnlyList<string> Optional);
