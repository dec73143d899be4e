using System.Collections.Immutable;
using System.Globalization;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>What a worker gets, rendered once.</summary>
/// <param name="Json"><c>{"args":..,TOOL FIELDS..,"scope":..}</c>; null if it failed.</param>
/// <param name="Auth">References to credentials, JSON text.</param>
internal readonly record struct TaskInput(string? Json, string? Auth, StepError? Failure)
{
    private const string WholeScope = "context";

    /// <param name="args">What the edges gave; the node's own are merged over it.</param>
    public static TaskInput Render(StepNode node, List<KeyValuePair<string, Value>> args, ScopeVariables variables)
    {
        if (Own(node, args, variables) is { } wrong) return new(null, null, wrong);
        var tool = node.Tool.Render(variables);
        if (tool.Error is { } problem) return new(null, null, StepError.Of(problem, "tool"));
        List<KeyValuePair<string, Value>> fields = [new("args", Value.Map(args)), .. tool.Entries];
        var scope = Scope(node, args, variables);
        if (scope.Count > 0) fields.Add(new("scope", Value.Map(scope)));
        var json = Value.Map(fields).ToJson();
        string? auth = null;
        if (node.Auth is { } tree)
        {
            var references = tree.Render(variables);
            if (references.Error is { } refused) return new(null, null, StepError.Of(refused, "auth"));
            auth = references.ToJson();
        }
        var bytes = JsonText.Bytes(json) + JsonText.Bytes(auth);
        return bytes > Draft.FactRoomBytes
            ? new(null, null, StepError.TooLarge("the rendered input", bytes, Draft.FactRoomBytes))
            : new(json, auth, null);
    }

    /// <summary>The node's own args over what is there.</summary>
    public static StepError? Own(StepNode node, List<KeyValuePair<string, Value>> args, ScopeVariables variables)
    {
        var own = node.Args.Render(variables);
        if (own.Error is { } problem) return StepError.Of(problem, "args");
        Merge(args, own);
        return null;
    }

    /// <summary>Args that a live visit without a worker of its own was begun with.</summary>
    public static List<KeyValuePair<string, Value>> OfVisit(ActivationState visit) =>
        visit.Args is { } given ? [.. Value.FromJson(given).Get("args").Entries] : [];

    /// <summary>Args of taken edges in document order, later wins.</summary>
    /// <param name="sources">The visits that they left, one per edge.</param>
    public static List<KeyValuePair<string, Value>> OfEdges(
        ImmutableArray<int> taken, ImmutableArray<ActivationState> sources)
    {
        var args = new List<KeyValuePair<string, Value>>();
        for (var i = 0; i < sources.Length; i++)
            if (Joins.RecordedIn(sources[i], taken[i]).Args is { } json) Merge(args, Value.FromJson(json));
        return args;
    }

    /// <summary>How the attempts of a task are timed and told apart.</summary>
    /// <param name="visit">That begins with it; null for an item, an iteration or another attempt.</param>
    public FactMeta Scheduled(Draft draft, StepNode node, Visit? visit = null)
    {
        var settings = draft.State.Begun.Settings;
        var times = node.Timeouts;
        var heartbeat = times.HeartbeatMs ?? settings.HeartbeatMs;
        return new()
        {
            GraphVersion = draft.State.GraphVersion,
            Taken = visit?.Taken ?? [],
            Reset = visit?.Reset ?? [],
            Sources = visit?.SourceIds ?? [],
            TaskHash = CanonicalJson.Hash(node.NodeType, Json, Auth,
                string.Create(CultureInfo.InvariantCulture, $"{times.AttemptMs},{heartbeat}")),
            Auth = Auth,
            QueueMs = times.QueueMs,
            AttemptMs = times.AttemptMs,
            HeartbeatMs = heartbeat,
            TotalMs = times.TotalMs,
            DueAt = Deadlines.OfQueue(draft.Now, times.QueueMs, settings),
        };
    }

    private static void Merge(List<KeyValuePair<string, Value>> args, Value over)
    {
        foreach (var entry in over.Entries)
        {
            var at = args.FindIndex(known => known.Key == entry.Key);
            if (at < 0) args.Add(entry);
            else args[at] = entry;
        }
    }

    private static List<KeyValuePair<string, Value>> Scope(
        StepNode node, List<KeyValuePair<string, Value>> args, ScopeVariables variables)
    {
        var scope = new List<KeyValuePair<string, Value>>();
        foreach (var name in node.Binds)
        {
            if (args.Exists(arg => arg.Key == name)) continue;
            var value = name == WholeScope ? variables.Whole() : variables.Get(name);
            if (value.Kind == ValueKind.Missing && node.Binds.Count == 1) value = variables.Item;
            if (value.Kind != ValueKind.Missing) scope.Add(new(name, value));
        }
        return scope;
    }
}
