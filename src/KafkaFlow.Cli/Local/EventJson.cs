using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Local;

/// <summary>A fact as JSON: the columns of the table <c>event</c>, JSON columns parsed.</summary>
internal static class EventJson
{
    public static JsonObject Of(ExecutionEvent e) => new()
    {
        ["execution_id"] = e.ExecutionId, ["seq"] = e.Seq, ["event_id"] = e.EventId,
        ["parent_event_id"] = e.ParentEventId,
        ["event_type"] = e.EventType, ["status"] = e.Status, ["parent_execution_id"] = e.ParentExecutionId,
        ["playbook_path"] = e.PlaybookPath, ["content_hash"] = e.ContentHash, ["node_id"] = e.NodeId,
        ["node_name"] = e.NodeName, ["node_type"] = e.NodeType, ["activation"] = e.Activation,
        ["worker_id"] = e.WorkerId,
        ["traceparent"] = e.Traceparent, ["playbook_version"] = e.PlaybookVersion, ["attempt"] = e.Attempt,
        ["context"] = Parse(e.Context), ["result"] = Parse(e.Result), ["meta"] = Parse(e.Meta),
        ["error"] = Parse(e.Error),
        ["duration_ms"] = e.DurationMs, ["created_at"] = e.CreatedAt.ToString(),
    };

    public static string Text(ExecutionEvent e)
    {
        var what = e.Error ?? e.Result ?? "";
        const int shown = 120;
        if (what.Length > shown) what = what[..shown] + " ..";
        return $"{e.CreatedAt}  {e.Seq,4}  {e.EventType,-22} {e.Activation ?? "-",-20} {e.Status,-10} {what}".TrimEnd();
    }

    public static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);
}
