using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Section 9: status fixed, live work cancelled, compensation, finally, terminal.</summary>
internal sealed class Closing(Memory run)
{
    public void Begin(RunStatus status, RunError? error)
    {
        run.Status = RunStatus.Closing;
        run.ClosingAs = status;
        run.Error = error;
        CancelLive(isForced: false);
    }

    /// <summary>Cancel with force: what is live ends, and nothing follows it.</summary>
    public void Force()
    {
        CancelLive(isForced: true);
        run.ToCompensate = new();
        run.ToFinish = new();
    }

    public void Cancel(Work work, bool isForced = false)
    {
        foreach (var one in work.All.Where(one => one.IsLive).ToList())
        {
            var isAwaited = !isForced && run.Status == RunStatus.Closing
                && one is { State: WorkState.Waiting or WorkState.Awaiting, Node.Child.AwaitCancel: true };
            one.State = isAwaited ? WorkState.Awaiting : WorkState.Done;
            if (!isAwaited) one.Outcome = Outcome.Cancelled;
        }
    }

    /// <summary>The child of a cancelled step has ended.</summary>
    public void EndOfAwaited(Work work)
    {
        work.Outcome = Outcome.Cancelled;
        work.State = WorkState.Done;
        EndIfNothingLives(work.Visit);
    }

    /// <returns>The visit to begin next, or null: then the run may be over, or waits.</returns>
    public Visit? Next()
    {
        if (run.Visits.Any(visit => visit.Outcome == Outcome.Live)) return null;
        run.ToCompensate ??= new(run.ClosingAs == RunStatus.Completed
            ? []
            : run.Visits.Where(visit => visit is { Outcome: Outcome.Completed, Role: StepRole.Flow }
                && run.Graph.Find(visit.Step)?.Compensate is not null).OrderByDescending(visit => visit.Ended));
        if (run.ToCompensate.TryDequeue(out var undone))
        {
            var undo = run.Graph.Steps[run.Graph.Find(undone.Step)!.Compensate!.Value];
            var visit = NewVisit(undo.Name, StepRole.Compensation, undone.Value);
            run.Compensations.Add(visit.Id);
            return visit;
        }
        run.ToFinish ??= new(run.Graph.Steps.Where(step => step.Role == StepRole.Finally).Select(step => step.Name));
        if (run.ToFinish.TryDequeue(out var last)) return NewVisit(last, StepRole.Finally, Value.Missing);
        if (run.ClosingAs == RunStatus.Completed) run.Result = Result();
        run.Status = run.ClosingAs;
        return null;
    }

    /// <summary>A finally step failed.</summary>
    public void Spoil(RunError error)
    {
        if (run.ClosingAs != RunStatus.Completed) return;
        run.ClosingAs = RunStatus.Failed;
        run.Error = error;
    }

    private void CancelLive(bool isForced)
    {
        foreach (var visit in run.Visits.Where(visit => visit.Outcome == Outcome.Live).ToList())
        {
            if (visit.Work is { } work) Cancel(work, isForced);
            EndIfNothingLives(visit);
        }
    }

    private void EndIfNothingLives(Visit visit)
    {
        if (visit.Work is { } work && work.All.Any(one => one.IsLive)) return;
        visit.Outcome = Outcome.Cancelled;
        visit.Ended = run.NextMoment();
    }

    private Visit NewVisit(string step, StepRole role, Value result)
    {
        var visit = new Visit
        {
            Step = step,
            Number = 1 + run.Visits.Count(visit => visit.Step == step),
            Role = role,
            Graph = run.Graph,
            Shape = run.Shape,
            Begun = run.NextMoment(),
            ResultIn = result,
            ErrorIn = run.Error,
            EventIn = Value.String(run.ClosingAs.ToString().ToUpperInvariant()),
        };
        run.Visits.Add(visit);
        return visit;
    }

    private Value Result()
    {
        var settled = run.Graph.Steps.Where(step => step.Role == StepRole.Flow)
            .Select(step => run.Current.GetValueOrDefault(step.Name)).OfType<Visit>().ToList();
        var end = settled.FirstOrDefault(visit => visit is { Step: "end", Outcome: Outcome.Completed });
        if (end is not null && run.Graph.Find("end")!.Kind != StepKind.PassThrough) return end.Value;
        var sources = end is not null
            ? settled.Where(visit => end.Arrivals.Any(arrival => arrival.Edge.From == visit.Step)).ToList()
            : [.. settled.Where(visit => visit.Outcome == Outcome.Completed
                && visit.Edges.Values.All(edge => edge.State != EdgeState.Taken))];
        return sources.Count switch
        {
            0 => end?.Value ?? Value.Null,
            1 => ValueOf(sources[0]),
            _ => Value.Map([.. sources.Select(visit => KeyValuePair.Create(visit.Step, ValueOf(visit)))]),
        };
    }

    private static Value ValueOf(Visit visit) => visit.Value;
}
