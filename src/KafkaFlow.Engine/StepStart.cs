using System.Collections.Immutable;
using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Starts a step: renders its whole input once, and hands it out or passes through.</summary>
internal static class StepStart
{
    private const int GraphVersion = 1;
    private const string WholeScope = "context";

    public static void Begin(Draft draft, int step, ImmutableArray<int> taken)
    {
        var plan = draft.Plan;
        var node = plan.Graph.Steps[step];
        int? source = taken.IsEmpty ? null : plan.Graph.Edges[taken[^1]].From;
        var variables = ScopeVariables.InStep(draft, step, source);
        var input = Input(draft, node, taken, variables, out var failure);
        var auth = failure is null && node.Auth is { } tree ? Render(tree, "auth", variables, ref failure) : null;
        if (failure is null && JsonText.Bytes(input) + JsonText.Bytes(auth) is var bytes && bytes > Draft.FactRoomBytes)
            failure = StepError.TooLarge("the rendered input", bytes, Draft.FactRoomBytes);
        draft.Record(EventTypes.StepStarted, EventStatus.Running, new()
        {
            ParentSeq = source is { } from ? draft.State.Activations[plan.Ids[from]].EndSeq : 1,
            Step = node.Name,
            NodeType = node.NodeType,
            Activation = plan.Ids[step],
            Attempt = 1,
            Context = failure is null ? input : null,
            Meta = failure is null && input is not null && !node.PassesThrough
                ? Scheduled(draft, node, input, auth, taken)
                : new() { GraphVersion = GraphVersion, Taken = taken },
        });
        if (failure is not null) StepEnd.Fail(draft, step, failure);
        else if (node.PassesThrough) StepEnd.Complete(draft, step, null, source is { } of ? plan.Ids[of] : null);
    }

    private static FactMeta Scheduled(Draft draft, StepNode node, string input, string? auth, ImmutableArray<int> taken)
    {
        var settings = draft.State.Begun.Settings;
        var times = node.Timeouts;
        var heartbeat = times.HeartbeatMs ?? settings.HeartbeatMs;
        return new()
        {
            GraphVersion = GraphVersion,
            TaskHash = CanonicalJson.Hash(node.NodeType, input, auth,
                string.Create(CultureInfo.InvariantCulture, $"{times.AttemptMs},{heartbeat}")),
            Auth = auth,
            QueueMs = times.QueueMs,
            AttemptMs = times.AttemptMs,
            HeartbeatMs = heartbeat,
            TotalMs = times.TotalMs,
            Taken = taken,
            DueAt = Deadlines.OfQueue(draft.Now, times.QueueMs, settings),
        };
    }

    /// <returns><c>{"args":..,TOOL FIELDS..,"scope":..}</c>; null: it passes through without args.</returns>
    private static string? Input(
        Draft draft, StepNode node, ImmutableArray<int> taken, ScopeVariables variables, out StepError? failure)
    {
        failure = null;
        var args = Args(draft, node, taken, variables, ref failure);
        if (failure is not null) return null;
        if (node.PassesThrough) return args.Count == 0 ? null : Value.Map([new("args", Value.Map(args))]).ToJson();
        var tool = node.Tool.Render(variables);
        if (tool.Error is { } problem)
        {
            failure = StepError.Of(problem, "tool");
            return null;
        }
        List<KeyValuePair<string, Value>> fields = [new("args", Value.Map(args)), .. tool.Entries];
        var scope = Scope(node, args, variables);
        if (scope.Count > 0) fields.Add(new("scope", Value.Map(scope)));
        return Value.Map(fields).ToJson();
    }

    /// <summary>Edge args in document order of the edges, later wins; the step's own args over them.</summary>
    private static List<KeyValuePair<string, Value>> Args(
        Draft draft, StepNode node, ImmutableArray<int> taken, ScopeVariables variables, ref StepError? failure)
    {
        var args = new List<KeyValuePair<string, Value>>();
        foreach (var edge in taken)
        {
            if (Joins.OutcomeOf(draft.State, draft.Plan, edge)?.Args is { } json) Merge(args, Value.FromJson(json));
        }
        var own = node.Args.Render(variables);
        if (own.Error is { } problem) failure = StepError.Of(problem, "args");
        else Merge(args, own);
        return args;
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
            if (value.Kind != ValueKind.Missing) scope.Add(new(name, value));
        }
        return scope;
    }

    private static string? Render(TemplateTree tree, string where, ScopeVariables variables, ref StepError? failure)
    {
        var value = tree.Render(variables);
        if (value.Error is not { } problem) return value.ToJson();
        failure = StepError.Of(problem, where);
        return null;
    }
}
