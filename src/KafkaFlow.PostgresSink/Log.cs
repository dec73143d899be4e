using Microsoft.Extensions.Logging;

namespace KafkaFlow.PostgresSink;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "sink begins: {Options}")]
    public static partial void Begins(ILogger logger, string options);

    [LoggerMessage(LogLevel.Information, "sink reads {Partition} from offset {Offset}, epoch {Epoch}")]
    public static partial void Assigned(ILogger logger, string partition, long offset, long epoch);

    [LoggerMessage(LogLevel.Information, "sink gives back {Partitions}")]
    public static partial void Revoked(ILogger logger, string partitions);

    [LoggerMessage(LogLevel.Warning, "{Text}")]
    public static partial void Unavailable(ILogger logger, string text);

    [LoggerMessage(LogLevel.Information, "sink writes again after {Seconds:0.0} s")]
    public static partial void Available(ILogger logger, double seconds);

    [LoggerMessage(LogLevel.Warning, "sink begins anew in {DelayMs:0} ms: {Reason}")]
    public static partial void BeginsAnew(ILogger logger, double delayMs, string reason);

    [LoggerMessage(LogLevel.Critical,
        "ALARM divergent_fact: {Topic}-{Partition}@{Offset} contradicts the row of {EventId} in table event; "
        + "the record is kept in event_rejected")]
    public static partial void DivergentFact(ILogger logger, string topic, int partition, long offset, string eventId);

    [LoggerMessage(LogLevel.Error, "record {Topic}-{Partition}@{Offset} is kept in event_rejected: {Reason}")]
    public static partial void Rejected(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(LogLevel.Warning, "sink was {LagMs:0} ms behind, the objective is {ObjectiveMs:0} ms")]
    public static partial void BehindObjective(ILogger logger, double lagMs, double objectiveMs);

    [LoggerMessage(LogLevel.Trace, "sink wrote {Rows} events of {Partitions} partitions in {Ms:0.0} ms")]
    public static partial void Batch(ILogger logger, int rows, int partitions, double ms);
}
