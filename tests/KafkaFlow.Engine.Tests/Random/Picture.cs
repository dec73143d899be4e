using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>What is visible of a run, as lines that are alike if the runs are. Messages of errors are left out.</summary>
internal static class Picture
{
    public static string Of(ReferenceRun run)
    {
        var passing = PassingOf(run.Graph);
        var lines = new List<string> { $"status {Text(run.Status.ToString())}" };
        if (run.Status == RunStatus.Completed) lines.Add($"result {Canonical(run.ResultJson)}");
        if (run.Status == RunStatus.Failed) lines.Add($"error {run.ErrorCode}");
        if (run.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled)
            lines.AddRange(run.LeftoverSignals.Select(name => $"leftover {name}"));
        lines.AddRange(run.Tasks
            .Select(task => $"task {task.Activation} {task.Attempt} {Canonical(task.InputJson)}").Order(StringComparer.Ordinal));
        lines.AddRange(run.Waits.Where(wait => wait.Kind == "child")
            .Select(wait => $"child {wait.Activation} {Canonical(wait.What)}").Order(StringComparer.Ordinal));
        lines.AddRange(Timers(run));
        lines.AddRange(run.Activations.Select(a => Line(passing, a.Activation, Text(a.Outcome.ToString()), a.ResultJson,
                a.ErrorCode ?? a.Reason, a.Taken))
            .Order(StringComparer.Ordinal));
        return string.Join('\n', lines);
    }

    /// <param name="passing">Steps that pass through: what they pass on shows in the steps after them.</param>
    /// <param name="inexact">Activations whose timer's due time the reference does not know.</param>
    public static string Of(TestRun run, IReadOnlySet<string> passing, IReadOnlySet<string> inexact)
    {
        var last = run.Last;
        var status = Text(run.State!.Status.ToString());
        var lines = new List<string> { $"status {status}" };
        if (last.EventType == EventTypes.ExecutionCompleted) lines.Add($"result {Canonical(last.Result)}");
        if (last.EventType == EventTypes.ExecutionFailed) lines.Add($"error {CodeOf(last.Error)}");
        if (EventTypes.IsTerminal(last.EventType)) lines.AddRange(Leftovers(last.Meta));
        var activations = new EngineActivations(run.Facts);
        lines.AddRange(run.Tasks.Where(task => activations.IsOpen(task.Activation, task.Attempt))
            .DistinctBy(task => (task.Activation, task.Attempt))
            .Select(task => $"task {task.Activation} {task.Attempt} {Canonical(task.Input)}").Order(StringComparer.Ordinal));
        var closing = run.Facts.FirstOrDefault(fact => fact.EventType == EventTypes.ExecutionClosing)?.Seq;
        lines.AddRange(run.Facts.Where(fact => fact.EventType == EventTypes.ChildStarted && !(fact.Seq < closing)
                && activations.IsOpen(fact.Activation!, fact.Attempt ?? 1))
            .Select(fact => $"child {fact.Activation} {Canonical(fact.Context)}").Order(StringComparer.Ordinal));
        lines.AddRange(Timers(run, inexact));
        lines.AddRange(activations.All.Select(a => Line(passing, a.Activation, a.Outcome, a.Result, a.Error, a.Taken))
            .Order(StringComparer.Ordinal));
        return string.Join('\n', lines);
    }

    public static string? CodeOf(string? errorJson) =>
        errorJson is null ? null : JsonNode.Parse(errorJson)?["code"]?.GetValue<string>();

    /// <summary>Timers that hang on a hash, or that heartbeats put off without a fact.</summary>
    public static IReadOnlySet<string> InexactOf(ReferenceRun run) => run.Timers
        .Where(timer => timer.Kind is TimerKinds.Heartbeat or TimerKinds.Backoff).Select(timer => timer.Activation).ToHashSet();

    private static IEnumerable<string> Timers(ReferenceRun run)
    {
        if (run.Status is RunStatus.Paused or RunStatus.Parked) return [];
        var inexact = InexactOf(run);
        return run.Timers.GroupBy(timer => timer.Activation)
            .Select(timers => (Name: timers.Key, Due: timers.Min(timer => timer.DueMicros)))
            .Select(timer => $"timer {timer.Name} {(inexact.Contains(timer.Name) ? null : timer.Due)}")
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Timers(TestRun run, IReadOnlySet<string> inexact)
    {
        if (run.State!.Status is ExecutionStatus.Paused or ExecutionStatus.Parked) return [];
        return run.Timers.Select(timer => (Name: timer.Key == TimerKeys.Deadline(TestRun.Id)
                ? "" : timer.Key[(TestRun.Id.Length + 1)..], Due: timer.Value.UnixMicros))
            .Select(timer => $"timer {timer.Name} {(inexact.Contains(timer.Name) ? null : timer.Due)}")
            .Order(StringComparer.Ordinal);
    }

    public static IReadOnlySet<string> PassingOf(PlaybookGraph graph) =>
        graph.Steps.Where(step => step.PassesThrough).Select(step => step.Name).ToHashSet();

    private static string Line(
        IReadOnlySet<string> passing, string activation, string outcome, string? result, string? error,
        IReadOnlyList<int> taken)
    {
        var step = activation[..activation.IndexOf('#', StringComparison.Ordinal)];
        var value = outcome switch
        {
            "COMPLETED" when !passing.Contains(step) => Canonical(result),
            "FAILED" or "SKIPPED" => error,
            _ => "",
        };
        return $"{activation} {outcome} {value} {(taken.Count > 0 ? $"takes {string.Join(' ', taken)}" : "")}".TrimEnd();
    }

    private static string Text(string name) => name.ToUpperInvariant();

    private static IEnumerable<string> Leftovers(string? meta) =>
        meta is not null && JsonNode.Parse(meta)?["leftover_signals"] is JsonArray names
            ? names.Select(name => $"leftover {name}") : [];

    /// <summary>Keys sorted; of an error only the code.</summary>
    private static string Canonical(string? json)
    {
        if (json is null) return "null";
        var text = Sorted(JsonNode.Parse(json))?.ToJsonString() ?? "null";
        return text.Length > 400 ? $"{text[..400]}.. {text.GetHashCode(StringComparison.Ordinal)}" : text;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map when map.ContainsKey("code") && map.ContainsKey("message") =>
            new JsonObject { ["code"] = map["code"]?.DeepClone() },
        JsonObject map => new JsonObject(map.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && IsErrorText(value.GetValue<string>()) =>
            Canonical(value.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    /// <summary>An error that a template has turned into text.</summary>
    private static bool IsErrorText(string text) =>
        text.StartsWith('{') && text.Contains("\"code\"", StringComparison.Ordinal) && text.EndsWith('}');
}
