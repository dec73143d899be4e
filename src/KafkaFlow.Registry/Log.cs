using Microsoft.Extensions.Logging;

namespace KafkaFlow.Registry;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Schema registry on {Address}, in topic {Topic}: {Subjects} subjects")]
    public static partial void Started(ILogger logger, Uri address, string topic, int subjects);

    [LoggerMessage(LogLevel.Warning, "Schema registry listens on {Address}, which is not loopback")]
    public static partial void NotLoopback(ILogger logger, Uri address);

    [LoggerMessage(LogLevel.Warning, "Record {Topic}-0@{Offset} is ignored: {Problem}")]
    public static partial void RecordIgnored(ILogger logger, string topic, long offset, string problem);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} failed: {Reason}")]
    public static partial void StoreFailed(ILogger logger, string method, string path, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(LogLevel.Debug, "{Method} {Path}: {Status}")]
    public static partial void Answered(ILogger logger, string method, string path, int status);
}
