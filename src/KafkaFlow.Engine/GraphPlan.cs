using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// What follows from a playbook alone and would be worked out again in each decision: which steps can run, who precedes
/// whom, what each name means. Immutable; one per graph.
/// </summary>
internal sealed class GraphPlan
{
    private const int FirstVisit = 1;
    private static readonly ConditionalWeakTable<PlaybookGraph, GraphPlan> Plans = [];

    private readonly BitArray[] _ancestors;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    private GraphPlan(PlaybookGraph graph)
    {
        Graph = graph;
        Ids = [.. graph.Steps.Select(step => Activations.Of(step.Name, FirstVisit))];
        foreach (var step in graph.Steps) _byName[step.Name] = step.Index;
        Meanings = [.. graph.Scope.Names.Select(name => Meaning.Of(name, this))];
        var reachable = Reach(graph);
        In = [.. graph.Steps.Select(step => step.In.Where(edge => reachable[graph.Edges[edge].From]).ToArray())];
        var order = Order(graph, reachable);
        var ordered = order.ToHashSet();
        Cycle = [.. graph.Steps.Where(step => reachable[step.Index] && !ordered.Contains(step.Index))
            .Select(step => step.Name)];
        _ancestors = Ancestors(order);
        Workload = [.. Members(graph)];
    }

    public PlaybookGraph Graph { get; }
    /// <summary>Activation ids by step.</summary>
    public string[] Ids { get; }
    /// <summary>Incoming edges that can ever be resolved, document order, by step.</summary>
    public int[][] In { get; }
    /// <summary>What each slot of the scope stands for.</summary>
    public Meaning[] Meanings { get; }
    /// <summary>Steps on or behind a cycle; empty in a playbook this engine can run.</summary>
    public string[] Cycle { get; }

    public static GraphPlan Of(PlaybookGraph graph) => Plans.GetValue(graph, static key => new GraphPlan(key));

    public int? IndexOf(string step) => _byName.TryGetValue(step, out var index) ? index : null;

    public bool Precedes(int ancestor, int step) => _ancestors[step][ancestor];

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

    private static bool[] Reach(PlaybookGraph graph)
    {
        var reached = new bool[graph.Steps.Count];
        var open = new Stack<int>([graph.Entry]);
        while (open.TryPop(out var step))
        {
            if (reached[step]) continue;
            reached[step] = true;
            foreach (var edge in graph.Steps[step].Out) open.Push(graph.Edges[edge].To);
        }
        return reached;
    }

    /// <returns>Reachable steps, each after all that precede it; those on or behind a cycle are left out.</returns>
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
                if (--missing[graph.Edges[edge].To] == 0) open.Enqueue(graph.Edges[edge].To);
        }
        return order;
    }

    private BitArray[] Ancestors(List<int> order)
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
        }
        return ancestors;
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
        "item" or "index" or "event" or "vars" => new(MeaningKind.Absent, name, -1),
        "error" => new(MeaningKind.Error, name, -1),
        "execution_id" => new(MeaningKind.ExecutionId, name, -1),
        "now" => new(MeaningKind.Now, name, -1),
        "attempt" => new(MeaningKind.Attempt, name, -1),
        _ => plan.IndexOf(name) is { } step
            ? new(MeaningKind.Step, name, step) : new(MeaningKind.WorkloadKey, name, -1),
    };
}

internal enum MeaningKind : byte { Workload, Ctx, Result, Error, ExecutionId, Now, Attempt, Step, WorkloadKey, Absent }
