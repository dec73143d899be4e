using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>
/// What follows from the shape of a graph, straight from the definitions: A reaches B if a walk over edges leads there;
/// D dominates S if without D the entry does not reach S. Nothing is kept but the answers.
/// </summary>
public sealed class Shape
{
    private readonly PlaybookGraph _graph;
    private readonly Dictionary<(string From, string To, bool Forward), bool> _reaches = [];

    public Shape(PlaybookGraph graph)
    {
        _graph = graph;
        Edges = [.. graph.Steps.SelectMany(step => step.Out).Select(index => graph.Edges[index])
            .Select(edge => new ShapeEdge(edge, graph.Steps[edge.From].Name, graph.Steps[edge.To].Name))];
        Entry = graph.Steps[graph.Entry].Name;
        Reachable = Walk([Entry], _ => true);
        foreach (var edge in Edges)
            edge.IsBack = Reachable.Contains(edge.From) && Reachable.Contains(edge.To) && Dominates(edge.To, edge.From);
        Loops = FindLoops();
    }

    public string Entry { get; }
    /// <summary>Document order.</summary>
    public IReadOnlyList<ShapeEdge> Edges { get; }
    public HashSet<string> Reachable { get; }
    /// <summary>One per header, those with fewer steps first.</summary>
    public IReadOnlyList<ShapeLoop> Loops { get; }

    /// <summary>Edges that count in the join of a step.</summary>
    public IEnumerable<ShapeEdge> Into(string step) =>
        Edges.Where(edge => edge.To == step && !edge.IsBack && Reachable.Contains(edge.From));

    public bool Dominates(string dominator, string step) =>
        dominator == step || !Walk([Entry], edge => edge.From != dominator && edge.To != dominator)
            .Contains(step) || dominator == Entry;

    /// <summary>Whether a walk of at least one edge leads from one step to the other.</summary>
    public bool Reaches(string from, string to, bool forwardOnly)
    {
        if (_reaches.TryGetValue((from, to, forwardOnly), out var known)) return known;
        var first = Edges.Where(edge => edge.From == from && !(forwardOnly && edge.IsBack)).Select(edge => edge.To);
        return _reaches[(from, to, forwardOnly)] = Walk(first, edge => !(forwardOnly && edge.IsBack)).Contains(to);
    }

    private HashSet<string> Walk(IEnumerable<string> from, Func<ShapeEdge, bool> allowed)
    {
        var reached = from.ToHashSet();
        int before;
        do
        {
            before = reached.Count;
            foreach (var edge in Edges)
                if (reached.Contains(edge.From) && allowed(edge)) reached.Add(edge.To);
        }
        while (reached.Count > before);
        return reached;
    }

    private List<ShapeLoop> FindLoops()
    {
        var loops = new List<ShapeLoop>();
        foreach (var back in Edges.Where(edge => edge.IsBack).GroupBy(edge => edge.To))
        {
            var body = Reachable.Where(step => step == back.Key || back.Any(edge =>
                step == edge.From || ReachesWithout(back.Key, step, edge.From))).ToHashSet();
            loops.Add(new(back.Key, [.. back], body));
        }
        var grew = true;
        while (grew)
        {
            grew = false;
            foreach (var loop in loops)
                foreach (var edge in Edges.Where(edge =>
                    edge.Edge.EachVisit && loop.Body.Contains(edge.From) && !loop.Body.Contains(edge.To)))
                    foreach (var step in Reachable.Where(step => Dominates(edge.To, step)))
                        grew |= loop.Body.Add(step);
        }
        return [.. loops.OrderBy(loop => loop.Body.Count)];
    }

    private bool ReachesWithout(string avoided, string from, string to) =>
        from != avoided && Walk([from], edge => edge.From != avoided && edge.To != avoided).Contains(to);

    public StepNode Node(string step) => _graph.Find(step)!;
}

/// <summary>An edge with its names; its index survives patches.</summary>
public sealed record ShapeEdge(Edge Edge, string From, string To)
{
    public bool IsBack { get; internal set; }
    public int Key => Edge.Index;
}

public sealed record ShapeLoop(string Header, IReadOnlyList<ShapeEdge> BackEdges, HashSet<string> Body);
