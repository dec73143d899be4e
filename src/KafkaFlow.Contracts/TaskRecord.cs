namespace KafkaFlow.Contracts;

/// <summary>
/// A record of <c>tasks.TYPE</c>: one attempt of one activation, its input rendered. Mirrors <c>schemas/Task.avsc</c>
/// field by field; <see cref="Input"/>, <see cref="Auth"/> and <see cref="HeartbeatDetails"/> hold JSON text.
/// </summary>
public sealed record TaskRecord
{
    /// <summary><c>EXECUTION/ACTIVATION/ATTEMPT</c>; the idempotency key of the work.</summary>
    public required string TaskId { get; init; }
    public required string ExecutionId { get; init; }
    public required string Activation { get; init; }
    public required int Attempt { get; init; }
    public required string Step { get; init; }
    public required string NodeType { get; init; }
    public required string PlaybookPath { get; init; }
    public required int PlaybookVersion { get; init; }
    public required string ContentHash { get; init; }
    /// <summary>Hash of the task's content, fixed by the fact that scheduled it; an answer repeats it.</summary>
    public required string TaskHash { get; init; }
    public string? Input { get; init; }
    /// <summary>References to credentials, never their values.</summary>
    public string? Auth { get; init; }
    public long? TimeoutMs { get; init; }
    public long? HeartbeatMs { get; init; }
    public Timestamp? DeadlineAt { get; init; }
    public string? HeartbeatDetails { get; init; }
    public required string ReplyTopic { get; init; }
    public required int ReplyPartition { get; init; }
    public string? ParentEventId { get; init; }
    public string? Traceparent { get; init; }
    public required Timestamp CreatedAt { get; init; }

    public static string IdOf(string executionId, string activation, int attempt) =>
        $"{executionId}/{activation}/{attempt}";

    public static string KeyOf(string executionId, string activation) => $"{executionId}/{activation}";
}

/// <summary>A record of <c>task-control</c> (JSON): what a worker must do about a task. Key: the task id.</summary>
public sealed record TaskControl(string TaskId, string Action, string? Reason, Timestamp CreatedAt)
{
    public const string Cancelled = "cancelled";
    public const string TimedOut = "timed_out";
    public const string Superseded = "superseded";
}
