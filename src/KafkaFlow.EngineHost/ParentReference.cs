using System.Text;
using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Field <c>parent</c> of a start: the activation of another execution that waits for this one's end. Anybody who may
/// write commands can write one too, so its form is checked at the edge; what it could report, its writer could report
/// itself (docs/decisions/0005).
/// </summary>
internal sealed record ParentReference(
    string ExecutionId, string TaskId, string Activation, int Attempt, string TaskHash)
{
    public const string Worker = "engine";
    public const string ChildRejected = "child_rejected";
    private const string CancelSuffix = "!cancel";
    private static readonly string[] Texts = ["execution_id", "task_id", "activation", "task_hash"];
    private static readonly string[] Numbers = ["attempt", "partition", "depth"];

    /// <returns>What is wrong with a start's parent, or null.</returns>
    public static RecordError? Problem(Command start)
    {
        if (start.Parent is not { } json) return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return Problem(document.RootElement) is { } problem
                ? new RecordError(DlqCodes.WrongType, "parent", $"field parent: {problem}")
                : null;
        }
        catch (JsonException malformed)
        {
            return new RecordError(DlqCodes.WrongType, "parent", $"field parent is no JSON: {malformed.Message}");
        }
    }

    /// <exception cref="InvalidOperationException"><see cref="Problem(Command)"/> was not asked.</exception>
    public static ParentReference Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var parent = document.RootElement;
        return new(
            parent.GetProperty("execution_id").GetString()!, parent.GetProperty("task_id").GetString()!,
            parent.GetProperty("activation").GetString()!, parent.GetProperty("attempt").GetInt32(),
            parent.GetProperty("task_hash").GetString()!);
    }

    /// <summary>Tells the parent that its child was not started.</summary>
    public Command Rejection(string child, string code, string reason)
    {
        using var error = new MemoryStream();
        using (var writer = new Utf8JsonWriter(error))
        {
            writer.WriteStartObject();
            writer.WriteString("code", ChildRejected);
            writer.WriteString("message", $"execution {child} was not started: {code}: {reason}");
            writer.WriteBoolean("retryable", false);
            writer.WriteStartObject("details");
            writer.WriteString("dlq_code", code);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return new Command
        {
            EventType = CommandTypes.ActionFailed,
            ExecutionId = ExecutionId,
            TaskId = TaskId,
            Activation = Activation,
            Attempt = Attempt,
            TaskHash = TaskHash,
            WorkerId = Worker,
            Error = Encoding.UTF8.GetString(error.ToArray()),
        };
    }

    /// <summary>A word between executions: a child's end for its parent, a cancel for a child. One that comes too late
    /// is no mistake of anybody's and no dead letter.</summary>
    public static bool IsWordOfEngine(Command command) => command.EventType switch
    {
        CommandTypes.ActionCompleted or CommandTypes.ActionFailed => command.WorkerId == Worker,
        CommandTypes.CancelRequested =>
            command.Actor == Worker && command.EventId?.EndsWith(CancelSuffix, StringComparison.Ordinal) == true,
        _ => false,
    };

    private static string? Problem(JsonElement parent)
    {
        if (parent.ValueKind != JsonValueKind.Object) return "expected a JSON object";
        foreach (var name in Texts)
            if (!parent.TryGetProperty(name, out var text) || text.ValueKind != JsonValueKind.String
                || text.GetString()!.Length == 0)
                return $"{name} is missing or no text";
        foreach (var name in Numbers)
            if (!parent.TryGetProperty(name, out var number) || number.ValueKind != JsonValueKind.Number
                || !number.TryGetInt32(out var value) || value < (name == "partition" ? 0 : 1))
                return $"{name} is missing or no whole number";
        if (parent.TryGetProperty("return_step", out var step) && step.ValueKind != JsonValueKind.String)
            return "return_step is no text";
        return ExecutionIds.Problem(parent.GetProperty("execution_id").GetString()!);
    }
}
