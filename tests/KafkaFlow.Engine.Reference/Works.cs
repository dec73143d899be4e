using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Begins and ends the work of visits, items and iterations.</summary>
internal sealed class Works(
    Memory run, Rendering rendering, Routing routing, Closing closing, Attempts attempts)
{
    public void Begin(Visit visit)
    {
        var work = new Work
        {
            Id = visit.Id, Visit = visit, Node = visit.Graph.Find(visit.Step)!, Begun = visit.Begun, BegunAt = run.Now,
        };
        visit.Work = work;
        Begin(work);
    }

    private void Begin(Work work)
    {
        try
        {
            BeginByKind(work);
        }
        catch (RuleException rule)
        {
            Fail(work, new(work.Visit.Step, rule.Message, rule.Message, work.Attempt));
        }
    }

    private void BeginByKind(Work work)
    {
        switch (work.Node)
        {
            case { Kind: StepKind.PassThrough }:
                Complete(work, work.Visit.ResultIn.Kind == ValueKind.Missing ? Value.Null : work.Visit.ResultIn);
                return;
            case { Kind: StepKind.Transform, Value: { } tree }:
                Accept(work, tree.Render(rendering.Of(work)), value => Complete(work, value));
                return;
            case { Kind: StepKind.Items, Items: { } items }:
                Accept(work, ItemList.Of(items, rendering, work), list =>
                {
                    work.State = WorkState.Looping;
                    work.Items = [.. list.Items];
                    EndIfAllEnded(work);
                });
                return;
            case { Kind: StepKind.Wait, Wait: { } wait }: BeginWait(work, wait); return;
            case { Kind: StepKind.Approval, Approval: { } approval }: BeginApproval(work, approval); return;
            case { While: not null } when !work.IsIteration:
                work.State = WorkState.Looping;
                work.LoopBegun = run.Now;
                work.NextIterationDue = true;
                return;
            default:
                attempts.First(work, error => Fail(work, error));
                return;
        }
    }

    public void Complete(Work work, Value value)
    {
        work.Outcome = Outcome.Completed;
        work.State = WorkState.Done;
        work.Value = value;
        if (work.Parent is { } parent) ChildEnded(parent, work);
        else routing.Complete(work.Visit, value);
    }

    public void Fail(Work work, RunError error)
    {
        foreach (var child in work.Children) closing.Cancel(child);
        work.Outcome = Outcome.Failed;
        work.State = WorkState.Done;
        work.Error = error;
        if (work.Parent is { } parent) ChildEnded(parent, work);
        else routing.Fail(work.Visit, error);
    }

    /// <summary>Begins the next items or the next iteration, if it is time.</summary>
    public bool GoOn(Work work)
    {
        if (!work.IsLive || work.State != WorkState.Looping) return false;
        return work.Items is null ? GoOnWithIteration(work) : GoOnWithItem(work);
    }

    private bool GoOnWithItem(Work work)
    {
        var rule = work.Node.Items!;
        var index = work.Children.Count;
        if (index == work.Items!.Count) return false;
        if (work.Children.Count(child => child.IsLive) >= (rule.Concurrency ?? int.MaxValue)) return false;
        Begin(Child(work, rule.Body, index, work.Items[index]));
        return true;
    }

    private bool GoOnWithIteration(Work work)
    {
        if (!work.NextIterationDue) return false;
        work.NextIterationDue = false;
        var iteration = Child(work, work.Node, work.Children.Count, Value.Missing);
        if (work.Children.Count > 1 && work.Node.While!.DelayMs is > 0 and var delay)
        {
            iteration.State = WorkState.Delayed;
            iteration.DelayUntil = run.Now + delay * 1_000;
        }
        else Begin(iteration);
        return true;
    }

    public void EndDelay(Work iteration) => Begin(iteration);

    private Work Child(Work parent, StepNode node, int index, Value item)
    {
        var child = new Work
        {
            Id = $"{parent.Id}[{index}]",
            Visit = parent.Visit,
            Node = node,
            Parent = parent,
            Index = index,
            Item = item,
            IsIteration = parent.Items is null,
            Previous = parent.Items is null ? parent.Children.LastOrDefault()?.Value : null,
            Begun = run.NextMoment(),
            BegunAt = run.Now,
        };
        parent.Children.Add(child);
        return child;
    }

    private void ChildEnded(Work parent, Work child)
    {
        if (child.IsIteration)
        {
            if (child.Error is { } error) Fail(parent, error);
            else AfterIteration(parent, child);
            return;
        }
        var rule = parent.Node.Items!;
        var failed = parent.Children.Count(one => one.Outcome == Outcome.Failed);
        var tolerated = rule.OnError switch
        {
            ItemErrors.Fail => 0,
            ItemErrors.Tolerate => rule.Tolerated,
            _ => int.MaxValue,
        };
        if (child.Error is not null && failed > tolerated)
            Fail(parent, new(parent.Visit.Step, "item_failed", child.Error.Message, 0));
        else EndIfAllEnded(parent);
    }

    private void EndIfAllEnded(Work work)
    {
        if (work.Children.Count < work.Items!.Count || work.Children.Any(child => child.IsLive)) return;
        var collects = work.Node.Items!.OnError == ItemErrors.Collect;
        Complete(work, Value.List([.. work.Children.Select(child => child.Error is not { } error
            ? child.Value
            : collects ? Value.Map([new("error", error.ToValue())]) : Value.Null)]));
    }

    private void AfterIteration(Work work, Work iteration)
    {
        var rule = work.Node.While!;
        var names = rendering.Of(work, ("result", iteration.Value), ("output", iteration.Value),
            ("this", iteration.Value), ("index", Value.Int(iteration.Index)));
        if (rule.BreakWhen is { } breaks)
        {
            var broken = breaks.Evaluate(names);
            if (broken.IsError || broken.Truthy)
            {
                Accept(work, broken, _ => End(work, iteration, "break"));
                return;
            }
        }
        Accept(work, rule.Condition.Evaluate(names), goesOn =>
        {
            if (!goesOn.Truthy) End(work, iteration, "completed");
            else if (iteration.Index + 1 >= rule.MaxIterations)
                Fail(work, new(work.Visit.Step, "max_iterations", $"{rule.MaxIterations}", 0));
            else work.NextIterationDue = true;
        });
    }

    private void End(Work work, Work iteration, string how)
    {
        work.Visit.EventOut = Value.String(how);
        Complete(work, iteration.Value);
    }

    private void BeginWait(Work work, WaitRule wait)
    {
        work.State = WorkState.Waiting;
        var names = rendering.Of(work);
        if (wait.Duration is { } duration)
            Accept(work, duration.Render(names), value => WaitUntil(work, run.Now + Times.Micros(value)));
        else if (wait.Until is { } until)
            Accept(work, until.Render(names), value => WaitUntil(work, Times.Until(value)));
        else
            Accept(work, wait.Signal!.Render(names), name =>
            {
                work.Signal = name.AsString ?? name.ToJson();
                if (wait.TimeoutMs is { } ms) work.WaitUntil = run.Now + ms * 1_000;
                var kept = run.Signals.FindIndex(signal => signal.Name == work.Signal);
                if (kept < 0) return;
                var payload = run.Signals[kept].Payload;
                run.Signals.RemoveAt(kept);
                Complete(work, payload);
            });
    }

    private void WaitUntil(Work work, long due)
    {
        if (due <= run.Now) Complete(work, Value.Null);
        else work.WaitUntil = due;
    }

    private void BeginApproval(Work work, ApprovalRule approval)
    {
        work.State = WorkState.Waiting;
        if (approval.TimeoutMs is { } ms) work.WaitUntil = run.Now + ms * 1_000;
        Accept(work, approval.Form?.Render(rendering.Of(work)) ?? Value.Null, _ => { });
        if (!work.IsLive) return;
        Accept(work, approval.Who?.Render(rendering.Of(work)) ?? Value.Null,
            who => work.Who = [.. who.Items.Select(actor => actor.AsString ?? actor.ToJson())]);
    }

    private void Accept(Work work, Value value, Action<Value> then)
    {
        if (value.Error is { } problem) Fail(work, new(work.Visit.Step, problem.Code, problem.Message, work.Attempt));
        else then(value);
    }
}
