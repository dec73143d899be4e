using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>
/// Looks at everything again and again until nothing changes. What comes first: a step, in document order; else the
/// next item or iteration of the loop that began first; else the turn of the smallest cycle.
/// </summary>
internal sealed class Flow(Memory run, Routing routing, Closing closing, Works works)
{
    /// <summary>Looks that one input may cost; a graph that needs more is a mistake of the rules.</summary>
    private const int MaxRounds = 100_000;

    public void Settle()
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            if (run.Status is not (RunStatus.Running or RunStatus.Closing)) return;
            if (run.Status == RunStatus.Running && (BeginAgain() || run.Graph.Steps.Any(LookAt))) continue;
            if (run.Live.OrderBy(work => work.Begun).ToList().Any(works.GoOn)) continue;
            if (run.Status == RunStatus.Running && run.Shape.Loops.Any(LookAt)) continue;
            if (run.Status == RunStatus.Closing && closing.Next() is { } last)
            {
                works.Begin(last);
                continue;
            }
            if (run.Status != RunStatus.Running) return;
            if (run.Visits.Any(visit => visit.Outcome == Outcome.Live)) return;
            var failed = run.Uncaught.FirstOrDefault();
            closing.Begin(failed is null ? RunStatus.Completed : RunStatus.Failed, failed?.Error);
        }
        throw new InvalidOperationException("the rules come to no end");
    }

    /// <summary>Whether a step runs again.</summary>
    private bool BeginAgain()
    {
        if (run.Again is not { } again) return false;
        run.Again = null;
        Begin(again.Step, again.Arrivals);
        return true;
    }

    private bool LookAt(StepNode step)
    {
        if (step.Role != StepRole.Flow || run.Current.ContainsKey(step.Name)) return false;
        if (!run.Shape.Reachable.Contains(step.Name)) return false;
        if (step.Name == run.Shape.Entry)
        {
            if (run.Visits.Any(visit => visit.Step == step.Name)) return false;
            Begin(step.Name, []);
            return true;
        }
        var edges = run.Shape.Into(step.Name).ToList();
        var states = edges.Select(routing.StateOf).ToList();
        var taken = states.Count(state => state == EdgeState.Taken);
        var open = states.Count(state => state == EdgeState.Unresolved);
        var failed = states.Contains(EdgeState.Failed);
        bool starts, waits;
        if (step.Join.Kind == JoinKind.All)
        {
            waits = open > 0;
            starts = !waits && taken > 0 && !failed;
        }
        else
        {
            starts = taken >= step.Join.Count;
            waits = !starts && taken + open >= step.Join.Count;
        }
        if (waits) return false;
        var arriving = edges.Where(edge => routing.StateOf(edge) == EdgeState.Taken);
        if (starts) Begin(step.Name, [.. arriving.Select(routing.ArrivalOf)]);
        else if (NewVisit(step.Name, []) is { } skipped) routing.Skip(skipped, failed);
        return true;
    }

    /// <summary>Whether a loop goes back.</summary>
    private bool LookAt(ShapeLoop loop)
    {
        var back = loop.BackEdges.Where(routing.IsTaken).ToList();
        if (back.Count == 0 || !routing.IsSettled(loop)) return false;
        var arrivals = back.Select(routing.ArrivalOf).ToList();
        foreach (var step in loop.Body) run.Current.Remove(step);
        Begin(loop.Header, arrivals);
        return true;
    }

    private void Begin(string step, IReadOnlyList<Arrival> arrivals)
    {
        if (NewVisit(step, arrivals) is { } visit) works.Begin(visit);
    }

    /// <returns>Null if the step may not be visited once more: then the run closes.</returns>
    private Visit? NewVisit(string step, IReadOnlyList<Arrival> arrivals)
    {
        var last = arrivals.Count == 0 ? null : arrivals[^1];
        var visit = new Visit
        {
            Step = step,
            Number = 1 + run.Visits.Count(visit => visit.Step == step),
            Role = StepRole.Flow,
            Graph = run.Graph,
            Shape = run.Shape,
            Begun = run.NextMoment(),
            Arrivals = arrivals,
            ResultIn = last?.Value ?? Value.Missing,
            ErrorIn = last?.Error,
        };
        if (visit.Number > run.Settings.MaxVisits)
        {
            closing.Begin(RunStatus.Failed, new(step, "limit_exceeded", $"visits {run.Settings.MaxVisits}", 0));
            return null;
        }
        run.Visits.Add(visit);
        run.Current[step] = visit;
        return visit;
    }
}
