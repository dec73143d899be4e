using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>One thing an execution waits for: the substance of <c>why</c> and of <c>waiting_for</c>.</summary>
/// <param name="Activation">Null where the execution as a whole waits.</param>
/// <param name="Kind">task_queued, task_running, parked, continue or deadline.</param>
/// <param name="Until">When the engine acts by itself.</param>
/// <param name="Next">What happens then.</param>
/// <param name="Fix">What a person can do about it.</param>
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
        if (state.Cursor is not null)
            waiting.Add(new(null, "continue", "a decision reached its limit and goes on with its own next command",
                state.DecisionTime, null, "the engine decides the rest", null));
        foreach (var step in state.Activations.Values.Where(step => step.IsLive).OrderBy(step => step.StartSeq))
            waiting.Add(Task(state, step, heartbeatOf?.Invoke(step.Id)));
        if (state.DeadlineAt is { } deadline)
            waiting.Add(new(null, "deadline", "the execution's deadline", state.Begun.StartedAt, deadline,
                "the execution fails with code deadline", null));
        return waiting;
    }

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
                lost ? Loss(step, settings) : "the step fails with attempt_timeout", null);
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
