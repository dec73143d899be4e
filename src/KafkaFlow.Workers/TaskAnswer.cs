using KafkaFlow.Contracts;

namespace KafkaFlow.Workers;

/// <summary>Task id and hash of its content: the same id with other content is other work.</summary>
internal readonly record struct TaskIdentity(string TaskId, string TaskHash)
{
    public static TaskIdentity Of(TaskRecord task) => new(task.TaskId, task.TaskHash);
}

/// <summary>The final answer to a task, as it is remembered and sent, once for every record of the task.</summary>
internal sealed record TaskAnswer(string? Result, string? Error, long DurationMs)
{
    public int Chars => (Result?.Length ?? 0) + (Error?.Length ?? 0);

    public Command ToCommand(TaskRecord task, string workerId) =>
        Report(task, workerId, Error is null ? CommandTypes.ActionCompleted : CommandTypes.ActionFailed) with
        {
            Result = Result,
            Error = Error,
            DurationMs = DurationMs,
        };

    /// <summary>What every report about a task repeats. It has no event id: a repeated answer must not pass for a
    /// repeated command, since the first one may have come too early to count.</summary>
    public static Command Report(TaskRecord task, string workerId, string eventType) => new()
    {
        EventType = eventType,
        ExecutionId = task.ExecutionId,
        TaskId = task.TaskId,
        Activation = task.Activation,
        Attempt = task.Attempt,
        TaskHash = task.TaskHash,
        WorkerId = workerId,
        CreatedAt = Timestamp.FromDateTime(DateTime.UtcNow),
    };
}

/// <summary>
/// The latest answers of this process, for task records that are seen again. Bounded by count and by characters; the
/// oldest go first. Thread-safe.
/// </summary>
internal sealed class AnsweredTasks(int maxAnswers, long maxChars)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TaskIdentity, TaskAnswer> _answers = [];
    private readonly Queue<TaskIdentity> _order = new();
    private long _chars;

    public TaskAnswer? Find(TaskIdentity id)
    {
        lock (_gate) return _answers.GetValueOrDefault(id);
    }

    public void Add(TaskIdentity id, TaskAnswer answer)
    {
        lock (_gate)
        {
            if (!_answers.TryAdd(id, answer)) return;
            _order.Enqueue(id);
            _chars += answer.Chars;
            while (_order.Count > maxAnswers || _chars > maxChars)
            {
                _answers.Remove(_order.Dequeue(), out var oldest);
                _chars -= oldest!.Chars;
            }
        }
    }
}
