using System.Collections.Immutable;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Where a finished step leads: evaluated before its completion is recorded, in document order.</summary>
/// <param name="Failure">An edge's expression failed: the step fails with it, and the edges mean nothing.</param>
internal readonly record struct Routing(ImmutableArray<EdgeOutcome> Edges, StepError? Failure)
{
    public bool AnyTaken
    {
        get
        {
            foreach (var edge in Edges)
                if (edge.State == EdgeState.Taken) return true;
            return false;
        }
    }

    /// <summary>All true edges, or the first true one; an <c>else</c> edge if no conditioned one is true.</summary>
    public static Routing AfterSuccess(GraphPlan plan, StepNode node, ScopeVariables variables)
    {
        var edges = node.Out.Select(index => plan.Graph.Edges[index]).ToList();
        var first = node.NextMode == NextMode.First;
        var taken = new HashSet<int>();
        var anyTrue = false;
        foreach (var edge in edges)
        {
            if (edge.OnError || edge.IsElse || (first && taken.Count > 0)) continue;
            if (edge.When is { } condition)
            {
                var holds = condition.Evaluate(variables);
                if (holds.Error is { } problem) return new([], StepError.Of(problem, Name(plan, edge)));
                if (holds.AsBool != true) continue;
                anyTrue = true;
            }
            taken.Add(edge.Index);
        }
        foreach (var edge in edges)
            if (edge.IsElse && (first ? taken.Count == 0 : !anyTrue)) taken.Add(edge.Index);
        return Resolve(plan, edges, taken, EdgeState.Dead, variables);
    }

    /// <summary>An <c>on_error</c> edge catches the failure; if none does, every edge is failed.</summary>
    public static Routing AfterFailure(GraphPlan plan, StepNode node, ScopeVariables variables)
    {
        var edges = node.Out.Select(index => plan.Graph.Edges[index]).ToList();
        var taken = new HashSet<int>();
        foreach (var edge in edges)
        {
            if (!edge.OnError || (node.NextMode == NextMode.First && taken.Count > 0)) continue;
            if (edge.When is { } condition)
            {
                var holds = condition.Evaluate(variables);
                if (holds.Error is { } problem) return new([], StepError.Of(problem, Name(plan, edge)));
                if (holds.AsBool != true) continue;
            }
            taken.Add(edge.Index);
        }
        return Resolve(plan, edges, taken, taken.Count > 0 ? EdgeState.Dead : EdgeState.Failed, variables);
    }

    /// <summary>Every edge with one outcome.</summary>
    public static Routing Whole(GraphPlan plan, StepNode node, EdgeState state) => new(
        [.. node.Out.Order().Select(index => Routed(plan, plan.Graph.Edges[index], state, null))], null);

    private static Routing Resolve(GraphPlan plan, List<Edge> edges, HashSet<int> taken, EdgeState otherwise,
        ScopeVariables variables)
    {
        var routed = ImmutableArray.CreateBuilder<EdgeOutcome>(edges.Count);
        foreach (var edge in edges)
        {
            string? args = null;
            if (taken.Contains(edge.Index) && edge.Args is { } tree)
            {
                var value = tree.Render(variables);
                if (value.Error is { } problem) return new([], StepError.Of(problem, $"args of {Name(plan, edge)}"));
                args = value.ToJson();
            }
            routed.Add(Routed(plan, edge, taken.Contains(edge.Index) ? EdgeState.Taken : otherwise, args));
        }
        routed.Sort((a, b) => a.Edge.CompareTo(b.Edge));
        return new(routed.ToImmutable(), null);
    }

    private static EdgeOutcome Routed(GraphPlan plan, Edge edge, EdgeState state, string? args) =>
        new(edge.Index, state, plan.Graph.Steps[edge.To].Name, args);

    private static string Name(GraphPlan plan, Edge edge) => $"edge to '{plan.Graph.Steps[edge.To].Name}'";
}
