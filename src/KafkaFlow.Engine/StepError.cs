using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;

namespace KafkaFlow.Engine;

/// <summary>Why a step or an attempt failed, as column <c>error</c> holds it.</summary>
/// <param name="Details">JSON text, or null.</param>
internal sealed record StepError(string Code, string Message, bool? Retryable = null, string? Details = null)
{
    public const string QueueTimeout = "queue_timeout";
    public const string AttemptTimeout = "attempt_timeout";
    public const string HeartbeatTimeout = "heartbeat_timeout";
    public const string UndecodableAnswer = "undecodable_answer";
    public const string Oversized = "oversized";
    public const string Deadline = "deadline";
    public const string UnsupportedSave = "unsupported_save";
    public const string ItemFailed = "item_failed";
    public const string BadCollection = "bad_collection";
    public const string LoopTimeout = "loop_timeout";
    public const string MaxIterations = "max_iterations";
    public const string BadWait = "bad_wait";
    public const string WaitTimeout = "wait_timeout";
    public const string ApprovalTimeout = "approval_timeout";
    public const string Rejected = "rejected";
    public const string BadChild = "bad_child";
    public const string ChildFailed = "child_failed";
    public const string ChildCancelled = "child_cancelled";
    public const string ChildRejected = "child_rejected";
    public const string LimitExceeded = "limit_exceeded";
    public const string WorkerFailed = "worker_failed";
    public const string BadAnswer = "bad_answer";

    public static StepError TooLarge(string what, long bytes, long limit) =>
        new(Oversized, $"{what} has {bytes} bytes; at most {limit} are allowed", false);

    /// <summary>What keeps a value from being a result.</summary>
    /// <param name="json">As it would be recorded; null where it is not.</param>
    public static StepError? OfResult(Value value, string? json)
    {
        if (value.Error is { } malformed) return new(BadAnswer, $"the result: {malformed.Message}", false);
        var bytes = JsonText.Bytes(json);
        return bytes > SizeLimits.AnswerBytes ? TooLarge("the result", bytes, SizeLimits.AnswerBytes) : null;
    }

    public static StepError TooLong(long? totalMs) =>
        new(AttemptTimeout, $"the step took longer than {totalMs} ms in all", false);

    /// <param name="where">What was evaluated: <c>args</c>, <c>edge to 'end'</c>.</param>
    public static StepError Of(EvalError problem, string where) => new(
        problem.Code, $"{where}: {problem.Message} (line {problem.Line}, column {problem.Column})", false);

    /// <summary>Reads what a worker sent: <c>{code, message, retryable, details}</c>, or whatever it is.</summary>
    public static StepError FromWorker(string? json)
    {
        if (json is null) return new(WorkerFailed, "the worker gave no reason");
        try
        {
            using var document = JsonDocument.Parse(json, JsonText.Reading);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return new(WorkerFailed, root.ToString());
            bool? retryable = root.TryGetProperty("retryable", out var given) switch
            {
                true when given.ValueKind == JsonValueKind.True => true,
                true when given.ValueKind == JsonValueKind.False => false,
                _ => null,
            };
            var details = root.TryGetProperty("details", out var found) && found.ValueKind != JsonValueKind.Null
                ? found.GetRawText() : null;
            var message = Text(root, "message") ?? "the worker gave no reason";
            return new(Text(root, "code") ?? WorkerFailed, message, retryable, details);
        }
        catch (JsonException)
        {
            return new(BadAnswer, "the worker's error is no JSON");
        }
    }

    public string ToJson(string? step, int? attempt) =>
        JsonText.Write((Error: this, step, attempt), static (writer, of) =>
        {
            writer.WriteStartObject();
            if (of.step is not null) writer.WriteString("step", of.step);
            writer.WriteString("code", of.Error.Code);
            writer.WriteString("message", of.Error.Message);
            if (of.attempt is { } number) writer.WriteNumber("attempt", number);
            if (of.Error.Retryable is { } retryable) writer.WriteBoolean("retryable", retryable);
            if (of.Error.Details is { } details) writer.Raw("details", details);
            writer.WriteEndObject();
        });

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
