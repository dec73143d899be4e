using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>A run as people see it, from its facts. <c>Result</c> and <c>Error</c> are JSON text.</summary>
public sealed record RunView
{
    public required string ExecutionId { get; init; }
    public required string PlaybookPath { get; init; }
    public required int PlaybookVersion { get; init; }
    public required string ContentHash { get; init; }
    /// <summary>RUNNING, PAUSED, PARKED, COMPLETED, FAILED or CANCELLED.</summary>
    public required string Status { get; init; }
    public string? Result { get; init; }
    /// <summary><c>{"step","code","message","attempt"}</c> or null.</summary>
    public string? Error { get; init; }
    public required Timestamp StartedAt { get; init; }
    public Timestamp? EndedAt { get; init; }
    public long? DurationMs { get; init; }
    public required long LastSeq { get; init; }
    /// <summary>In the order they were started, pass-through steps included; what never started is not here.</summary>
    public required IReadOnlyList<StepView> Steps { get; init; }

    /// <param name="facts">All facts of one execution in order of <c>seq</c>; at least the first.</param>
    public static RunView Of(IReadOnlyList<ExecutionEvent> facts)
    {
        if (facts.Count == 0 || facts[0].EventType != EventTypes.ExecutionStarted)
            throw new ArgumentException("the facts of a run begin with execution_started", nameof(facts));
        var first = facts[0];
        var view = new RunView
        {
            ExecutionId = first.ExecutionId,
            PlaybookPath = first.PlaybookPath ?? "",
            PlaybookVersion = first.PlaybookVersion ?? 0,
            ContentHash = first.ContentHash ?? "",
            Status = EventStatus.Running,
            StartedAt = first.CreatedAt,
            LastSeq = facts[^1].Seq,
            Steps = [],
        };
        var order = new List<string>();
        var steps = new Dictionary<string, StepView>(StringComparer.Ordinal);
        foreach (var fact in facts)
        {
            if (EventTypes.IsTerminal(fact.EventType)) view = Ended(view, fact);
            else if (fact.EventType == EventTypes.ExecutionParked) view = view with { Status = EventStatus.Parked };
            else if (fact.EventType == EventTypes.ExecutionPaused) view = view with { Status = EventStatus.Paused };
            else if (fact.EventType == EventTypes.ExecutionResumed) view = view with { Status = EventStatus.Running };
            else if (fact.EventType == EventTypes.StepStarted)
            {
                order.Add(fact.Activation!);
                steps[fact.Activation!] = StepView.Of(fact);
            }
            else if (fact.Activation is { } id && steps.TryGetValue(id, out var step)) steps[id] = step.After(fact);
        }
        return view with { Steps = [.. order.Select(id => steps[id])] };
    }

    /// <summary>The document RUN of the command line.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteMembers(writer);
        writer.WriteEndObject();
    }

    /// <summary>The members of RUN, for a caller that adds its own.</summary>
    /// <param name="withSteps">Lists leave the steps out.</param>
    public void WriteMembers(Utf8JsonWriter writer, bool withSteps = true)
    {
        writer.WriteString("execution_id", ExecutionId);
        writer.WriteStartObject("playbook");
        writer.WriteString("path", PlaybookPath);
        writer.WriteNumber("version", PlaybookVersion);
        writer.WriteString("content_hash", ContentHash);
        writer.WriteEndObject();
        writer.WriteString("status", Status);
        writer.Raw("result", Result);
        writer.Raw("error", Error);
        writer.WriteString("started_at", StartedAt.ToString());
        writer.WriteString("ended_at", EndedAt?.ToString());
        if (DurationMs is { } duration) writer.WriteNumber("duration_ms", duration);
        else writer.WriteNull("duration_ms");
        if (!withSteps) return;
        writer.WriteStartArray("steps");
        foreach (var step in Steps) step.WriteTo(writer);
        writer.WriteEndArray();
    }

    public string ToJson() => JsonText.Write(this, static (writer, run) => run.WriteTo(writer));

    private static RunView Ended(RunView view, ExecutionEvent terminal) => view with
    {
        Status = terminal.Status,
        Result = terminal.Result,
        Error = terminal.Error,
        EndedAt = terminal.CreatedAt,
        DurationMs = terminal.DurationMs,
    };
}
