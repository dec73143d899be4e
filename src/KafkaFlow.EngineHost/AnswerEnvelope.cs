using System.Globalization;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// What can be known of a worker's answer that cannot be read: the task id of a readable envelope or of the header that
/// the worker kit sets. A task id is <c>EXECUTION/ACTIVATION/ATTEMPT</c>.
/// </summary>
internal static class AnswerEnvelope
{
    /// <returns>An <c>action_failed</c> that names execution, activation and attempt, or null if nothing names a task.</returns>
    public static Command? Of(RecordError error, InputRecord input)
    {
        var header = input.Header(HeaderNames.TaskId);
        var taskId = error.TaskId ?? (header is null ? null : Encoding.UTF8.GetString(header));
        if (taskId is null) return null;
        var first = taskId.IndexOf('/', StringComparison.Ordinal);
        var last = taskId.LastIndexOf('/');
        if (first <= 0 || last <= first + 1) return null;
        if (!int.TryParse(taskId.AsSpan(last + 1), CultureInfo.InvariantCulture, out var attempt)) return null;
        var execution = taskId[..first];
        if (ExecutionIds.Problem(execution) is not null) return null;
        return new Command
        {
            EventType = CommandTypes.ActionFailed,
            ExecutionId = execution,
            TaskId = taskId,
            Activation = taskId[(first + 1)..last],
            Attempt = attempt,
        };
    }
}
