using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Sections 2 to 4: what the end of a visit means for its edges, and edges for their target.</summary>
internal sealed class Routing(Memory run, Rendering rendering, Closing closing)
{
    public void Complete(Visit visit, Value value)
    {
        visit.Value = value;
        if (visit.Role == StepRole.Flow
            && Route(visit, value, null, edge => !edge.OnError) is { } problem)
        {
            visit.Value = Value.Null;
            Fail(visit, problem);
            return;
        }
        visit.Outcome = Outcome.Completed;
        visit.Ended = run.NextMoment();
    }

    public void Fail(Visit visit, RunError error)
    {
        visit.Error = error;
        var isCaught = visit.Role == StepRole.Flow
            && Route(visit, Value.Missing, error, edge => edge.OnError) is null
            && visit.Edges.Values.Any(edge => edge.State == EdgeState.Taken);
        if (!isCaught)
            foreach (var edge in OutOf(visit.Step)) visit.Edges[edge.Key] = (EdgeState.Failed, null);
        visit.Outcome = Outcome.Failed;
        visit.Ended = run.NextMoment();
        if (isCaught) return;
        if (visit.Role == StepRole.Finally) closing.Spoil(error);
        if (visit.Role != StepRole.Flow) return;
        run.Uncaught.Add(visit);
        if (run.Graph.OnFailure == OnFailure.FailFast && run.Status != RunStatus.Closing)
            closing.Begin(RunStatus.Failed, error);
    }

    public void Skip(Visit visit, bool isFailed)
    {
        foreach (var edge in OutOf(visit.Step))
            visit.Edges[edge.Key] = (isFailed ? EdgeState.Failed : EdgeState.Dead, null);
        visit.Outcome = Outcome.Skipped;
        visit.IsUpstreamFailed = isFailed;
        visit.Ended = run.NextMoment();
    }

    /// <summary>What an edge is for its target now.</summary>
    public EdgeState StateOf(ShapeEdge edge)
    {
        var recorded = Recorded(edge);
        if (recorded is EdgeState.Unresolved or EdgeState.Taken) return recorded;
        var leaves = run.Shape.Loops.Where(loop => loop.Body.Contains(edge.From) && !loop.Body.Contains(edge.To));
        return leaves.All(loop => IsSettled(loop) && !loop.BackEdges.Any(IsTaken)) ? recorded : EdgeState.Unresolved;
    }

    public bool IsTaken(ShapeEdge edge) => Recorded(edge) == EdgeState.Taken;

    public bool IsSettled(ShapeLoop loop) =>
        loop.Body.All(step => run.Current.TryGetValue(step, out var visit) && visit.Outcome != Outcome.Live)
        && !run.Shape.Loops.Where(inner => inner != loop && inner.Body.IsSubsetOf(loop.Body))
            .SelectMany(inner => inner.BackEdges).Any(IsTaken);

    public Arrival ArrivalOf(ShapeEdge edge)
    {
        var source = run.Current[edge.From];
        var value = source.Error is null ? source.Value : Value.Missing;
        return new(edge, source.Edges[edge.Key].Args, value, source.Error);
    }

    private EdgeState Recorded(ShapeEdge edge) =>
        !run.Current.TryGetValue(edge.From, out var source) || source.Outcome == Outcome.Live
            ? EdgeState.Unresolved
            : source.Edges.TryGetValue(edge.Key, out var recorded) ? recorded.State : EdgeState.Dead;

    private IEnumerable<ShapeEdge> OutOf(string step) => run.Shape.Edges.Where(edge => edge.From == step);

    /// <returns>What could not be evaluated, or null.</returns>
    private RunError? Route(Visit visit, Value result, RunError? error, Func<Edge, bool> concerned)
    {
        visit.Edges.Clear();
        var names = rendering.OfEdges(visit, result, error);
        var mode = run.Graph.Find(visit.Step)?.NextMode ?? NextMode.All;
        var edges = OutOf(visit.Step).Where(edge => concerned(edge.Edge)).ToList();
        var taken = new List<ShapeEdge>();
        var someConditionHeld = false;
        foreach (var edge in edges.Where(edge => !edge.Edge.IsElse))
        {
            if (edge.Edge.When is { } when)
            {
                var holds = when.Evaluate(names);
                if (holds.IsError) return Problem(visit, holds);
                if (!holds.Truthy) continue;
                someConditionHeld = true;
            }
            taken.Add(edge);
            if (mode == NextMode.First) break;
        }
        if (mode == NextMode.First ? taken.Count == 0 : !someConditionHeld)
            taken.AddRange(edges.Where(edge => edge.Edge.IsElse));
        foreach (var edge in OutOf(visit.Step)) visit.Edges[edge.Key] = (EdgeState.Dead, null);
        foreach (var edge in edges.Where(taken.Contains))
        {
            var args = edge.Edge.Args?.Render(names);
            if (args is { IsError: true } failed) return Problem(visit, failed);
            visit.Edges[edge.Key] = (EdgeState.Taken, args);
        }
        return null;
    }

    private static RunError Problem(Visit visit, Value failed) =>
        new(visit.Step, failed.Error!.Code, failed.Error.Message, visit.Work?.Attempt ?? 0);
}
