using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// What follows from a playbook alone and would be worked out again in each decision: which steps can run, who precedes
/// whom, which loops an edge leaves, what each name means. Immutable; one per graph.
/// </summary>
internal sealed class GraphPlan
{
    private static readonly ConditionalWeakTable<PlaybookGraph, GraphPlan> Plans = [];

    private readonly BitArray[] _forward;
    private readonly BitArray[] _ancestors;
    private readonly BitArray[] _bodies;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    private GraphPlan(PlaybookGraph graph)
    {
        Graph = graph;
        foreach (var step in graph.Steps) _byName[step.Name] = step.Index;
        Meanings = [.. graph.RetryScope.Names.Select(name => Meaning.Of(name, this))];
        var reachable = Reach(graph, graph.Entry);
        IsReachable = reachable;
        In = [.. graph.Steps.Select(step => step.In
            .Where(edge => reachable[graph.Edges[edge].From] && !graph.Edges[edge].IsBack).ToArray())];
        _bodies = [.. graph.Loops.Select(loop => Bits(loop.Body))];
        InnermostLoop = [.. graph.Steps.Select(step =>
            Enumerable.Range(0, graph.Loops.Count).Where(loop => _bodies[loop][step.Index])
                .Select(loop => (int?)loop).FirstOrDefault())];
        Left = [.. graph.Edges.Select(edge => edge.IsRemoved ? [] : Enumerable.Range(0, graph.Loops.Count)
            .Where(loop => _bodies[loop][edge.From] && !_bodies[loop][edge.To]).ToArray())];
        var order = Order(graph, reachable);
        LoopOrder = [.. _bodies.Select(body => order.Where(step => body[step]).Reverse().ToArray())];
        Exits = [.. graph.Loops.Select((_, loop) => graph.Edges.Where(edge => Left[edge.Index].Contains(loop))
            .Select(edge => edge.To).Distinct().ToArray())];
        _forward = Ancestors(order, withLoops: false);
        _ancestors = graph.Loops.Count == 0 ? _forward : Ancestors(order, withLoops: true);
        Workload = [.. Members(graph)];
        Finally = [.. graph.Steps.Where(step => step.Role == StepRole.Finally).Select(step => step.Index)];
    }

    public PlaybookGraph Graph { get; }
    public bool[] IsReachable { get; }
    /// <summary>Incoming forward edges that can ever be resolved, document order, by step.</summary>
    public int[][] In { get; }
    /// <summary>What each slot of the scope stands for.</summary>
    public Meaning[] Meanings { get; }
    /// <summary>The loop a step is in, the innermost one.</summary>
    public int?[] InnermostLoop { get; }
    /// <summary>Loops that an edge leads out of, by edge.</summary>
    public int[][] Left { get; }
    /// <summary>Steps of a loop, the last ones first: the one still at work is found soon.</summary>
    public int[][] LoopOrder { get; }
    /// <summary>Targets of edges that leave a loop, by loop.</summary>
    public int[][] Exits { get; }
    public int[] Finally { get; }

    public static GraphPlan Of(PlaybookGraph graph) => Plans.GetValue(graph, static key => new GraphPlan(key));

    public int? IndexOf(string step) => _byName.TryGetValue(step, out var index) ? index : null;

    /// <summary>Whether one step can be reached from another, and so be seen by it.</summary>
    public bool Precedes(int ancestor, int step) =>
        Graph.Steps[step].Role != StepRole.Flow ? ancestor != step : _ancestors[step][ancestor];

    /// <summary>Whether it can be reached without going back.</summary>
    public bool PrecedesForward(int ancestor, int step) =>
        Graph.Steps[step].Role != StepRole.Flow ? ancestor != step : _forward[step][ancestor];

    public bool IsIn(int loop, int step) => _bodies[loop][step];

    /// <summary>The workload's defaults in order: each member's tree, its templates compiled, or what is wrong with it.
    /// </summary>
    public (string Key, TemplateTree? Tree, ExpressionDiagnostic? Problem)[] Workload { get; }

    private static IEnumerable<(string, TemplateTree?, ExpressionDiagnostic?)> Members(PlaybookGraph graph)
    {
        using var document = JsonDocument.Parse(graph.WorkloadJson, JsonText.Reading);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var tree = WorkloadTemplates.Compile(member.Value, graph.Scope, out var problem);
            yield return (member.Name, tree, problem);
        }
    }

    private static bool[] Reach(PlaybookGraph graph, params IEnumerable<int> from)
    {
        var reached = new bool[graph.Steps.Count];
        var open = new Stack<int>(from);
        while (open.TryPop(out var step))
        {
            if (reached[step]) continue;
            reached[step] = true;
            foreach (var edge in graph.Steps[step].Out) open.Push(graph.Edges[edge].To);
        }
        return reached;
    }

    /// <returns>Reachable steps, each after all that precede it without going back.</returns>
    private List<int> Order(PlaybookGraph graph, bool[] reachable)
    {
        var missing = In.Select(edges => edges.Length).ToArray();
        var order = new List<int>(graph.Steps.Count);
        var open = new Queue<int>(graph.Steps.Where(step => reachable[step.Index] && missing[step.Index] == 0)
            .Select(step => step.Index));
        while (open.TryDequeue(out var step))
        {
            order.Add(step);
            foreach (var edge in graph.Steps[step].Out)
                if (graph.Edges[edge] is { IsBack: false, To: var to } && --missing[to] == 0) open.Enqueue(to);
        }
        return order;
    }

    /// <param name="withLoops">A header is also preceded by the body that leads back to it; the rest of the body
    /// inherits that.</param>
    private BitArray[] Ancestors(List<int> order, bool withLoops)
    {
        var ancestors = Graph.Steps.Select(_ => new BitArray(Graph.Steps.Count)).ToArray();
        foreach (var step in order)
        {
            foreach (var edge in In[step])
            {
                var from = Graph.Edges[edge].From;
                ancestors[step].Or(ancestors[from]);
                ancestors[step][from] = true;
            }
            if (!withLoops) continue;
            for (var loop = 0; loop < Graph.Loops.Count; loop++)
                if (Graph.Loops[loop].Header == step) ancestors[step].Or(_bodies[loop]);
        }
        foreach (var step in Graph.Steps.Where(step => !IsReachable[step.Index])) AddUnreachable(ancestors, step);
        return ancestors;
    }

    /// <summary>A step that has run before a patch took the way to it is still seen where it leads to.</summary>
    private void AddUnreachable(BitArray[] ancestors, StepNode ancestor)
    {
        var reached = Reach(Graph, ancestor.Out.Select(edge => Graph.Edges[edge].To));
        for (var step = 0; step < reached.Length; step++)
            if (reached[step]) ancestors[step][ancestor.Index] = true;
    }

    private BitArray Bits(IReadOnlyList<int> steps)
    {
        var bits = new BitArray(Graph.Steps.Count);
        foreach (var step in steps) bits[step] = true;
        return bits;
    }
}

/// <summary>What a name of the scope stands for.</summary>
internal readonly record struct Meaning(MeaningKind Kind, string Name, int Step)
{
    public static Meaning Of(string name, GraphPlan plan) => name switch
    {
        "workload" => new(MeaningKind.Workload, name, -1),
        "ctx" => new(MeaningKind.Ctx, name, -1),
        "result" or "output" or "this" => new(MeaningKind.Result, name, -1),
        "item" => new(MeaningKind.Item, name, -1),
        "index" => new(MeaningKind.Index, name, -1),
        "event" => new(MeaningKind.Event, name, -1),
        "vars" => new(MeaningKind.Vars, name, -1),
        "error" => new(MeaningKind.Error, name, -1),
        "execution_id" => new(MeaningKind.ExecutionId, name, -1),
        "now" => new(MeaningKind.Now, name, -1),
        "attempt" => new(MeaningKind.Attempt, name, -1),
        _ when plan.IndexOf(name) is { } step => new(MeaningKind.Step, name, step),
        _ when plan.Graph.Elements.Contains(name) => new(MeaningKind.Element, name, -1),
        _ => new(MeaningKind.WorkloadKey, name, -1),
    };
}

internal enum MeaningKind : byte
{
    Workload, Ctx, Result, Error, ExecutionId, Now, Attempt, Step, WorkloadKey, Item, Index, Element, Event, Vars,
}
