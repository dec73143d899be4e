using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Output;

/// <summary>A fact as one short line of a run that is being followed: seconds since its start, what, and its
/// value.</summary>
internal static class Timeline
{
    private const int MaxValueLength = 80;
    private const int MaxSentenceRest = 160;

    /// <summary>A fact with what it says beside its name: who asked and why, what is waited for, the value or
    /// error.</summary>
    public static string Sentence(ExecutionEvent fact, Timestamp start)
    {
        var seconds = (fact.CreatedAt.UnixMicros - start.UnixMicros) / 1e6;
        var meta = EventJson.Parse(fact.Meta);
        List<string?> said =
        [
            fact.Attempt > 1 ? $"attempt {fact.Attempt}" : null,
            Named(meta, "name", ""), Named(meta, "signal", "for signal "), Named(meta, "child", "as "),
            Named(meta, "due_at", "due "), Named(meta, "actor", "by "), Named(meta, "reason", "because "),
            fact.Error is { } error ? Error(error) : fact.Result,
        ];
        var what = $"{fact.EventType[..1].ToUpperInvariant()}{fact.EventType[1..].Replace('_', ' ')}";
        if (fact.EventType == EventTypes.LoopIteration) what += $" {fact.Status.ToLowerInvariant()}";
        var subject = fact.Activation ?? fact.NodeName ?? "";
        var rest = string.Join("  ", said.Where(word => word is { Length: > 0 }));
        if (rest.Length > MaxSentenceRest) rest = rest[..MaxSentenceRest] + " ..";
        return string.Create(
            CultureInfo.InvariantCulture, $"{seconds,9:0.000} s  {subject,-16} {what,-24} {rest}").TrimEnd();
    }

    private static string? Named(JsonNode? meta, string name, string before) =>
        meta?[name] is JsonValue value ? $"{before}{value}" : null;

    private static string Error(string json) =>
        EventJson.Parse(json) is { } error ? $"{error["code"]}: {error["message"]}" : json;

    public static string Line(ExecutionEvent fact, Timestamp start)
    {
        var seconds = (fact.CreatedAt.UnixMicros - start.UnixMicros) / 1e6;
        var value = fact.Error ?? fact.Result ?? "";
        if (value.Length > MaxValueLength) value = value[..MaxValueLength] + " ..";
        return string.Create(CultureInfo.InvariantCulture,
            $"{seconds,8:0.000}  {fact.EventType,-20} {fact.Activation ?? "",-16} {value}").TrimEnd();
    }
}
