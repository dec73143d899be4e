using System.Globalization;
using KafkaFlow.Contracts;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>The columns of table <c>event</c> as one line of text, from a fact and from the table.</summary>
internal static class EventColumns
{
    private const string Null = "(null)";
    private const string Separator = " | ";

    private static readonly string[] Names =
    [
        "execution_id", "seq", "event_id", "parent_event_id", "event_type", "status", "parent_execution_id", "playbook_path",
        "content_hash", "node_id", "node_name", "node_type", "activation", "worker_id", "traceparent", "playbook_version",
        "attempt", "context", "result", "meta", "error", "duration_ms",
    ];

    public static string Query =>
        $"select {string.Join($" || '{Separator}' || ", Names.Select(n => $"coalesce({n}::text, '{Null}')"))}"
        + $" || '{Separator}' || (extract(epoch from created_at) * 1000000)::bigint from event";

    public static string Of(ExecutionEvent e)
    {
        object?[] values =
        [
            e.ExecutionId, e.Seq, e.EventId, e.ParentEventId, e.EventType, e.Status, e.ParentExecutionId, e.PlaybookPath,
            e.ContentHash, e.NodeId, e.NodeName, e.NodeType, e.Activation, e.WorkerId, e.Traceparent, e.PlaybookVersion,
            e.Attempt, e.Context, e.Result, e.Meta, e.Error, e.DurationMs, e.CreatedAt.UnixMicros,
        ];
        return string.Join(Separator, values.Select(v => v is null ? Null : Convert.ToString(v, CultureInfo.InvariantCulture)));
    }
}
