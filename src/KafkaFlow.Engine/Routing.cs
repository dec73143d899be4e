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
        var first = node.NextMode == NextMode.First;
        var taken = new bool[node.Out.Count];
        var (count, anyTrue) = (0, false);
        for (var i = 0; i < taken.Length; i++)
        {
            var edge = plan.Graph.Edges[node.Out[i]];
            if (edge.OnError || edge.IsElse || (first && count > 0)) continue;
            if (edge.When is { } condition)
            {
                var holds = condition.Evaluate(variables);
                if (holds.Error is { } problem) return new([], StepError.Of(problem, Name(plan, edge)));
                if (holds.AsBool != true) continue;
                anyTrue = true;
            }
            taken[i] = true;
            count++;
        }
        for (var i = 0; i < taken.Length; i++)
        {
            if (!plan.Graph.Edges[node.Out[i]].IsElse || (first ? count > 0 : anyTrue)) continue;
            taken[i] = true;
            count++;
        }
        return Resolve(plan, node, taken, EdgeState.Dead, variables);
    }

    /// <summary>An <c>on_error</c> edge catches the failure; if none does, every edge is failed.</summary>
    public static Routing AfterFailure(GraphPlan plan, StepNode node, ScopeVariables variables)
    {
        var taken = new bool[node.Out.Count];
        var count = 0;
        for (var i = 0; i < taken.Length; i++)
        {
            var edge = plan.Graph.Edges[node.Out[i]];
            if (!edge.OnError || (node.NextMode == NextMode.First && count > 0)) continue;
            if (edge.When is { } condition)
            {
                var holds = condition.Evaluate(variables);
                if (holds.Error is { } problem) return new([], StepError.Of(problem, Name(plan, edge)));
                if (holds.AsBool != true) continue;
            }
            taken[i] = true;
            count++;
        }
        return Resolve(plan, node, taken, count > 0 ? EdgeState.Dead : EdgeState.Failed, variables);
    }

    /// <summary>Every edge with one outcome.</summary>
    public static Routing Whole(GraphPlan plan, StepNode node, EdgeState state) => new(
        [.. node.Out.Order().Select(index => Routed(plan, plan.Graph.Edges[index], state, null))], null);

    private static Routing Resolve(
        GraphPlan plan, StepNode node, bool[] taken, EdgeState otherwise, ScopeVariables variables)
    {
        var routed = ImmutableArray.CreateBuilder<EdgeOutcome>(taken.Length);
        for (var i = 0; i < taken.Length; i++)
        {
            var edge = plan.Graph.Edges[node.Out[i]];
            string? args = null;
            if (taken[i] && edge.Args is { } tree)
            {
                var value = tree.Render(variables);
                if (value.Error is { } problem) return new([], StepError.Of(problem, $"args of {Name(plan, edge)}"));
                args = value.ToJson();
            }
            routed.Add(Routed(plan, edge, taken[i] ? EdgeState.Taken : otherwise, args));
        }
        routed.Sort((a, b) => a.Edge.CompareTo(b.Edge));
        return new(routed.MoveToImmutable(), null);
    }

    private static EdgeOutcome Routed(GraphPlan plan, Edge edge, EdgeState state, string? args) =>
        new(edge.Index, state, plan.Graph.Steps[edge.To].Name, args);

    private static string Name(GraphPlan plan, Edge edge) => $"edge to '{plan.Graph.Steps[edge.To].Name}'";
}
