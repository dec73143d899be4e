using System.Collections.Immutable;

namespace KafkaFlow.Engine;

/// <summary>
/// Loops made of edges. When the body's visits are settled, the loop turns, if a back edge is taken, or is finished;
/// until then an edge that leaves it counts only if it is taken.
/// </summary>
internal static class Cycles
{
    /// <summary>A step has settled: the loops around it that are finished thereby open the way out of them, innermost
    /// first; one that is settled only may turn.</summary>
    public static void StepSettled(Draft draft, int step)
    {
        for (var at = draft.Plan.InnermostLoop[step]; at is { } loop; at = draft.Plan.Graph.Loops[loop].Parent)
        {
            if (!IsSettled(draft, loop)) return;
            if (!TakenBack(draft, loop).IsEmpty)
            {
                draft.PendLoop(loop);
                return;
            }
            foreach (var exit in draft.Plan.Exits[loop]) draft.Pend(exit);
        }
    }

    /// <summary>Turns a loop, if it is time.</summary>
    public static void Visit(Draft draft, int loop)
    {
        if (!IsSettled(draft, loop)) return;
        var taken = TakenBack(draft, loop);
        if (taken.IsEmpty) return;
        var shape = draft.Plan.Graph.Loops[loop];
        StepStart.Begin(draft, shape.Header, taken,
            [.. shape.Body.Select(step => draft.Plan.Graph.Steps[step].Name)]);
    }

    /// <summary>Whether no further iteration begins.</summary>
    public static bool IsFinished(Draft draft, int loop) =>
        IsSettled(draft, loop) && TakenBack(draft, loop).IsEmpty;

    private static bool IsSettled(Draft draft, int loop)
    {
        foreach (var step in draft.Plan.LoopOrder[loop])
            if (draft.Current(step) is not { IsLive: false }) return false;
        var loops = draft.Plan.Graph.Loops;
        for (var inner = 0; inner < loop; inner++)
            if (draft.Plan.IsIn(loop, loops[inner].Header) && !TakenBack(draft, inner).IsEmpty) return false;
        return true;
    }

    private static ImmutableArray<int> TakenBack(Draft draft, int loop)
    {
        var taken = ImmutableArray.CreateBuilder<int>();
        foreach (var edge in draft.Plan.Graph.Loops[loop].BackEdges)
            if (Joins.Recorded(draft, edge)?.State == EdgeState.Taken) taken.Add(edge);
        return taken.ToImmutable();
    }
}
