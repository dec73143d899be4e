using KafkaFlow.Contracts;

namespace KafkaFlow.Workers;

/// <summary>
/// Does the work of one node type. Called for many tasks at once. A task may be executed more than once: its task id is
/// the idempotency key. An exception that escapes fails the attempt with code <c>handler_failed</c>.
/// </summary>
public interface ITaskHandler
{
    string NodeType { get; }

    /// <param name="cancel">Fires when the task is cancelled, timed out or superseded; the handler then stops its work
    /// and throws <see cref="OperationCanceledException"/>.</param>
    Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel);
}

/// <summary>A handler that prepares something before its first task, such as a process.</summary>
public interface IWarmTaskHandler : ITaskHandler
{
    Task WarmUpAsync(CancellationToken cancel);
}

/// <summary>How an attempt ended: with a result (JSON text, null for none) or with an error.</summary>
public sealed record TaskOutcome
{
    private TaskOutcome(string? result, TaskError? error)
    {
        Result = result;
        Error = error;
    }

    public string? Result { get; }
    public TaskError? Error { get; }

    public static TaskOutcome Completed(string? resultJson) => new(resultJson, null);

    public static TaskOutcome Failed(TaskError error) => new(null, error);

    public static TaskOutcome Failed(string code, string message, bool retryable = true, string? details = null) =>
        new(null, new TaskError(code, message, retryable, details));
}

/// <param name="Retryable">false: another attempt would fail alike.</param>
/// <param name="Details">JSON text or null.</param>
public sealed record TaskError(string Code, string Message, bool Retryable, string? Details = null)
{
    public string ToJson() => Json.Text(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("code", Code);
        writer.WriteString("message", Message.Replace('\0', '\uFFFD'));
        writer.WriteBoolean("retryable", Retryable);
        if (Details is not null)
        {
            writer.WritePropertyName("details");
            writer.WriteRawValue(Details);
        }
        writer.WriteEndObject();
    });
}

/// <summary>Error codes that the host and the built-in node types give.</summary>
public static class TaskErrorCodes
{
    public const string HandlerFailed = "handler_failed";
    public const string AttemptTimeout = "attempt_timeout";
    public const string ResultTooLarge = "result_too_large";
    public const string ResultNotJson = "result_not_json";
    public const string BadInput = "bad_input";
    public const string PythonUnavailable = "python_unavailable";
    public const string PythonExited = "python_exited";
    public const string PythonProcessLost = "python_process_lost";
    public const string MissingCredential = "missing_credential";
    public const string BadCredential = "bad_credential";
    public const string PostgresUnavailable = "postgres_unavailable";
    public const string PostgresError = "postgres_error";
    public const string TransactionControl = "transaction_control";
}
