using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Kafka;

internal static partial class Log
{
    [LoggerMessage(Message = "{Client}: {Facility} {Text}")]
    public static partial void Librdkafka(ILogger logger, LogLevel level, string client, string facility, string text);

    [LoggerMessage(LogLevel.Warning, "{Client}: {Text}")]
    public static partial void BrokerDown(ILogger logger, string client, string text);

    [LoggerMessage(LogLevel.Warning, "{Client}: {Code} {Reason}")]
    public static partial void ClientError(ILogger logger, string client, ErrorCode code, string reason);

    [LoggerMessage(LogLevel.Critical, "{Client}: fatal {Code} {Reason}; this client can do no more")]
    public static partial void FatalClientError(ILogger logger, string client, ErrorCode code, string reason);
}
