using System.Collections.Immutable;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Whether a step starts, is skipped, or waits, given the outcomes of its incoming edges.</summary>
internal static class Joins
{
    public const string DeadPath = "dead_path";
    public const string UpstreamFailed = "upstream_failed";

    /// <summary>Looks at one step again: starts it, skips it, absorbs edges it no longer needs, or waits.</summary>
    public static void Visit(Draft draft, int step)
    {
        var plan = draft.Plan;
        if (!plan.IsReachable[step]) return;
        var incoming = plan.In[step];
        if (draft.Current(step) is { } visit)
        {
            Absorb(draft, visit, incoming);
            return;
        }
        if (step == plan.Graph.Entry)
        {
            StepStart.Begin(draft, step, []);
            return;
        }
        var taken = ImmutableArray.CreateBuilder<int>(incoming.Length);
        int failed = 0, unresolved = 0;
        foreach (var edge in incoming)
        {
            switch (OutcomeOf(draft, edge)?.State)
            {
                case EdgeState.Taken: taken.Add(edge); break;
                case EdgeState.Failed: failed++; break;
                case EdgeState.Dead: break;
                default: unresolved++; break;
            }
        }
        switch (Decide(plan.Graph.Steps[step].Join, taken.Count, failed, unresolved))
        {
            case Verdict.Start: StepStart.Begin(draft, step, taken.ToImmutable()); break;
            case Verdict.Skip: StepEnd.Skip(draft, step, failed > 0 ? UpstreamFailed : DeadPath); break;
            default: break;
        }
    }

    /// <returns>What an edge means for a join; null while that is open: its source is not settled, or a loop that it
    /// leaves may turn once more.</returns>
    public static EdgeOutcome? OutcomeOf(Draft draft, int edge)
    {
        var recorded = Recorded(draft, edge);
        if (recorded is not { State: not EdgeState.Taken }) return recorded;
        foreach (var loop in draft.Plan.Left[edge])
            if (!Cycles.IsFinished(draft, loop)) return null;
        return recorded;
    }

    /// <returns>The outcome recorded in the current visit of the edge's source, dead if it was added afterwards; null
    /// while that is not settled.</returns>
    public static EdgeOutcome? Recorded(Draft draft, int edge)
    {
        return draft.Current(draft.Plan.Graph.Edges[edge].From) is { IsLive: false } source
            ? RecordedIn(source, edge) : null;
    }

    /// <returns>What a settled visit has recorded of one of its edges; dead if the edge was added afterwards.</returns>
    public static EdgeOutcome RecordedIn(ActivationState source, int edge)
    {
        int low = 0, high = source.Out.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = source.Out[middle];
            if (found.Edge == edge) return found;
            if (found.Edge < edge) low = middle + 1;
            else high = middle - 1;
        }
        return new(edge, EdgeState.Dead, "", null);
    }

    private enum Verdict { Wait, Start, Skip }

    private static Verdict Decide(JoinRule rule, int taken, int failed, int unresolved)
    {
        if (rule.Kind == JoinKind.All)
        {
            if (unresolved > 0) return Verdict.Wait;
            return taken > 0 && failed == 0 ? Verdict.Start : Verdict.Skip;
        }
        var needed = rule.Kind == JoinKind.Any ? 1 : rule.Count;
        if (taken >= needed) return Verdict.Start;
        return taken + unresolved < needed ? Verdict.Skip : Verdict.Wait;
    }

    private static void Absorb(Draft draft, ActivationState visit, int[] incoming)
    {
        foreach (var edge in incoming)
        {
            if (OutcomeOf(draft, edge)?.State != EdgeState.Taken) continue;
            if (visit.Taken.Contains(edge) || visit.Absorbed.Contains(edge)) continue;
            var source = draft.Current(draft.Plan.Graph.Edges[edge].From)!;
            if (source.EndSeq < visit.StartSeq) continue;
            draft.Record(EventTypes.EdgeAbsorbed, EventStatus.Running,
                FactBody.Of(visit, source.EndSeq) with { Meta = new() { Edge = edge } });
        }
    }
}
