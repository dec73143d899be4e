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

    // step_started, loop_iteration, action_retry_scheduled
    public int? GraphVersion { get; init; }
    public string? TaskHash { get; init; }
    public string? Auth { get; init; }
    public long? QueueMs { get; init; }
    public long? AttemptMs { get; init; }
    public long? HeartbeatMs { get; init; }
    public long? TotalMs { get; init; }
    public ImmutableArray<int> Taken { get; init; } = [];
    /// <summary>Activations that led to a visit, one per taken edge.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];
    /// <summary>Steps whose current visit is over: a loop turns, or they run again.</summary>
    public ImmutableArray<string> Reset { get; init; } = [];
    /// <summary>Bodies of loops of which an iteration begins with a rerun, inner ones first, the header first in each.
    /// </summary>
    public ImmutableArray<ImmutableArray<string>> Renewed { get; init; } = [];
    public int? Lost { get; init; }
    public int? Failures { get; init; }
    public string? Signal { get; init; }
    public ImmutableArray<string> Who { get; init; } = [];
    public string? Child { get; init; }
    public bool AwaitCancel { get; init; }
    /// <summary>Number of items; on an end, the value is the list of their results.</summary>
    public int? Items { get; init; }
    public int? Index { get; init; }

    // step_completed, step_failed, step_skipped, edge_absorbed
    public ImmutableArray<EdgeOutcome> Edges { get; init; } = [];
    public string? ResultFrom { get; init; }
    public string? Save { get; init; }
    public bool Uncaught { get; init; }
    public int? Edge { get; init; }
    public string? Compensate { get; init; }
    /// <summary><c>seq</c> of the signal that was consumed.</summary>
    public long? SignalSeq { get; init; }
    public int? Completed { get; init; }
    public int? Failed { get; init; }

    // what people and other commands ask for
    public string? Reason { get; init; }
    public string? Actor { get; init; }
    public bool? Force { get; init; }
    public string? Name { get; init; }
    public string? Command { get; init; }
    public string? TimerId { get; init; }
    public string? Closing { get; init; }
    public string? Value { get; init; }
    public ImmutableArray<string> LeftoverSignals { get; init; } = [];

    /// <summary>On the last fact of a decision that was cut at its limit.</summary>
    public string? Cursor { get; init; }

    public string? ToJson() => ReferenceEquals(this, None) ? null : JsonText.Write(this, Write);

    public static FactMeta Parse(string? json)
    {
        if (json is null) return None;
        using var document = JsonDocument.Parse(json, JsonText.Reading);
        var root = new MetaReader(document.RootElement);
        return new()
        {
            StartHash = root.Text("start_hash"),
            RequestedVersion = root.Text("requested_version"),
            Settings = root.Find("settings") is { } settings ? SettingsJson.Read(settings) : null,
            Parent = root.Raw("parent"),
            DueAt = root.Text("due_at") is { } due && Timestamp.TryParse(due, out var at) ? at : null,
            GraphVersion = root.Int("graph_version"),
            TaskHash = root.Text("task_hash"),
            Auth = root.Raw("auth"),
            QueueMs = root.Long("queue_ms"),
            AttemptMs = root.Long("attempt_ms"),
            HeartbeatMs = root.Long("heartbeat_ms"),
            TotalMs = root.Long("total_ms"),
            Taken = root.Find("taken") is { } taken ? [.. taken.EnumerateArray().Select(edge => edge.GetInt32())] : [],
            Sources = root.Text("source") is { } source ? [source] : root.Texts("sources"),
            Reset = root.Texts("reset"),
            Renewed = root.Find("renewed") is { } loops ? [.. loops.EnumerateArray().Select(MetaReader.Texts)] : [],
            Lost = root.Int("lost"),
            Failures = root.Int("failures"),
            Signal = root.Text("signal"),
            Who = root.Texts("who"),
            Child = root.Text("child"),
            AwaitCancel = root.Flag("await_cancel") == true,
            Items = root.Int("items"),
            Index = root.Int("index"),
            Edges = root.Find("edges") is { } edges ? EdgeJson.Read(edges) : [],
            ResultFrom = root.Text("result_from"),
            Save = root.Raw("save"),
            Uncaught = root.Flag("uncaught") == true,
            Edge = root.Int("edge"),
            Compensate = root.Text("compensate"),
            SignalSeq = root.Long("signal_seq"),
            Completed = root.Int("completed"),
            Failed = root.Int("failed"),
            Reason = root.Text("reason"),
            Actor = root.Text("actor"),
            Force = root.Flag("force"),
            Name = root.Text("name"),
            Command = root.Text("command"),
            TimerId = root.Text("timer_id"),
            Closing = root.Text("closing"),
            Value = root.Raw("value"),
            LeftoverSignals = root.Texts("leftover_signals"),
            Cursor = root.Text("cursor"),
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
        if (meta.Sources is [var source]) Put(writer, "source", source);
        else Put(writer, "sources", meta.Sources);
        Put(writer, "reset", meta.Reset);
        if (meta.Renewed.Length > 0)
        {
            writer.WriteStartArray("renewed");
            foreach (var body in meta.Renewed) Put(writer, body);
            writer.WriteEndArray();
        }
        Put(writer, "lost", meta.Lost);
        Put(writer, "failures", meta.Failures);
        Put(writer, "signal", meta.Signal);
        Put(writer, "who", meta.Who);
        Put(writer, "child", meta.Child);
        Put(writer, "await_cancel", meta.AwaitCancel ? true : null);
        Put(writer, "items", meta.Items);
        Put(writer, "index", meta.Index);
        if (meta.Edges.Length > 0) EdgeJson.Write(writer, meta.Edges);
        Put(writer, "result_from", meta.ResultFrom);
        PutRaw(writer, "save", meta.Save);
        Put(writer, "uncaught", meta.Uncaught ? true : null);
        Put(writer, "edge", meta.Edge);
        Put(writer, "compensate", meta.Compensate);
        Put(writer, "signal_seq", meta.SignalSeq);
        Put(writer, "completed", meta.Completed);
        Put(writer, "failed", meta.Failed);
        Put(writer, "reason", meta.Reason);
        Put(writer, "actor", meta.Actor);
        Put(writer, "force", meta.Force);
        Put(writer, "name", meta.Name);
        Put(writer, "command", meta.Command);
        Put(writer, "timer_id", meta.TimerId);
        Put(writer, "closing", meta.Closing);
        PutRaw(writer, "value", meta.Value);
        Put(writer, "leftover_signals", meta.LeftoverSignals);
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

    private static void Put(Utf8JsonWriter writer, string name, bool? value)
    {
        if (value is { } flag) writer.WriteBoolean(name, flag);
    }

    private static void Put(Utf8JsonWriter writer, string name, ImmutableArray<string> values)
    {
        if (values.Length == 0) return;
        writer.WritePropertyName(name);
        Put(writer, values);
    }

    private static void Put(Utf8JsonWriter writer, ImmutableArray<string> values)
    {
        writer.WriteStartArray();
        foreach (var value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    private static void PutRaw(Utf8JsonWriter writer, string name, string? json)
    {
        if (json is not null) writer.Raw(name, json);
    }
}

/// <summary>Members of <c>meta</c> by name; absent ones are null.</summary>
internal readonly struct MetaReader(JsonElement root)
{
    public JsonElement? Find(string name) => root.TryGetProperty(name, out var value) ? value : null;

    public string? Text(string name) => Find(name)?.GetString();

    public string? Raw(string name) => Find(name)?.GetRawText();

    public int? Int(string name) => Find(name)?.GetInt32();

    public long? Long(string name) => Find(name)?.GetInt64();

    public bool? Flag(string name) => Find(name)?.GetBoolean();

    public ImmutableArray<string> Texts(string name) => Find(name) is { } list ? Texts(list) : [];

    public static ImmutableArray<string> Texts(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => item.GetString()!)];
}
