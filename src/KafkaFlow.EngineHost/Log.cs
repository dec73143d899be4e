using Microsoft.Extensions.Logging;

namespace KafkaFlow.EngineHost;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "playbooks offset {Offset}: {Problem}; the record is left out")]
    public static partial void PlaybookUnreadable(ILogger logger, long offset, string problem);

    [LoggerMessage(2, LogLevel.Warning, "playbook {Key} cannot run on this engine: {Problem}")]
    public static partial void PlaybookNotRunnable(ILogger logger, string key, string problem);

    [LoggerMessage(3, LogLevel.Warning, "{Count} starts wait to be pinned: {Problem}")]
    public static partial void ResolverWaits(ILogger logger, int count, string problem);

    [LoggerMessage(4, LogLevel.Error, "decision on {Partition}@{Offset} for execution {Execution} failed; it is parked")]
    public static partial void DecisionFailed(ILogger logger, int partition, long offset, string execution, Exception cause);

    [LoggerMessage(5, LogLevel.Warning, "{Partition}@{Offset} goes to the dead letter topic: {Code}: {Reason}")]
    public static partial void DeadLetter(ILogger logger, int partition, long offset, string code, string reason);
}
