namespace KafkaFlow.Playbooks.Graph;

/// <summary>Whether an edge that leaves a loop excludes that the loop goes back.</summary>
internal sealed class ExitChecks(IReadOnlyList<StepNode> steps, IReadOnlyList<Edge> edges, LoopFinder finder)
{
    /// <returns>
    /// A back edge of the loop that may be taken in the same iteration, or null. An exit of step s excludes a back edge
    /// if s is, or dominates, the source of the back edge, and the exit excludes every edge of s by which that source
    /// is reached inside the body.
    /// </returns>
    public int? Conflict(Edge exit, LoopDraft loop)
    {
        foreach (var back in loop.BackEdges)
            if (!Excludes(exit, back, loop)) return back;
        return null;
    }

    private bool Excludes(Edge exit, int back, LoopDraft loop)
    {
        var source = edges[back].From;
        if (!finder.Dominators.Dominates(exit.From, source)) return false;
        var leading = Leading(source, loop);
        return finder.Out(exit.From).All(other =>
            other == exit.Index || !(other == back || IsInside(other, loop) && leading[edges[other].To])
            || AreExclusive(exit, edges[other]));
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

    private bool IsInside(int edge, LoopDraft loop) =>
        edges[edge].To != loop.Header && loop.Contains[edges[edge].From] && loop.Contains[edges[edge].To];

    /// <summary>Never both taken in one visit of their step.</summary>
    private bool AreExclusive(Edge one, Edge other)
    {
        if (one.OnError != other.OnError || steps[one.From].NextMode == NextMode.First) return true;
        return one.IsElse && other.When is not null || other.IsElse && one.When is not null;
    }
}
