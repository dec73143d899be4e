using System.Text.Json;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>Builds a graph in a few lines. Args, save and workload are JSON whose strings may be templates.</summary>
internal sealed class Playbook(string workload = "{}")
{
    private static readonly string[] Known =
        ["workload", "ctx", "result", "output", "this", "error", "execution_id", "attempt", "now"];

    private readonly List<(string Name, string? Type, string Args, string Tool, Func<StepNode, Func<string, TemplateTree>, StepNode>? With)> _steps = [];
    private readonly List<(string From, string To, string? When, bool Else, bool OnError, string? Args)> _edges = [];

    public OnFailure OnFailure { get; init; } = OnFailure.FailFast;
    public long? DeadlineMs { get; init; }

    public Playbook Step(string name, string? type = null, string args = "{}", string tool = "{}",
        Func<StepNode, Func<string, TemplateTree>, StepNode>? with = null)
    {
        _steps.Add((name, type, args, tool, with));
        return this;
    }

    public Playbook Task(string name, string args = "{}", JoinRule? join = null, NextMode mode = NextMode.All,
        StepTimeouts? timeouts = null) =>
        Step(name, "python", args, with: (node, _) => node with
        {
            Join = join ?? JoinRule.All,
            NextMode = mode,
            Timeouts = timeouts ?? new(),
        });

    public Playbook Edge(string from, string to, string? when = null, bool otherwise = false, bool onError = false,
        string? args = null)
    {
        _edges.Add((from, to, when, otherwise, onError, args));
        return this;
    }

    public PlaybookGraph Build()
    {
        using var document = JsonDocument.Parse(workload);
        var keys = document.RootElement.EnumerateObject().Select(member => member.Name);
        var scope = new ExpressionScope([.. Known.Concat(_steps.Select(s => s.Name)).Concat(keys).Distinct()]);
        var names = _steps.Select(step => step.Name).ToList();
        var edges = _edges.Select((edge, index) => new Edge
        {
            Index = index,
            From = names.IndexOf(edge.From),
            To = names.IndexOf(edge.To),
            When = edge.When is null ? null : Compiled(edge.When, scope),
            IsElse = edge.Else,
            OnError = edge.OnError,
            Args = edge.Args is null ? null : Tree(edge.Args, scope),
            Line = 1,
            Column = 1,
        }).ToList();
        return new()
        {
            Path = "tests/playbook",
            Name = "playbook",
            ContentHash = "hash-1",
            Steps = [.. _steps.Select((step, index) => Node(step, index, edges, scope))],
            Edges = edges,
            Entry = Math.Max(0, names.IndexOf("start")),
            WorkloadJson = workload,
            Scope = scope,
            OnFailure = OnFailure,
            DeadlineMs = DeadlineMs,
        };
    }

    private static StepNode Node(
        (string Name, string? Type, string Args, string Tool, Func<StepNode, Func<string, TemplateTree>, StepNode>? With) step,
        int index, List<Edge> edges, ExpressionScope scope)
    {
        var node = new StepNode
        {
            Index = index,
            Name = step.Name,
            NodeType = step.Type,
            Tool = Tree(step.Tool, scope),
            Args = Tree(step.Args, scope),
            Out = [.. edges.Where(edge => edge.From == index).Select(edge => edge.Index)],
            In = [.. edges.Where(edge => edge.To == index).Select(edge => edge.Index)],
            Line = 1,
            Column = 1,
        };
        return step.With?.Invoke(node, json => Tree(json, scope)) ?? node;
    }

    private static Condition Compiled(string text, ExpressionScope scope) =>
        Condition.TryCompile(text, scope, out var problem)
        ?? throw new InvalidOperationException($"condition {text}: {problem?.Message}");

    private static TemplateTree Tree(string json, ExpressionScope scope)
    {
        using var document = JsonDocument.Parse(json);
        return WorkloadTemplates.Compile(document.RootElement, scope, out var problem)
            ?? throw new InvalidOperationException($"template {json}: {problem?.Message}");
    }
}
