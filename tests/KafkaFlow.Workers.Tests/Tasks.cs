using KafkaFlow.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Workers.Tests;

/// <summary>Tasks as the engine writes them.</summary>
internal static class Tasks
{
    public static TaskRecord Of(
        string nodeType, string? input, string execution = "run-1", string step = "work", int attempt = 1,
        string replyTopic = "commands", int replyPartition = 0)
    {
        var activation = Activations.Of(step, 1);
        return new TaskRecord
        {
            TaskId = TaskRecord.IdOf(execution, activation, attempt),
            ExecutionId = execution,
            Activation = activation,
            Attempt = attempt,
            Step = step,
            NodeType = nodeType,
            PlaybookPath = "tests/work",
            PlaybookVersion = 1,
            ContentHash = "c0ffee",
            TaskHash = "hash-1",
            Input = input,
            ReplyTopic = replyTopic,
            ReplyPartition = replyPartition,
            CreatedAt = Timestamp.FromUnixMillis(1_700_000_000_000),
        };
    }

    public static TaskContext ContextOf(TaskRecord task) => new(task, NullLogger.Instance);
}
