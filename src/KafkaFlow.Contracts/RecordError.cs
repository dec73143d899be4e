namespace KafkaFlow.Contracts;

/// <summary>Why a record cannot be read: a code of <see cref="DlqCodes"/>, the field, and one clear sentence.</summary>
public sealed record RecordError(string Code, string? Field, string Message)
{
    /// <summary>Execution id and task id where the envelope could be read, else null.</summary>
    public string? ExecutionId { get; init; }
    public string? TaskId { get; init; }
}
