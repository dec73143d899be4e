using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "{Group}: instance {Instance} started over {Input} ({Partitions} partitions)")]
    public static partial void Started(ILogger logger, string group, string instance, string input, int partitions);

    [LoggerMessage(LogLevel.Information, "partitions {Partitions} assigned")]
    public static partial void Assigned(ILogger logger, string partitions);

    [LoggerMessage(LogLevel.Information, "partitions {Partitions} given up ({Why})")]
    public static partial void GaveUp(ILogger logger, string partitions, string why);

    [LoggerMessage(LogLevel.Information, "partition {Partition}: epoch {Epoch}, decides from offset {Next}, taken over in {Milliseconds:0} ms")]
    public static partial void TookOver(ILogger logger, int partition, long epoch, long next, double milliseconds);

    [LoggerMessage(LogLevel.Information, "partition {Partition}: {Decisions} decisions adopted, {Void} facts void, next offset {Next}")]
    public static partial void Adopted(ILogger logger, int partition, long decisions, long @void, long next);

    [LoggerMessage(LogLevel.Information, "partition {Partition}: running at offset {Position}")]
    public static partial void Running(ILogger logger, int partition, long position);

    [LoggerMessage(LogLevel.Debug, "partition {Partition}: takeover stopped")]
    public static partial void TakeoverStopped(ILogger logger, int partition);

    [LoggerMessage(LogLevel.Warning, "partition {Partition}: waits for {What}: {Reason}")]
    public static partial void TakeoverRetries(ILogger logger, int partition, string what, string reason);

    [LoggerMessage(LogLevel.Warning, "partition {Partition}: the group's offset is {Group}, the changelog's {Changelog}; the changelog counts")]
    public static partial void GroupOffsetDiffers(ILogger logger, int partition, long group, long changelog);

    [LoggerMessage(LogLevel.Warning, "partition {Partition}: {Directory} holds {Disk}, the changelog {Committed}; the state is built anew from the facts")]
    public static partial void RebuildsStore(ILogger logger, int partition, string directory, object? disk, object? committed);

    [LoggerMessage(LogLevel.Critical, "partition {Partition}: {What}")]
    public static partial void FactsAlarm(ILogger logger, int partition, string? what);

    [LoggerMessage(LogLevel.Warning, "partition {Partition}: the last checkpoint was not completed within {Timeout}; its changes are dropped")]
    public static partial void LastCheckpointDropped(ILogger logger, int partition, TimeSpan timeout);

    [LoggerMessage(LogLevel.Debug, "partition {Partition}: seek to {Offset} is tried again: {Reason}")]
    public static partial void SeekRetries(ILogger logger, int partition, long offset, string reason);

    [LoggerMessage(LogLevel.Information, "no committed offsets yet: {Reason}")]
    public static partial void NoGuess(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "abort: {Reason}; the transaction ends by its timeout")]
    public static partial void AbortFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "{What} did not close within {Timeout}; left to the end of the process")]
    public static partial void NotClosed(ILogger logger, string what, TimeSpan timeout);

    [LoggerMessage(LogLevel.Error, "{Group}: {Reason}; starts over in {Pause}")]
    public static partial void StartsOver(ILogger logger, string group, string reason, TimeSpan pause, Exception cause);

    [LoggerMessage(LogLevel.Critical, "{Group}: {Reason}")]
    public static partial void Ended(ILogger logger, string group, string reason, Exception cause);
}
