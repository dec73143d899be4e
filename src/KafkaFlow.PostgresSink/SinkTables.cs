using KafkaFlow.Contracts;
using NpgsqlTypes;

namespace KafkaFlow.PostgresSink;

/// <param name="Type">As Postgres names it in information_schema.</param>
/// <param name="Constraint">Rest of the column's definition.</param>
public sealed record SinkColumn(string Name, string Type, string Constraint = "");

/// <summary>The tables and their columns, in order. The DDL is made of them, and so is the check of what is
/// there.</summary>
public static class SinkTables
{
    private const string Text = "text";
    private const string BigInt = "bigint";
    private const string Integer = "integer";
    private const string Time = "timestamp with time zone";
    private const string NotNull = "not null";

    public const string Event = "event";
    public const string Execution = "execution";
    public const string SinkOffset = "sink_offset";
    public const string EventRejected = "event_rejected";

    /// <summary>Columns of <c>event</c> that hold JSON text; the view <c>event_json</c> casts them.</summary>
    public static readonly IReadOnlyList<string> JsonColumns = ["context", "result", "meta", "error"];

    public static readonly IReadOnlyList<SinkColumn> EventColumns =
    [
        new("execution_id", Text, NotNull), new("seq", BigInt, NotNull), new("event_id", Text, "not null unique"),
        new("parent_event_id", Text), new("event_type", Text, NotNull), new("status", Text, NotNull),
        new("parent_execution_id", Text), new("playbook_path", Text), new("content_hash", Text), new("node_id", Text),
        new("node_name", Text), new("node_type", Text), new("activation", Text), new("worker_id", Text),
        new("traceparent", Text), new("playbook_version", Integer), new("attempt", Integer), new("context", Text),
        new("result", Text), new("meta", Text), new("error", Text), new("duration_ms", BigInt),
        new("created_at", Time, NotNull),
    ];

    public static readonly IReadOnlyList<SinkColumn> ExecutionColumns =
    [
        new("execution_id", Text, "primary key"), new("playbook_path", Text), new("playbook_version", Integer),
        new("content_hash", Text), new("status", Text, NotNull), new("parent_execution_id", Text), new("payload", Text),
        new("result", Text), new("error", Text), new("current_steps", Text, NotNull), new("last_seq", BigInt, NotNull),
        new("started_at", Time), new("updated_at", Time, NotNull), new("ended_at", Time), new("duration_ms", BigInt),
    ];

    public static readonly IReadOnlyList<SinkColumn> SinkOffsetColumns =
    [
        new("topic", Text, NotNull), new("partition", Integer, NotNull), new("next_offset", BigInt, NotNull),
        new("epoch", BigInt, NotNull),
    ];

    public static readonly IReadOnlyList<SinkColumn> EventRejectedColumns =
    [
        new("topic", Text, NotNull), new("partition", Integer, NotNull), new("\"offset\"", BigInt, NotNull),
        new("reason", Text, NotNull), new("bytes", "bytea"),
    ];

    /// <summary>Names of the columns of <c>event</c>, separated by commas.</summary>
    internal static readonly string EventColumnList = string.Join(", ", EventColumns.Select(c => c.Name));

    /// <summary>Value of each column of <c>event</c>, in its order.</summary>
    internal static IEnumerable<(object? Value, NpgsqlDbType Type)> ValuesOf(ExecutionEvent e)
    {
        yield return (e.ExecutionId, NpgsqlDbType.Text);
        yield return (e.Seq, NpgsqlDbType.Bigint);
        yield return (e.EventId, NpgsqlDbType.Text);
        yield return (e.ParentEventId, NpgsqlDbType.Text);
        yield return (e.EventType, NpgsqlDbType.Text);
        yield return (e.Status, NpgsqlDbType.Text);
        yield return (e.ParentExecutionId, NpgsqlDbType.Text);
        yield return (e.PlaybookPath, NpgsqlDbType.Text);
        yield return (e.ContentHash, NpgsqlDbType.Text);
        yield return (e.NodeId, NpgsqlDbType.Text);
        yield return (e.NodeName, NpgsqlDbType.Text);
        yield return (e.NodeType, NpgsqlDbType.Text);
        yield return (e.Activation, NpgsqlDbType.Text);
        yield return (e.WorkerId, NpgsqlDbType.Text);
        yield return (e.Traceparent, NpgsqlDbType.Text);
        yield return (e.PlaybookVersion, NpgsqlDbType.Integer);
        yield return (e.Attempt, NpgsqlDbType.Integer);
        yield return (e.Context, NpgsqlDbType.Text);
        yield return (e.Result, NpgsqlDbType.Text);
        yield return (e.Meta, NpgsqlDbType.Text);
        yield return (e.Error, NpgsqlDbType.Text);
        yield return (e.DurationMs, NpgsqlDbType.Bigint);
        yield return (e.CreatedAt.ToDateTime(), NpgsqlDbType.TimestampTz);
    }
}
