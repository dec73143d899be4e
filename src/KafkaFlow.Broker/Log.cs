using System.Net;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "broker on {Address}, data {Data}: a single node for development and tests")]
    public static partial void Started(ILogger logger, EndPoint address, string data);

    [LoggerMessage(LogLevel.Warning, "broker listens on {Address}, not only on loopback; it has no access control")]
    public static partial void NotLoopback(ILogger logger, IPAddress address);

    [LoggerMessage(LogLevel.Warning, "{File}: cut {Bytes} bytes at {Position}, where offset {Offset} was expected")]
    public static partial void TornTail(ILogger logger, string file, long bytes, long position, long offset);

    [LoggerMessage(LogLevel.Warning, "{File}: dropped, it follows a torn segment")]
    public static partial void SegmentAfterTear(ILogger logger, string file);

    [LoggerMessage(LogLevel.Debug, "{Client}: connection closed: {Reason}")]
    public static partial void Closed(ILogger logger, EndPoint? client, string reason);

    [LoggerMessage(LogLevel.Error, "{Api} version {Version} of {Client} failed")]
    public static partial void RequestFailed(
        ILogger logger, Exception error, string api, short version, string? client);

    [LoggerMessage(LogLevel.Error, "{Task} failed; it is tried again")]
    public static partial void BackgroundFailed(ILogger logger, Exception error, string task);

    [LoggerMessage(LogLevel.Information, "group {Group}: generation {Generation}, {Members} members, {State}")]
    public static partial void Group(ILogger logger, string group, int generation, int members, string state);

    [LoggerMessage(LogLevel.Information, "transactional id {Id}: {State}, producer {Producer} epoch {Epoch}")]
    public static partial void Transaction(ILogger logger, string id, string state, long producer, short epoch);

    [LoggerMessage(LogLevel.Information, "{Log}: compacted {Before} bytes to {After}")]
    public static partial void Compacted(ILogger logger, string log, long before, long after);
}
