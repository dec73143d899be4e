using System.Collections.Immutable;
using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Column <c>meta</c> of every fact this engine writes, in one place so that what is written is what is folded.
/// Null members are not written; members of later versions are skipped.
/// </summary>
internal sealed record FactMeta
{
    public static FactMeta None { get; } = new();

    // execution_started
    public string? StartHash { get; init; }
    public string? RequestedVersion { get; init; }
    public EngineSettings? Settings { get; init; }
    public string? Parent { get; init; }
    public Timestamp? DueAt { get; init; }

    // step_started, action_retry_scheduled
    public int? GraphVersion { get; init; }
    public string? TaskHash { get; init; }
    public string? Auth { get; init; }
    public long? QueueMs { get; init; }
    public long? AttemptMs { get; init; }
    public long? HeartbeatMs { get; init; }
    public long? TotalMs { get; init; }
    public ImmutableArray<int> Taken { get; init; } = [];
    public int? Lost { get; init; }

    // step_completed, step_failed, step_skipped, edge_absorbed
    public ImmutableArray<RoutedEdge> Edges { get; init; } = [];
    public string? ResultFrom { get; init; }
    public string? Save { get; init; }
    public bool Uncaught { get; init; }
    public int? Edge { get; init; }

    // what people and other commands ask for
    public string? Reason { get; init; }
    public string? Actor { get; init; }
    public bool? Force { get; init; }
    public string? Name { get; init; }
    public string? Command { get; init; }
    public string? TimerId { get; init; }
    public string? Closing { get; init; }
    public ImmutableArray<string> LeftoverSignals { get; init; } = [];

    /// <summary>On the last fact of a decision that was cut at its limit.</summary>
    public string? Cursor { get; init; }

    public string? ToJson() => ReferenceEquals(this, None) ? null : JsonText.Write(this, Write);

    public static FactMeta Parse(string? json)
    {
        if (json is null) return None;
        using var document = JsonDocument.Parse(json, JsonText.Reading);
        var root = document.RootElement;
        return new()
        {
            StartHash = Text(root, "start_hash"),
            RequestedVersion = Text(root, "requested_version"),
            Settings = root.TryGetProperty("settings", out var settings) ? SettingsJson.Read(settings) : null,
            Parent = Raw(root, "parent"),
            DueAt = Text(root, "due_at") is { } due && Timestamp.TryParse(due, out var at) ? at : null,
            GraphVersion = Int(root, "graph_version"),
            TaskHash = Text(root, "task_hash"),
            Auth = Raw(root, "auth"),
            QueueMs = Long(root, "queue_ms"),
            AttemptMs = Long(root, "attempt_ms"),
            HeartbeatMs = Long(root, "heartbeat_ms"),
            TotalMs = Long(root, "total_ms"),
            Taken = root.TryGetProperty("taken", out var taken)
                ? [.. taken.EnumerateArray().Select(edge => edge.GetInt32())] : [],
            Lost = Int(root, "lost"),
            Edges = root.TryGetProperty("edges", out var edges) ? RoutedEdge.Read(edges) : [],
            ResultFrom = Text(root, "result_from"),
            Save = Raw(root, "save"),
            Uncaught = root.TryGetProperty("uncaught", out var uncaught) && uncaught.GetBoolean(),
            Edge = Int(root, "edge"),
            Reason = Text(root, "reason"),
            Actor = Text(root, "actor"),
            Force = root.TryGetProperty("force", out var force) ? force.GetBoolean() : null,
            Name = Text(root, "name"),
            Command = Text(root, "command"),
            TimerId = Text(root, "timer_id"),
            Closing = Text(root, "closing"),
            LeftoverSignals = root.TryGetProperty("leftover_signals", out var left)
                ? [.. left.EnumerateArray().Select(name => name.GetString()!)] : [],
            Cursor = Text(root, "cursor"),
        };
    }

    private static void Write(Utf8JsonWriter writer, FactMeta meta)
    {
        writer.WriteStartObject();
        Put(writer, "start_hash", meta.StartHash);
        Put(writer, "requested_version", meta.RequestedVersion);
        if (meta.Settings is { } settings)
        {
            writer.WritePropertyName("settings");
            SettingsJson.Write(writer, settings);
        }
        PutRaw(writer, "parent", meta.Parent);
        Put(writer, "due_at", meta.DueAt?.ToString());
        Put(writer, "graph_version", meta.GraphVersion);
        Put(writer, "task_hash", meta.TaskHash);
        PutRaw(writer, "auth", meta.Auth);
        Put(writer, "queue_ms", meta.QueueMs);
        Put(writer, "attempt_ms", meta.AttemptMs);
        Put(writer, "heartbeat_ms", meta.HeartbeatMs);
        Put(writer, "total_ms", meta.TotalMs);
        if (meta.Taken.Length > 0)
        {
            writer.WriteStartArray("taken");
            foreach (var edge in meta.Taken) writer.WriteNumberValue(edge);
            writer.WriteEndArray();
        }
        Put(writer, "lost", meta.Lost);
        if (meta.Edges.Length > 0) RoutedEdge.Write(writer, meta.Edges);
        Put(writer, "result_from", meta.ResultFrom);
        PutRaw(writer, "save", meta.Save);
        if (meta.Uncaught) writer.WriteBoolean("uncaught", true);
        Put(writer, "edge", meta.Edge);
        Put(writer, "reason", meta.Reason);
        Put(writer, "actor", meta.Actor);
        if (meta.Force is { } force) writer.WriteBoolean("force", force);
        Put(writer, "name", meta.Name);
        Put(writer, "command", meta.Command);
        Put(writer, "timer_id", meta.TimerId);
        Put(writer, "closing", meta.Closing);
        if (meta.LeftoverSignals.Length > 0)
        {
            writer.WriteStartArray("leftover_signals");
            foreach (var name in meta.LeftoverSignals) writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
        Put(writer, "cursor", meta.Cursor);
        writer.WriteEndObject();
    }

    private static void Put(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null) writer.WriteString(name, value);
    }

    private static void Put(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
    }

    private static void PutRaw(Utf8JsonWriter writer, string name, string? json)
    {
        if (json is not null) writer.Raw(name, json);
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string? Raw(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.GetRawText() : null;

    private static int? Int(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    private static long? Long(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.GetInt64() : null;
}
