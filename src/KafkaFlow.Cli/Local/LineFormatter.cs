using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace KafkaFlow.Cli.Local;

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
