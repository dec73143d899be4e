using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Kafka;

/// <summary>
/// Where one client's own log lines and errors go. A broker that is down makes librdkafka talk several times a second;
/// here that is one warning now and then one per <see cref="Pause"/>. Called on librdkafka's threads; thread-safe.
/// </summary>
internal sealed class ClientLog(ClientConfig config, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly string _bootstrap = config.BootstrapServers ?? "";
    private readonly string _client = config.ClientId ?? "";
    private long _downSince;
    private long _lastTold;

    public void Write(LogMessage message)
    {
        var level = message.Facility switch
        {
            // Connection troubles reach Failed as well, where they are counted and put into words.
            "FAIL" or "ERROR" => LogLevel.Debug,
            // A setting for producers given to a consumer: -X keys are meant for all clients.
            "CONFWARN" => LogLevel.Debug,
            // A coordinator that is still loading, at the start of a cluster: asked again, and an error if that fails.
            "GETPID" => LogLevel.Debug,
            _ => LevelOf(message.Level),
        };
        Log.Librdkafka(logger, level, _client, message.Facility, message.Message);
    }

    public void Failed(Error error)
    {
        if (error.IsFatal)
        {
            Log.FatalClientError(logger, _client, error.Code, error.Reason);
            return;
        }
        if (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve
            or ErrorCode.Local_TimedOut or ErrorCode.Local_Authentication or ErrorCode.Local_Ssl)
        {
            if (error.Code == ErrorCode.Local_Transport && !BrokerText.IsConnectFailure(error.Reason)) return;
            if (DueToTell() is { } down)
                Log.BrokerDown(logger, _client, BrokerText.Unreachable(_bootstrap, down, error.Reason));
            return;
        }
        Log.ClientError(logger, _client, error.Code, error.Reason);
    }

    /// <returns>How long it has been down, if it is time to say so again.</returns>
    private TimeSpan? DueToTell()
    {
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            if (_lastTold != 0 && Stopwatch.GetElapsedTime(_lastTold, now) < Pause) return null;
            // Silence of three pauses means that it was reachable in between.
            if (_lastTold == 0 || Stopwatch.GetElapsedTime(_lastTold, now) > 3 * Pause) _downSince = now;
            _lastTold = now;
            return Stopwatch.GetElapsedTime(_downSince, now);
        }
    }

    private static LogLevel LevelOf(SyslogLevel level) => level switch
    {
        SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Critical,
        SyslogLevel.Error => LogLevel.Error,
        SyslogLevel.Warning => LogLevel.Warning,
        SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
        _ => LogLevel.Debug,
    };
}

/// <summary>The words for a broker that cannot be reached.</summary>
internal static class BrokerText
{
    public static bool IsConnectFailure(string reason) =>
        reason.Contains("Connect to", StringComparison.Ordinal) || reason.Contains("refused", StringComparison.Ordinal)
        || reason.Contains("resolve", StringComparison.OrdinalIgnoreCase);

    public static string Unreachable(string bootstrap, TimeSpan tried, string reason) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Kafka at {bootstrap} does not answer ({Short(reason)}); tried for {tried.TotalSeconds:0.0} s. "
        + $"Check that the broker runs, that its advertised.listeners can be reached from here, and --bootstrap.");

    private static string Short(string reason)
    {
        const int maxLength = 200;
        var line = reason.ReplaceLineEndings(" ");
        return line.Length <= maxLength ? line : $"{line[..maxLength]}..";
    }
}
