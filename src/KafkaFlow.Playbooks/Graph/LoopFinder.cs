namespace KafkaFlow.Playbooks.Graph;

/// <summary>A loop while it is being found: its body may still grow.</summary>
internal sealed class LoopDraft(int header, int count)
{
    public int Header => header;

    public List<int> BackEdges { get; } = [];

    public bool[] Contains { get; } = new bool[count];

    public int Size { get; private set; }

    public bool Add(int step)
    {
        if (Contains[step]) return false;
        Contains[step] = true;
        Size++;
        return true;
    }
}

/// <summary>
/// The loops of a graph: back edges, natural loops (Aho, Sethi, Ullman: Compilers, 10.4), and the cycles that are none
/// because they can be entered at several steps. Steps that the entry does not reach do not count.
/// </summary>
internal sealed class LoopFinder
{
    private readonly IReadOnlyList<Edge> _edges;
    private readonly int _count;
    private readonly int[][] _out;
    private readonly int[][] _in;
    private readonly bool[] _isBack;

    public LoopFinder(int count, IReadOnlyList<Edge> edges, int entry)
    {
        (_count, _edges) = (count, edges);
        _out = Grouped(edge => edge.From);
        _in = Grouped(edge => edge.To);
        Dominators = new([.. _out.Select(list => list.Select(e => edges[e].To).ToArray())],
            [.. _in.Select(list => list.Select(e => edges[e].From).ToArray())], entry);
        _isBack = [.. edges.Select(edge => Dominators.Dominates(edge.To, edge.From))];
    }

    public Dominators Dominators { get; }

    /// <summary>Edges whose target dominates their source.</summary>
    public bool IsBack(int edge) => _isBack[edge];

    public IReadOnlyList<int> Out(int step) => _out[step];

    /// <summary>
    /// Sets of steps that go round without a back edge, each with the steps at which it is entered, ascending. A graph
    /// has none exactly if it is reducible.
    /// </summary>
    public IReadOnlyList<(IReadOnlyList<int> Steps, IReadOnlyList<int> Entries)> Irreducible()
    {
        var found = new List<(IReadOnlyList<int>, IReadOnlyList<int>)>();
        foreach (var component in Components.Of(_count, Forward))
        {
            if (component.Count < 2) continue;
            var members = component.ToHashSet();
            var entries = component.Where(step => _in[step].Any(edge => !_isBack[edge]
                && Dominators.IsReachable(_edges[edge].From) && !members.Contains(_edges[edge].From)));
            found.Add(([.. component.Order()], [.. entries.Order()]));
        }
        return found;
    }

    /// <summary>One loop per header, by header.</summary>
    /// <param name="maxDepth">Loops that a step may be in; null is returned where one is in more.</param>
    public List<LoopDraft>? Natural(int maxDepth)
    {
        var loops = new SortedDictionary<int, LoopDraft>();
        var depth = new int[_count];
        for (var edge = 0; edge < _edges.Count; edge++)
        {
            if (!_isBack[edge]) continue;
            var header = _edges[edge].To;
            if (!loops.TryGetValue(header, out var loop)) loops.Add(header, loop = new(header, _count));
            loop.BackEdges.Add(edge);
            if (loop.Add(header) && ++depth[header] > maxDepth) return null;
            if (!Grow(loop, _edges[edge].From, depth, maxDepth)) return null;
        }
        return [.. loops.Values];
    }

    /// <summary>Adds what reaches the source of a back edge without passing the header.</summary>
    private bool Grow(LoopDraft loop, int source, int[] depth, int maxDepth)
    {
        var open = new Stack<int>([source]);
        while (open.TryPop(out var step))
        {
            if (!Dominators.IsReachable(step) || !loop.Add(step)) continue;
            if (++depth[step] > maxDepth) return false;
            foreach (var edge in _in[step]) open.Push(_edges[edge].From);
        }
        return true;
    }

    private IEnumerable<int> Forward(int step) => !Dominators.IsReachable(step)
        ? [] : _out[step].Where(edge => !_isBack[edge]).Select(edge => _edges[edge].To);

    private int[][] Grouped(Func<Edge, int> end)
    {
        var lists = new List<int>[_count];
        for (var step = 0; step < _count; step++) lists[step] = [];
        for (var edge = 0; edge < _edges.Count; edge++) lists[end(_edges[edge])].Add(edge);
        return [.. lists.Select(list => list.ToArray())];
    }
}
