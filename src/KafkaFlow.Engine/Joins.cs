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
        var incoming = plan.In[step];
        if (draft.State.Activations.TryGetValue(plan.Ids[step], out var visit))
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
            switch (OutcomeOf(draft.State, plan, edge)?.State)
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

    /// <returns>The recorded outcome of an edge, or null while its source is not settled.</returns>
    public static EdgeOutcome? OutcomeOf(ExecutionState state, GraphPlan plan, int edge)
    {
        if (!state.Activations.TryGetValue(plan.Ids[plan.Graph.Edges[edge].From], out var source)) return null;
        int low = 0, high = source.Out.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = source.Out[middle];
            if (found.Edge == edge) return found;
            if (found.Edge < edge) low = middle + 1;
            else high = middle - 1;
        }
        return null;
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
            if (OutcomeOf(draft.State, draft.Plan, edge)?.State != EdgeState.Taken) continue;
            if (visit.Taken.Contains(edge) || visit.Absorbed.Contains(edge)) continue;
            var source = draft.State.Activations[draft.Plan.Ids[draft.Plan.Graph.Edges[edge].From]];
            draft.Record(EventTypes.EdgeAbsorbed, EventStatus.Running,
                FactBody.Of(visit, source.EndSeq) with { Meta = new() { Edge = edge } });
        }
    }
}
