using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>Turns reports, answers and dead letters into records and sends them. Thread-safe.</summary>
internal sealed class WorkerOutput(
    WorkerOptions options, IRecordSerdes serdes, RecordSender sender, ILogger logger)
{
    private const int MaxMessageChars = 8 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Writes one command, so that the first answer does not wait for its schema to be known.</summary>
    public Task PrepareAsync(CancellationToken stop) =>
        EncodeAsync(new Command { EventType = CommandTypes.ActionStarted, ExecutionId = "prepare" }, stop);

    /// <summary>The answer to an outcome, its size checked: what is too large becomes a failure that says so.</summary>
    public async Task<TaskAnswer> AnswerOfAsync(
        TaskRecord task, TaskOutcome outcome, TimeSpan elapsed, CancellationToken stop)
    {
        var durationMs = (long)elapsed.TotalMilliseconds;
        if (outcome.Error is null && outcome.Result is { } result && Json.ProblemOf(result) is { } problem)
            outcome = TaskOutcome.Failed(
                TaskErrorCodes.ResultNotJson, $"the result cannot be stored: {problem}", retryable: false);
        var answer = new TaskAnswer(outcome.Result, outcome.Error?.ToJson(), durationMs);
        // A character is at least one byte; most answers need no more than this look.
        if (answer.Chars <= SizeLimits.AnswerBytes / 4) return answer;

        var size = (await EncodeAsync(answer.ToCommand(task, options.WorkerId), stop)).Length;
        if (size <= SizeLimits.AnswerBytes) return answer;
        if (outcome.Error is null) return new(null, TooLarge(size).ToJson(), durationMs);
        var message = outcome.Error.Message;
        var cut = message.Length <= MaxMessageChars ? message : message[..MaxMessageChars];
        return new(null, (outcome.Error with { Message = cut, Details = SizeDetails(size) }).ToJson(), durationMs);
    }

    /// <summary>Sends the answer for one record of the task; then the record is done.</summary>
    public async Task SendAnswerAsync(TaskRecord task, TaskAnswer answer, TaskDelivery delivery, CancellationToken stop)
    {
        var command = answer.ToCommand(task, options.WorkerId);
        var bytes = await EncodeAsync(command, stop);
        sender.Send(new OutgoingRecord(
            TargetOf(task), MessageOf(task, command, bytes), delivery.Done,
            error => AnswerRefused(task, delivery, error)));
    }

    /// <summary>Sends action_started or action_heartbeat.</summary>
    public async Task SendReportAsync(Command report, TaskRecord task, Action acknowledged, CancellationToken stop)
    {
        var bytes = await EncodeAsync(report, stop);
        sender.Send(new OutgoingRecord(
            TargetOf(task), MessageOf(task, report, bytes), acknowledged,
            error => Log.ReportRefused(logger, task.TaskId, report.EventType, task.ReplyTopic, error.Reason)));
    }

    /// <summary>Keeps the original bytes and the reason on topic dlq; then the record is done.</summary>
    public void SendDeadLetter(TaskDelivery delivery, string code, string reason)
    {
        Log.DeadLetter(logger, delivery.ToString(), code, reason);
        var origin = delivery.Partition.Partition;
        var headers = RecordSender.HeadersOf(
            (HeaderNames.DlqTopic, origin.Topic), (HeaderNames.DlqPartition, $"{origin.Partition.Value}"),
            (HeaderNames.DlqOffset, $"{delivery.Offset}"), (HeaderNames.DlqCode, code),
            (HeaderNames.DlqReason, reason));
        var message = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(delivery.ToString()),
            Value = delivery.Value,
            Headers = headers,
        };
        sender.Send(new OutgoingRecord(
            new TopicPartition(options.Topics.Dlq, Partition.Any), message, delivery.Done,
            error => _ = DeadLetterRefusedAsync(delivery, code, reason, error)));
    }

    /// <summary>Runs what may have to wait for the schema registry or the schemas topic, until it is there.</summary>
    public async Task<T> WithSchemasAsync<T>(Func<T> action, CancellationToken stop)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return action();
            }
            catch (SchemaUnavailableException e)
            {
                Log.SchemasUnavailable(logger, e.Message);
                await Task.Delay(pause, stop);
            }
        }
    }

    private Task<byte[]> EncodeAsync(Command command, CancellationToken stop) =>
        WithSchemasAsync(() => serdes.Encode(command), stop);

    private static TopicPartition TargetOf(TaskRecord task) => new(task.ReplyTopic, task.ReplyPartition);

    private static Message<byte[]?, byte[]?> MessageOf(TaskRecord task, Command command, byte[] bytes) => new()
    {
        Key = Encoding.UTF8.GetBytes(task.ExecutionId),
        Value = bytes,
        Headers = RecordSender.HeadersOf(
            (HeaderNames.EventType, command.EventType), (HeaderNames.TaskId, task.TaskId),
            (HeaderNames.Traceparent, task.Traceparent),
            (HeaderNames.ContentType, bytes is [(byte)'{', ..] ? HeaderNames.JsonContent : HeaderNames.AvroContent)),
    };

    private void AnswerRefused(TaskRecord task, TaskDelivery delivery, Error error) => SendDeadLetter(
        delivery, error.Code is ErrorCode.MsgSizeTooLarge ? DlqCodes.Oversized : DlqCodes.WrongType,
        $"the answer to task {task.TaskId} cannot be sent to {task.ReplyTopic}-{task.ReplyPartition}, which the task "
        + $"names as reply_topic and reply_partition: {error.Reason}");

    private async Task DeadLetterRefusedAsync(TaskDelivery delivery, string code, string reason, Error error)
    {
        Log.DeadLetterRefused(logger, delivery.ToString(), options.Topics.Dlq, error.Reason);
        await Task.Delay(LongestPause);
        SendDeadLetter(delivery, code, reason);
    }

    private static TaskError TooLarge(int size) => new(
        TaskErrorCodes.ResultTooLarge,
        $"the answer has {size} bytes, at most {SizeLimits.AnswerBytes} are allowed", false, SizeDetails(size));

    private static string SizeDetails(int size) =>
        $$"""{"size_bytes":{{size}},"limit_bytes":{{SizeLimits.AnswerBytes}}}""";
}
