using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>One visit of a step within a <see cref="RunView"/>.</summary>
public sealed record StepView
{
    public required string Step { get; init; }
    public required string Activation { get; init; }
    /// <summary>Null: it passed through inside the engine.</summary>
    public string? NodeType { get; init; }
    /// <summary>RUNNING, COMPLETED, FAILED or CANCELLED.</summary>
    public required string Status { get; init; }
    /// <summary>Attempts handed out; 0 for a step that no worker has.</summary>
    public required int Attempts { get; init; }
    public required Timestamp StartedAt { get; init; }
    public long? DurationMs { get; init; }
    public string? Result { get; init; }
    public string? Error { get; init; }

    internal static StepView Of(ExecutionEvent started) => new()
    {
        Step = started.NodeName ?? "",
        Activation = started.Activation ?? "",
        NodeType = started.NodeType,
        Status = EventStatus.Running,
        Attempts = FactMeta.Parse(started.Meta).TaskHash is null ? 0 : 1,
        StartedAt = started.CreatedAt,
    };

    /// <returns>The step after one more of its facts.</returns>
    internal StepView After(ExecutionEvent fact) => fact.EventType switch
    {
        EventTypes.ActionRetryScheduled => this with { Attempts = fact.Attempt ?? Attempts, Error = null },
        EventTypes.ActionFailed => this with { Error = fact.Error },
        EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled => this with
        {
            Status = fact.Status,
            Result = fact.Result,
            Error = fact.Error,
            DurationMs = (fact.CreatedAt.UnixMicros - StartedAt.UnixMicros) / 1000,
        },
        _ => this,
    };

    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("step", Step);
        writer.WriteString("activation", Activation);
        writer.WriteString("node_type", NodeType);
        writer.WriteString("status", Status);
        writer.WriteNumber("attempts", Attempts);
        writer.WriteString("started_at", StartedAt.ToString());
        if (DurationMs is { } duration) writer.WriteNumber("duration_ms", duration);
        else writer.WriteNull("duration_ms");
        writer.Raw("result", Result);
        writer.Raw("error", Error);
        writer.WriteEndObject();
    }
}
