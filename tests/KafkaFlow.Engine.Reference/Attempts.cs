using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Section 8: one attempt after the other, of tasks and of children.</summary>
internal sealed class Attempts(Memory run, Rendering rendering)
{
    public void First(Work work, Action<RunError> fail) => Next(work, WorkState.Running, fail);

    /// <summary>A failure that counts.</summary>
    /// <param name="fail">Called if it was the last attempt.</param>
    public void Failed(Work work, RunError error, Action<RunError> fail)
    {
        work.Counted++;
        if (run.Settings.ParkOn.Contains(error.Code) && run.Status is RunStatus.Running or RunStatus.Paused)
        {
            work.State = WorkState.Parked;
            run.Status = RunStatus.Parked;
            return;
        }
        var again = IsFollowed(work, error);
        if (again.Error is { } problem)
            fail(new(work.Visit.Step, problem.Code, problem.Message, work.Attempt));
        else if (again.Truthy) Next(work, WorkState.BackingOff, fail);
        else fail(error);
    }

    public void Lost(Work work, Action<RunError> fail)
    {
        work.Lost++;
        if (work.Lost > run.Settings.MaxLost)
            fail(new(work.Visit.Step, "heartbeat_timeout", "", work.Attempt));
        else Again(work, fail);
    }

    /// <summary>The topic is about to forget a task that nobody started: the same attempt goes out again.</summary>
    public void Forgotten(Work work, Action<RunError> fail)
    {
        work.Lost++;
        if (work.Lost > run.Settings.MaxLost) fail(new(work.Visit.Step, "queue_timeout", "", work.Attempt));
        else work.Emitted = run.Now;
    }

    public void Again(Work work, Action<RunError> fail) => Next(work, WorkState.Running, fail);

    public void Run(Work work)
    {
        work.State = work.Node.Kind == StepKind.Child ? WorkState.Waiting : WorkState.Running;
        work.Started = false;
        work.Scheduled = work.Emitted = run.Now;
    }

    private void Next(Work work, WorkState state, Action<RunError> fail)
    {
        work.Attempt++;
        var input = work.Node.Kind == StepKind.Child ? ChildInput(work) : rendering.Input(work);
        if (input.Error is { } problem)
        {
            fail(new(work.Visit.Step, problem.Code, problem.Message, work.Attempt));
            return;
        }
        work.Input = input.ToJson();
        if (state == WorkState.BackingOff) work.State = state;
        else Run(work);
    }

    private Value ChildInput(Work work)
    {
        var path = work.Node.Child!.Path.Render(rendering.Of(work));
        if (path.IsError) return path;
        var args = rendering.Args(work);
        return args.IsError ? args : Value.Map([new("path", path), new("payload", args)]);
    }

    /// <returns>Whether another attempt follows, or what could not be evaluated.</returns>
    private Value IsFollowed(Work work, RunError error)
    {
        if (work.Node.Retry is not { } rule) return Value.Bool(false);
        if (work.Counted >= rule.MaxAttempts || !error.Retryable || rule.NonRetryable.Contains(error.Code))
            return Value.Bool(false);
        var names = rendering.Of(work, ("error", error.ToValue()), ("success", Value.Bool(false)));
        if (rule.StopWhen?.Evaluate(names) is { } stops && (stops.IsError || stops.Truthy))
            return stops.IsError ? stops : Value.Bool(false);
        return rule.RetryWhen?.Evaluate(names) ?? Value.Bool(true);
    }
}
