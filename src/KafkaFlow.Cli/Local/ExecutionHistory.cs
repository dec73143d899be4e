using System.Text.Json.Nodes;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Playbooks;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Local;

/// <summary>One execution as its facts tell it: the run, the folded state, what it waits for.</summary>
internal sealed class ExecutionHistory
{
    private ExecutionHistory(IReadOnlyList<ExecutionEvent> facts)
    {
        facts = OfLatestRun(facts);
        Facts = facts;
        Run = RunView.Of(facts);
        State = facts.Aggregate((ExecutionState?)null, EngineCore.Evolve)!;
    }

    public IReadOnlyList<ExecutionEvent> Facts { get; }

    public RunView Run { get; }

    public ExecutionState State { get; }

    public string ExecutionId => Run.ExecutionId;

    /// <summary>As the table <c>execution</c> has it: WAITING where nothing is at work.</summary>
    public string Status => State.Status switch
    {
        _ when State.IsFinished => Run.Status,
        ExecutionStatus.Parked => EventStatus.Parked,
        ExecutionStatus.Paused => EventStatus.Paused,
        _ => Doing() is { Count: > 0 } doing && doing.All(phase => phase == ActivationPhase.Waiting)
            ? EventStatus.Waiting : EventStatus.Running,
    };

    public string StartHash => State.StartHash;

    /// <summary>1, and one more for each patch.</summary>
    public int GraphVersion => 1 + Facts.Count(fact => fact.EventType == EventTypes.ExecutionPatched);

    /// <summary>An id may be used again long after its execution has ended; what counts is the latest.</summary>
    public static IReadOnlyList<ExecutionEvent> OfLatestRun(IReadOnlyList<ExecutionEvent> facts)
    {
        var start = facts.Count - 1;
        while (start > 0 && facts[start].Seq != 1) start--;
        return start <= 0 ? facts : [.. facts.Skip(start)];
    }

    public static ExecutionHistory Of(IReadOnlyList<ExecutionEvent> facts) => new(facts);

    /// <exception cref="CliException">There is no such execution.</exception>
    public static ExecutionHistory Read(Cluster cluster, string executionId, CancellationToken cancel) =>
        TryRead(cluster, executionId, cancel) ?? throw Unknown(executionId);

    public static ExecutionHistory? TryRead(Cluster cluster, string executionId, CancellationToken cancel)
    {
        using var log = new ExecutionLog(cluster, executionId);
        var facts = log.ReadToEnd(cancel);
        return facts.Count == 0 ? null : new ExecutionHistory(facts);
    }

    public static CliException Unknown(string executionId) => CliException.NotFound(
        $"there is no execution {executionId}",
        "a start the engine has not decided yet has no events; is an engine running? kafkaflow engine status");

    /// <summary>The document RUN.</summary>
    public JsonObject ToRunJson()
    {
        var document = (JsonObject)JsonNode.Parse(Run.ToJson())!;
        document["status"] = Status;
        return document;
    }

    public JsonObject ToShowJson()
    {
        var document = ToRunJson();
        document["last_seq"] = Run.LastSeq;
        document["partition"] = Facts[0].CausePartition;
        document["graph_version"] = GraphVersion;
        document["waiting_for"] = new JsonArray([.. Waiting.For(State).Select(w => new JsonObject
        {
            ["activation"] = w.Activation, ["kind"] = w.Kind, ["what"] = w.What, ["since"] = w.Since.ToString(),
            ["until"] = w.Until?.ToString(),
        })]);
        return document;
    }

    public JsonObject ToWhyJson(IReadOnlyList<WaitingFor> reasons) => new()
    {
        ["execution_id"] = ExecutionId,
        ["status"] = Status,
        ["because"] = new JsonArray([.. reasons.Select(w => new JsonObject
        {
            ["activation"] = w.Activation, ["kind"] = w.Kind, ["what"] = w.What, ["since"] = w.Since.ToString(),
            ["next"] = w.Next, ["fix"] = w.Fix,
        })]),
    };

    /// <summary>What it waits for; of an ended execution, what ended it.</summary>
    public IReadOnlyList<WaitingFor> Reasons() =>
        State.IsFinished ? [Ended()] : Waiting.For(State);

    private List<ActivationPhase> Doing() =>
        [.. State.Activations.Values.Where(step => step.IsLive && step.Phase != ActivationPhase.Looping)
            .Select(step => step.Phase)];

    private WaitingFor Ended()
    {
        var error = EventJson.Parse(Run.Error);
        var what = Status == EventStatus.Completed
            ? "every path has ended"
            : error is null ? $"it was {Status.ToLowerInvariant()}"
                : $"{(string?)error["step"] ?? "the execution"}: {(string?)error["message"]}";
        var fix = Status == EventStatus.Completed ? null
            : $"kafkaflow execution start {Run.PlaybookPath}@{Run.PlaybookVersion}";
        return new WaitingFor(null, "ended", what, Run.EndedAt ?? Run.StartedAt, null,
            "nothing; a terminal status never changes", fix);
    }
}

/// <summary>The playbook of a run as it is now: the pinned version with the run's patches.</summary>
internal static class RunGraph
{
    /// <returns>null where the version is not registered on this cluster.</returns>
    public static PlaybookGraph? Of(ExecutionHistory run, Cluster cluster, CancellationToken cancel)
    {
        var graph = Pinned(run, cluster, cancel);
        foreach (var fact in run.Facts)
            if (fact.EventType == EventTypes.ExecutionPatched && graph is not null)
                graph = PlaybookPatch.Apply(graph, fact.Context!, "patch").Graph;
        return graph;
    }

    /// <summary>The version that the run began with.</summary>
    public static PlaybookGraph? Pinned(ExecutionHistory run, Cluster cluster, CancellationToken cancel)
    {
        using var registry = new PlaybookRegistry(cluster);
        var record = registry.Find(run.Run.PlaybookPath, run.Run.PlaybookVersion, cancel);
        return record is null || record.ContentHash != run.Run.ContentHash ? null
            : PlaybookCompiler.Compile(record.Source, $"{record.Path}@{record.Version}").Graph;
    }
}
