namespace KafkaFlow.Playbooks.Graph;

/// <summary>
/// Dominators of a flow graph: a dominates b if every path from the entry to b passes a. Cooper, Harvey, Kennedy: A
/// Simple, Fast Dominance Algorithm (2001).
/// </summary>
internal sealed class Dominators
{
    private const int None = -1;

    private readonly int[] _order;
    private readonly int[] _immediate;
    private readonly int[] _enter;
    private readonly int[] _leave;

    /// <param name="successors">Of each node.</param>
    /// <param name="predecessors">Of each node.</param>
    public Dominators(IReadOnlyList<int[]> successors, IReadOnlyList<int[]> predecessors, int entry)
    {
        var count = successors.Count;
        (_order, _immediate) = (new int[count], new int[count]);
        (_enter, _leave) = (new int[count], new int[count]);
        Array.Fill(_order, None);
        Array.Fill(_immediate, None);
        ReversePostorder = Order(successors, entry);
        for (var i = 0; i < ReversePostorder.Count; i++) _order[ReversePostorder[i]] = i;
        Solve(predecessors, entry);
        Number(entry);
    }

    /// <summary>Nodes that the entry reaches, the entry first.</summary>
    public IReadOnlyList<int> ReversePostorder { get; }

    public bool IsReachable(int node) => _order[node] != None;

    /// <summary>Place in the reverse postorder.</summary>
    public int OrderOf(int node) => _order[node];

    /// <summary>Whether a dominates b, which may be the same; false for nodes that cannot be reached.</summary>
    public bool Dominates(int a, int b) =>
        IsReachable(a) && IsReachable(b) && _enter[a] <= _enter[b] && _leave[b] <= _leave[a];

    private static List<int> Order(IReadOnlyList<int[]> successors, int entry)
    {
        var postorder = new List<int>();
        var seen = new bool[successors.Count];
        var path = new Stack<(int Node, int Next)>();
        path.Push((entry, 0));
        seen[entry] = true;
        while (path.TryPop(out var top))
        {
            if (top.Next == successors[top.Node].Length)
            {
                postorder.Add(top.Node);
                continue;
            }
            path.Push((top.Node, top.Next + 1));
            var next = successors[top.Node][top.Next];
            if (seen[next]) continue;
            seen[next] = true;
            path.Push((next, 0));
        }
        postorder.Reverse();
        return postorder;
    }

    private void Solve(IReadOnlyList<int[]> predecessors, int entry)
    {
        _immediate[entry] = entry;
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var node in ReversePostorder.Skip(1))
            {
                var found = None;
                foreach (var before in predecessors[node])
                    if (_immediate[before] != None) found = found == None ? before : Intersect(before, found);
                changed |= _immediate[node] != found;
                _immediate[node] = found;
            }
        }
    }

    /// <summary>The nearest node that dominates both.</summary>
    private int Intersect(int a, int b)
    {
        while (a != b)
        {
            while (_order[a] > _order[b]) a = _immediate[a];
            while (_order[b] > _order[a]) b = _immediate[b];
        }
        return a;
    }

    /// <summary>Intervals of the dominator tree: what a node dominates lies within its interval.</summary>
    private void Number(int entry)
    {
        var children = ReversePostorder.Where(node => node != entry).ToLookup(node => _immediate[node]);
        var clock = 0;
        var open = new Stack<(int Node, bool IsLeaving)>([(entry, false)]);
        while (open.TryPop(out var top))
        {
            if (top.IsLeaving)
            {
                _leave[top.Node] = clock++;
                continue;
            }
            _enter[top.Node] = clock++;
            open.Push((top.Node, true));
            foreach (var child in children[top.Node]) open.Push((child, false));
        }
    }
}
