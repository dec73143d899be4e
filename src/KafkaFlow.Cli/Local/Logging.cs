using KafkaFlow.Cli.Output;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace KafkaFlow.Cli.Local;

/// <summary>Log lines go to stderr; <c>KAFKAFLOW_LOG</c> names the level.</summary>
internal static class Logging
{
    private static readonly Dictionary<string, LogLevel> Levels = new()
    {
        ["trace"] = LogLevel.Trace, ["debug"] = LogLevel.Debug, ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning, ["error"] = LogLevel.Error, ["none"] = LogLevel.None,
    };

    /// <exception cref="CliException">It is none of the known words.</exception>
    public static LogLevel Parse(string level) => Levels.TryGetValue(level, out var known)
        ? known
        : throw new CliException(ExitCodes.Usage, "bad_log_level", "the log level is unknown")
        {
            Where = "KAFKAFLOW_LOG", Expected = string.Join(", ", Levels.Keys), Found = level,
        };

    /// <param name="level">As set by the user.</param>
    /// <param name="quiet">Show warnings only where the user has set nothing else than the default.</param>
    public static ILoggerFactory Create(string level, bool quiet = false)
    {
        var minimum = Parse(level);
        if (quiet && minimum == LogLevel.Information) minimum = LogLevel.Warning;
        return LoggerFactory.Create(builder => builder
            .SetMinimumLevel(minimum)
            .AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>()
            .AddConsole(options =>
            {
                options.FormatterName = LineFormatter.FormatterName;
                options.LogToStandardErrorThreshold = LogLevel.Trace;
            }));
    }
}
