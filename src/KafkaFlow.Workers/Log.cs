using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Warning,
        "python process {Pid} that forks tasks ended with {Code}; starting another")]
    public static partial void PythonTemplateDied(ILogger logger, int pid, int code);

    [LoggerMessage(LogLevel.Warning, "python: {Line}")]
    public static partial void PythonTemplateSays(ILogger logger, string line);

    [LoggerMessage(LogLevel.Warning, "task {TaskId}: its python process is gone ({Reason})")]
    public static partial void PythonProcessLost(ILogger logger, string taskId, string reason);

    [LoggerMessage(LogLevel.Debug, "task {TaskId} printed on stdout: {Stdout} and on stderr: {Stderr}")]
    public static partial void PythonOutput(ILogger logger, string taskId, string stdout, string stderr);

    [LoggerMessage(LogLevel.Information, "worker {WorkerId} is ready for {Types}")]
    public static partial void Ready(ILogger logger, string workerId, string types);

    [LoggerMessage(LogLevel.Debug, "{What} has stopped")]
    public static partial void Stopped(ILogger logger, string what);

    [LoggerMessage(LogLevel.Warning, "{Reason}; trying again")]
    public static partial void KafkaUnavailable(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "node type {NodeType} is not ready: {Reason}")]
    public static partial void NotWarm(ILogger logger, string nodeType, string reason);

    [LoggerMessage(LogLevel.Information, "{Topic}: assigned partitions {Partitions}")]
    public static partial void Assigned(ILogger logger, string topic, string partitions);

    [LoggerMessage(LogLevel.Information, "{Topic}: gave up partitions {Partitions}")]
    public static partial void Revoked(ILogger logger, string topic, string partitions);

    [LoggerMessage(LogLevel.Warning, "{Topic}: offsets not committed, tasks may run again: {Reason}")]
    public static partial void CommitFailed(ILogger logger, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "{Topic}: {Code} {Reason}; reading goes on by itself")]
    public static partial void ConsumeFailed(
        ILogger logger, string topic, Confluent.Kafka.ErrorCode code, string reason);

    [LoggerMessage(LogLevel.Warning, "{Topic}-{Partition}: not sent, sending again: {Reason}")]
    public static partial void SendingAgain(ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(LogLevel.Error, "producer {ClientId} had a fatal error; another one takes over")]
    public static partial void ProducerReplaced(ILogger logger, string clientId);

    [LoggerMessage(
        LogLevel.Error,
        "{Record} cannot be processed and goes to the dead letter topic: {Code}: {Reason}")]
    public static partial void DeadLetter(ILogger logger, string record, string code, string reason);

    [LoggerMessage(
        LogLevel.Error,
        "{Record} cannot be put on {Topic} ({Reason}); trying again. To create the topic: kafkaflow topics apply")]
    public static partial void DeadLetterRefused(ILogger logger, string record, string topic, string reason);

    [LoggerMessage(LogLevel.Error, "task {TaskId}: {EventType} cannot be sent to {Topic}: {Reason}")]
    public static partial void ReportRefused(
        ILogger logger, string taskId, string eventType, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "{Reason}; trying again")]
    public static partial void SchemasUnavailable(ILogger logger, string reason);

    [LoggerMessage(
        LogLevel.Information,
        "task {TaskId} seen again ({Record}): answered with the known result")]
    public static partial void AnsweredAgain(ILogger logger, string taskId, string record);

    [LoggerMessage(
        LogLevel.Warning,
        "task {TaskId}: its handler {NodeType} did not stop in time; answered without it")]
    public static partial void HandlerDidNotStop(ILogger logger, string taskId, string nodeType);

    [LoggerMessage(LogLevel.Error, "task {TaskId}: its handler {NodeType} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string taskId, string nodeType);

    [LoggerMessage(
        LogLevel.Warning,
        "{What} stays unanswered: this worker stops, another one or another attempt will run it")]
    public static partial void LeftUnanswered(ILogger logger, string what);

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} tasks still run after {Seconds} s of draining and are stopped")]
    public static partial void DrainLimit(ILogger logger, int count, double seconds);

    [LoggerMessage(
        LogLevel.Warning,
        "{Topic} cannot be followed ({Reason}); trying again. Cancelled tasks go on until then")]
    public static partial void ControlUnavailable(ILogger logger, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "{Topic}: a record that is no task control: {Reason}")]
    public static partial void BadControl(ILogger logger, string topic, string reason);

    [LoggerMessage(LogLevel.Error, "{Topic}: fatal {Code} {Reason}; another consumer takes over")]
    public static partial void ConsumerReplaced(
        ILogger logger, string topic, Confluent.Kafka.ErrorCode code, string reason);

    [LoggerMessage(LogLevel.Warning, "task {TaskId}: {Code}: {Reason}")]
    public static partial void PostgresFailed(ILogger logger, string taskId, string code, string reason);
}
