namespace KafkaFlow.Contracts;

/// <summary>
/// A fact of the topic <c>events</c>. Its fields up to <see cref="CreatedAt"/> are the columns of the Postgres table
/// <c>event</c>, in that order. Mirrors <c>schemas/ExecutionEvent.avsc</c> field by field.
/// <see cref="Context"/>, <see cref="Result"/>, <see cref="Meta"/> and <see cref="Error"/> hold JSON text.
/// </summary>
public sealed record ExecutionEvent
{
    public required string ExecutionId { get; init; }
    /// <summary>1, 2, 3 .. per execution without gaps; 0 on the control record <c>owner</c> only.</summary>
    public required long Seq { get; init; }
    public required string EventId { get; init; }
    public string? ParentEventId { get; init; }
    public required string EventType { get; init; }
    public required string Status { get; init; }
    public string? ParentExecutionId { get; init; }
    public string? PlaybookPath { get; init; }
    public string? ContentHash { get; init; }
    public string? NodeId { get; init; }
    public string? NodeName { get; init; }
    public string? NodeType { get; init; }
    public string? Activation { get; init; }
    public string? WorkerId { get; init; }
    public string? Traceparent { get; init; }
    public int? PlaybookVersion { get; init; }
    public int? Attempt { get; init; }
    public string? Context { get; init; }
    public string? Result { get; init; }
    public string? Meta { get; init; }
    public string? Error { get; init; }
    public long? DurationMs { get; init; }
    public required Timestamp CreatedAt { get; init; }

    /// <summary>The term that wrote it. Readers void facts whose epoch is not the one in force.</summary>
    public required long Epoch { get; init; }
    /// <summary>This is part n of <see cref="Parts"/> of one decision; both count from 1.</summary>
    public required int Part { get; init; }
    public required int Parts { get; init; }
    /// <summary>Partition and offset of the command that caused it.</summary>
    public required int CausePartition { get; init; }
    public required long CauseOffset { get; init; }

    public static string IdOf(string executionId, long seq) => $"{executionId}/{seq}";

    /// <summary>The record key: unique per fact and term, so that compaction removes no valid copy.</summary>
    public static string KeyOf(string executionId, long seq, long epoch) => $"{executionId}/{seq}@{epoch}";
}

/// <summary>The closed list of facts.</summary>
public static class EventTypes
{
    public const string ExecutionStarted = "execution_started";
    public const string StepStarted = "step_started";
    public const string ActionStarted = "action_started";
    public const string ActionHeartbeat = "action_heartbeat";
    public const string ActionFailed = "action_failed";
    public const string ActionRetryScheduled = "action_retry_scheduled";
    public const string StepCompleted = "step_completed";
    public const string StepFailed = "step_failed";
    public const string StepSkipped = "step_skipped";
    public const string StepCancelled = "step_cancelled";
    public const string StepInherited = "step_inherited";
    public const string StepRerun = "step_rerun";
    public const string EdgeAbsorbed = "edge_absorbed";
    public const string LoopStarted = "loop_started";
    public const string LoopIteration = "loop_iteration";
    public const string LoopCompleted = "loop_completed";
    public const string TimerArmed = "timer_armed";
    public const string TimerFired = "timer_fired";
    public const string SignalReceived = "signal_received";
    public const string ApprovalRequested = "approval_requested";
    public const string ApprovalDecided = "approval_decided";
    public const string ChildStarted = "child_started";
    public const string ChildEnded = "child_ended";
    public const string ExecutionPatched = "execution_patched";
    public const string VariableSet = "variable_set";
    public const string ExecutionPaused = "execution_paused";
    public const string ExecutionResumed = "execution_resumed";
    public const string ExecutionParked = "execution_parked";
    public const string CancelRequested = "cancel_requested";
    public const string CommandRejected = "command_rejected";
    public const string StaleResult = "stale_result";
    public const string ExecutionClosing = "execution_closing";
    public const string CompensationStarted = "compensation_started";
    public const string CompensationCompleted = "compensation_completed";
    public const string CompensationFailed = "compensation_failed";
    public const string FinallyStarted = "finally_started";
    public const string Snapshot = "snapshot";
    public const string ExecutionCompleted = "execution_completed";
    public const string ExecutionFailed = "execution_failed";
    public const string ExecutionCancelled = "execution_cancelled";

    /// <summary>Control record of a partition, no fact of an execution: it sets the epoch in force.</summary>
    public const string Owner = "owner";

    /// <summary>Each event with the statuses it may carry.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> All =
        new Dictionary<string, IReadOnlyList<string>>
        {
            [ExecutionStarted] = [EventStatus.Started],
            [StepStarted] = [EventStatus.Running, EventStatus.Waiting],
            [ActionStarted] = [EventStatus.Running],
            [ActionHeartbeat] = [EventStatus.Running],
            [ActionFailed] = [EventStatus.Failed],
            [ActionRetryScheduled] = [EventStatus.Running],
            [StepCompleted] = [EventStatus.Completed],
            [StepFailed] = [EventStatus.Failed],
            [StepSkipped] = [EventStatus.Skipped],
            [StepCancelled] = [EventStatus.Cancelled],
            [StepInherited] = [EventStatus.Completed],
            [StepRerun] = [EventStatus.Running],
            [EdgeAbsorbed] = [EventStatus.Running],
            [LoopStarted] = [EventStatus.Running],
            [LoopIteration] = [EventStatus.Running, EventStatus.Completed, EventStatus.Failed, EventStatus.Cancelled],
            [LoopCompleted] = [EventStatus.Completed, EventStatus.Failed],
            [TimerArmed] = [EventStatus.Waiting],
            [TimerFired] = [EventStatus.Running],
            [SignalReceived] = [EventStatus.Running],
            [ApprovalRequested] = [EventStatus.Waiting],
            [ApprovalDecided] = [EventStatus.Completed, EventStatus.Rejected],
            [ChildStarted] = [EventStatus.Waiting],
            [ChildEnded] = [EventStatus.Completed, EventStatus.Failed, EventStatus.Cancelled, EventStatus.Rejected],
            [ExecutionPatched] = [EventStatus.Running],
            [VariableSet] = [EventStatus.Running],
            [ExecutionPaused] = [EventStatus.Running],
            [ExecutionResumed] = [EventStatus.Running],
            [ExecutionParked] = [EventStatus.Running],
            [CancelRequested] = [EventStatus.Running],
            [CommandRejected] = [EventStatus.Rejected],
            [StaleResult] = [EventStatus.Stale],
            [ExecutionClosing] = [EventStatus.Running],
            [CompensationStarted] = [EventStatus.Running],
            [CompensationCompleted] = [EventStatus.Running],
            [CompensationFailed] = [EventStatus.Running],
            [FinallyStarted] = [EventStatus.Running],
            [Snapshot] = [EventStatus.Running],
            [ExecutionCompleted] = [EventStatus.Completed],
            [ExecutionFailed] = [EventStatus.Failed],
            [ExecutionCancelled] = [EventStatus.Cancelled],
        };

    public static bool IsTerminal(string eventType) =>
        eventType is ExecutionCompleted or ExecutionFailed or ExecutionCancelled;
}

/// <summary>Statuses of events (column <c>status</c>) and of executions (projection).</summary>
public static class EventStatus
{
    public const string Started = "STARTED";
    public const string Running = "RUNNING";
    public const string Waiting = "WAITING";
    public const string Completed = "COMPLETED";
    public const string Failed = "FAILED";
    public const string Skipped = "SKIPPED";
    public const string Cancelled = "CANCELLED";
    public const string Rejected = "REJECTED";
    public const string Stale = "STALE";

    // of the projection only
    public const string Paused = "PAUSED";
    public const string Parked = "PARKED";
}
