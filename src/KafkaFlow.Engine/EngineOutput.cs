using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Every possible act of the engine beside its facts. Filled by <see cref="Engine.Emit"/>.</summary>
public abstract record EngineOutput
{
    private EngineOutput() { }

    /// <summary>Onto the topic of the task's node type, key <see cref="TaskRecord.KeyOf"/>.</summary>
    public sealed record ScheduleTask(TaskRecord Task) : EngineOutput;

    /// <summary>Onto <c>task-control</c>.</summary>
    public sealed record ControlTask(TaskControl Control) : EngineOutput;

    /// <summary>Sets a timer, replacing the one of the same key. When due, the host appends
    /// <see cref="TimerKeys.Fired"/> to the execution's partition.</summary>
    public sealed record ArmTimer(string TimerKey, Timestamp DueAt) : EngineOutput;

    public sealed record ClearTimer(string TimerKey) : EngineOutput;

    /// <summary>Onto the commands partition of the execution it names; to another one than this, only after the
    /// decision's facts are safe.</summary>
    public sealed record SendCommand(Command Command) : EngineOutput;
}
