using Microsoft.Extensions.Logging;

namespace KafkaFlow.Serdes;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "schema {Schema} {Fingerprint} written to {Topic}")]
    public static partial void SchemaPublished(ILogger logger, string schema, string fingerprint, string topic);

    [LoggerMessage(LogLevel.Warning, "{Topic}@{Offset} is no writer schema and is left out: {Reason}")]
    public static partial void SchemaIgnored(ILogger logger, string topic, long offset, string reason);

    [LoggerMessage(LogLevel.Debug, "schema registered as {Subject}, id {Id}")]
    public static partial void SchemaRegistered(ILogger logger, string subject, int id);

    [LoggerMessage(LogLevel.Warning, "schema registry: compatibility of {Subject} could not be set: {Reason}")]
    public static partial void CompatibilityNotSet(ILogger logger, string subject, string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "schema registry at {Address}: {Reason}; attempt {Attempt} of {Attempts}, again in {DelayMs} ms")]
    public static partial void RegistryRetry(
        ILogger logger, Uri address, string reason, int attempt, int attempts, int delayMs);
}
