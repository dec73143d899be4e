namespace KafkaFlow.Playbooks.Graph;

/// <summary>
/// Whether an edge that leaves a loop excludes that the loop goes back. An exit of step s excludes a back edge if s is,
/// or dominates, the source of the back edge, and the exit excludes every edge of s by which that source is reached
/// inside the body.
/// </summary>
internal sealed class ExitChecks(IReadOnlyList<StepNode> steps, IReadOnlyList<Edge> edges, LoopFinder finder)
{
    /// <summary>Which kinds of edges a step has among those that lead to the source of a back edge.</summary>
    [Flags]
    private enum Kinds { None = 0, Plain = 1, When = 2, Else = 4, OnError = 8 }

    /// <returns>By exit, a back edge of the loop that may be taken in the same iteration.</returns>
    public IReadOnlyDictionary<int, int> Conflicts(LoopDraft loop)
    {
        var exits = edges.Where(edge => loop.Contains[edge.From] && !loop.Contains[edge.To]).ToLookup(e => e.From);
        var conflicts = new SortedDictionary<int, int>();
        foreach (var back in loop.BackEdges)
        {
            var leading = Leading(edges[back].From, loop);
            foreach (var ofStep in exits)
            {
                var dominates = finder.Dominators.Dominates(ofStep.Key, edges[back].From);
                var kinds = dominates ? KindsOf(ofStep.Key, back, leading, loop) : Kinds.None;
                foreach (var exit in ofStep)
                    if (!dominates || !Excludes(exit, kinds)) conflicts.TryAdd(exit.Index, back);
            }
        }
        return conflicts;
    }

    /// <summary>Steps from which a step is reached within one iteration.</summary>
    private bool[] Leading(int target, LoopDraft loop)
    {
        var leading = new bool[steps.Count];
        var open = new Stack<int>([target]);
        while (open.TryPop(out var step))
        {
            if (leading[step]) continue;
            leading[step] = true;
            foreach (var edge in steps[step].In)
                if (IsInside(edge, loop)) open.Push(edges[edge].From);
        }
        return leading;
    }

    private Kinds KindsOf(int step, int back, bool[] leading, LoopDraft loop)
    {
        var kinds = Kinds.None;
        foreach (var edge in finder.Out(step))
            if (edge == back || IsInside(edge, loop) && leading[edges[edge].To]) kinds |= KindOf(edges[edge]);
        return kinds;
    }

    private bool IsInside(int edge, LoopDraft loop) =>
        edges[edge].To != loop.Header && loop.Contains[edges[edge].From] && loop.Contains[edges[edge].To];

    private static Kinds KindOf(Edge edge) => edge switch
    {
        { OnError: true } => Kinds.OnError,
        { IsElse: true } => Kinds.Else,
        { When: not null } => Kinds.When,
        _ => Kinds.Plain,
    };

    /// <summary>Whether no edge of these kinds is ever taken in the same visit.</summary>
    private bool Excludes(Edge exit, Kinds kinds)
    {
        if (steps[exit.From].NextMode == NextMode.First) return true;
        var exclusive = KindOf(exit) switch
        {
            Kinds.OnError => Kinds.Plain | Kinds.When | Kinds.Else,
            Kinds.Else => Kinds.When | Kinds.OnError,
            Kinds.When => Kinds.Else | Kinds.OnError,
            _ => Kinds.OnError,
        };
        return (kinds & ~exclusive) == 0;
    }
}
