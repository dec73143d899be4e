using System.Text.Json;

namespace KafkaFlow.Engine;

/// <summary>Settings as <c>meta.settings</c>; a member that an older event lacks has its default.</summary>
internal static class SettingsJson
{
    public static void Write(Utf8JsonWriter writer, EngineSettings settings)
    {
        writer.WriteStartObject();
        writer.WriteString("reply_topic", settings.ReplyTopic);
        writer.WriteNumber("heartbeat_ms", settings.HeartbeatMs);
        writer.WriteNumber("max_lost", settings.MaxLost);
        writer.WriteNumber("task_retention_ms", settings.TaskRetentionMs);
        writer.WriteNumber("retention_margin_ms", settings.RetentionMarginMs);
        writer.WriteNumber("max_signals", settings.MaxSignals);
        writer.WriteNumber("max_facts_per_decision", settings.MaxFactsPerDecision);
        writer.WriteNumber("max_bytes_per_decision", settings.MaxBytesPerDecision);
        writer.WriteNumber("max_steps", settings.MaxSteps);
        writer.WriteNumber("max_width", settings.MaxWidth);
        writer.WriteNumber("max_visits", settings.MaxVisits);
        writer.WriteNumber("max_items", settings.MaxItems);
        writer.WriteNumber("max_concurrency", settings.MaxConcurrency);
        writer.WriteNumber("max_depth", settings.MaxDepth);
        writer.WriteNumber("max_history_bytes", settings.MaxHistoryBytes);
        writer.WriteNumber("max_patches", settings.MaxPatches);
        writer.WriteStartArray("park_on");
        foreach (var code in settings.ParkOn) writer.WriteStringValue(code);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static EngineSettings Read(JsonElement json)
    {
        var defaults = new EngineSettings();
        return new()
        {
            ReplyTopic = json.TryGetProperty("reply_topic", out var topic) ? topic.GetString()! : defaults.ReplyTopic,
            HeartbeatMs = Number(json, "heartbeat_ms", defaults.HeartbeatMs),
            MaxLost = (int)Number(json, "max_lost", defaults.MaxLost),
            TaskRetentionMs = Number(json, "task_retention_ms", defaults.TaskRetentionMs),
            RetentionMarginMs = Number(json, "retention_margin_ms", defaults.RetentionMarginMs),
            MaxSignals = (int)Number(json, "max_signals", defaults.MaxSignals),
            MaxFactsPerDecision = (int)Number(json, "max_facts_per_decision", defaults.MaxFactsPerDecision),
            MaxBytesPerDecision = (int)Number(json, "max_bytes_per_decision", defaults.MaxBytesPerDecision),
            MaxSteps = (int)Number(json, "max_steps", defaults.MaxSteps),
            MaxWidth = (int)Number(json, "max_width", defaults.MaxWidth),
            MaxVisits = (int)Number(json, "max_visits", defaults.MaxVisits),
            MaxItems = (int)Number(json, "max_items", defaults.MaxItems),
            MaxConcurrency = (int)Number(json, "max_concurrency", defaults.MaxConcurrency),
            MaxDepth = (int)Number(json, "max_depth", defaults.MaxDepth),
            MaxHistoryBytes = Number(json, "max_history_bytes", defaults.MaxHistoryBytes),
            MaxPatches = (int)Number(json, "max_patches", defaults.MaxPatches),
            ParkOn = json.TryGetProperty("park_on", out var codes)
                ? [.. codes.EnumerateArray().Select(code => code.GetString()!)] : [],
        };
    }

    private static long Number(JsonElement json, string name, long fallback) =>
        json.TryGetProperty(name, out var value) ? value.GetInt64() : fallback;
}
