using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Tests;

/// <summary>Keeps what a broker logs as an error: a request must never end in one.</summary>
/// <param name="from">Also keeps what is less, down to this.</param>
internal sealed class ErrorLog(List<string> errors, LogLevel from = LogLevel.Error) : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= from;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (errors) errors.Add($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
        // The list is the test's.
    }
}
