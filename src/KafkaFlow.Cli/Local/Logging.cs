using System.Globalization;
using KafkaFlow.Cli.Output;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Logging;

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

/// <summary>One line per entry: UTC time, level, room, message; an exception's text follows on the next
/// lines.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";
    private const string Product = "KafkaFlow.";

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var room = logEntry.Category.StartsWith(Product, StringComparison.Ordinal)
            ? logEntry.Category[Product.Length..]
            : logEntry.Category;
        var time = DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write($"{time} {Word(logEntry.LogLevel)} {room}: {message}\n");
        if (logEntry.Exception is { } exception) textWriter.Write($"{exception}\n");
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace", LogLevel.Debug => "debug", LogLevel.Information => "info ",
        LogLevel.Warning => "warn ", LogLevel.Error => "error", _ => "fatal",
    };
}
