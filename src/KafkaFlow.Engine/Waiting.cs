using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>One thing an execution waits for: the substance of <c>why</c> and of <c>waiting_for</c>.</summary>
/// <param name="Activation">Null where the execution as a whole waits.</param>
/// <param name="Kind">task_queued, task_running, retry, timer, signal, approval, child, parked, paused, continue or
/// deadline.</param>
/// <param name="Until">When the engine acts by itself.</param>
/// <param name="Next">What happens then.</param>
/// <param name="Fix">What a person can do about it: a command that brings it on, sooner than the engine would.</param>
public sealed record WaitingFor(
    string? Activation, string Kind, string What, Timestamp Since, Timestamp? Until, string Next, string? Fix);

/// <summary>What a state waits for, from the state alone.</summary>
public static class Waiting
{
    /// <param name="heartbeatOf">Last heartbeat of an activation, where the caller knows it.</param>
    /// <returns>Empty for a finished execution; for a live one never empty.</returns>
    public static IReadOnlyList<WaitingFor> For(ExecutionState state, Func<string, Timestamp?>? heartbeatOf = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.IsFinished) return [];
        var waiting = new List<WaitingFor>();
        if (state.ParkedReason is { } reason)
            waiting.Add(new(null, "parked", $"execution {state.ExecutionId} is parked: {reason}",
                state.DecisionTime, null, "nothing until an operator acts",
                $"kafkaflow execution resume {state.ExecutionId}"));
        if (state.Status == ExecutionStatus.Paused)
            waiting.Add(new(null, "paused", $"execution {state.ExecutionId} is paused: nothing new begins",
                state.DecisionTime, null, "nothing until it is resumed",
                $"kafkaflow execution resume {state.ExecutionId}"));
        if (state.Cursor is not null)
            waiting.Add(new(null, "continue", "a decision reached its limit and goes on with its own next command",
                state.DecisionTime, null, "the engine decides the rest", "kafkaflow engine status"));
        foreach (var step in state.Activations.Values.Where(step => step.IsLive).OrderBy(step => step.StartSeq))
            if (Of(state, step, heartbeatOf) is { } one) waiting.Add(one);
        if (state.DeadlineAt is { } deadline)
            waiting.Add(new(null, "deadline", "the execution's deadline", state.Begun.StartedAt, deadline,
                "the execution fails with code deadline", $"kafkaflow execution cancel {state.ExecutionId}"));
        return waiting;
    }

    /// <returns>Null for a loop whose items speak for it.</returns>
    private static WaitingFor? Of(
        ExecutionState state, ActivationState step, Func<string, Timestamp?>? heartbeatOf) => step.Phase switch
        {
            ActivationPhase.Scheduled or ActivationPhase.Running => Task(state, step, heartbeatOf?.Invoke(step.Id)),
            ActivationPhase.Waiting => OutsideWorkers(state, step),
            ActivationPhase.Looping => null,
            _ => new(step.Id, "retry", $"attempt {step.Attempt} of {step.Id} waits to begin", state.DecisionTime,
                step.Work?.BackoffUntil, $"attempt {step.Attempt} begins", Skip(state, step)),
        };

    private static WaitingFor OutsideWorkers(ExecutionState state, ActivationState step)
    {
        var wait = step.Wait!;
        var (id, run) = (step.Id, state.ExecutionId);
        if (wait.Child is { } child)
            return new(id, "child", $"{id} waits for execution {child}", step.StartedAt, wait.DueAt,
                wait.DueAt is null ? "its end completes or fails the step" : "the step fails with attempt_timeout",
                $"kafkaflow why {child}");
        if (wait.Signal is { } signal)
            return new(id, "signal", $"{id} waits for signal '{signal}'", step.StartedAt, wait.DueAt,
                wait.DueAt is null ? "nothing until it comes" : "the step fails with wait_timeout",
                $"kafkaflow execution signal {run} {signal}");
        if (step.NodeType == Approvals.NodeType)
            return new(id, "approval", wait.Who.IsEmpty ? $"{id} waits for somebody's decision"
                    : $"{id} waits for the decision of {string.Join(" or ", wait.Who)}", step.StartedAt, wait.DueAt,
                wait.DueAt is null ? "nothing until it is decided" : "the step fails with approval_timeout",
                $"kafkaflow execution approve {run} {id}");
        return new(id, "timer", $"{id} waits for a time", step.StartedAt, wait.DueAt, "the step completes",
            Skip(state, step));
    }

    private static string Skip(ExecutionState state, ActivationState step) =>
        $"kafkaflow execution skip {state.ExecutionId} {step.Step}";

    private static WaitingFor Task(ExecutionState state, ActivationState step, Timestamp? heartbeat)
    {
        var settings = state.Begun.Settings;
        var work = step.Work ?? throw new InvalidOperationException($"live activation {step.Id} has no attempt out");
        var task = TaskRecord.IdOf(state.ExecutionId, step.Id, step.Attempt);
        var until = Deadlines.Next(step, settings, heartbeat);
        if (step.Phase == ActivationPhase.Running)
        {
            var lost = Deadlines.Heartbeat(work, heartbeat) == until && Deadlines.Attempt(work) != until;
            return new(step.Id, "task_running", $"worker {work.WorkerId} works on {step.NodeType} task {task}",
                work.BeganAt!.Value, until,
                lost ? Loss(step, settings) : "the step fails with attempt_timeout", Skip(state, step));
        }
        var queued = Deadlines.Queue(work) == until ? "the step fails with queue_timeout"
            : Deadlines.Retention(work, settings) == until ? "the task is emitted again"
            : "the step fails with attempt_timeout";
        return new(step.Id, "task_queued", $"{step.NodeType} task {task} waits for a worker of type {step.NodeType}",
            work.EmittedAt, until, queued, $"kafkaflow worker run --types {step.NodeType}");
    }

    private static string Loss(ActivationState step, EngineSettings settings) => step.Lost < settings.MaxLost
        ? $"without a heartbeat the worker counts as lost and attempt {step.Attempt + 1} begins"
        : "without a heartbeat the step fails with heartbeat_timeout";
}
