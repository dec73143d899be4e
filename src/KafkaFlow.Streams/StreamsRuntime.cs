using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>
/// Runs one processor over the partitions that the group gives to this instance. <see cref="Run"/> owns one thread, on
/// which all processors are called; after a failure it starts over with a pause that grows.
/// </summary>
public sealed class StreamsRuntime : IDisposable
{
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(30);
    private readonly StreamsOptions _options;
    private readonly Topology _topology;
    private readonly IProcessorFactory _processors;
    private readonly ILogger _logger;
    private StreamThread? _thread;
    private string? _lastFailure;

    public StreamsRuntime(
        StreamsOptions options, Topology topology, IProcessorFactory processors, ILoggerFactory loggers)
    {
        options.Validate();
        topology.Validate();
        _options = options;
        _topology = topology;
        _processors = processors;
        _logger = loggers.CreateLogger<StreamsRuntime>();
    }

    public StreamsMetrics Metrics { get; } = new();

    /// <summary>Callable from any thread.</summary>
    public StreamsStatus Status
    {
        get
        {
            var thread = Volatile.Read(ref _thread);
            return new(thread is not null, Volatile.Read(ref _lastFailure), thread?.Status ?? []);
        }
    }

    /// <summary>Blocks until cancelled, then drains, writes a last checkpoint and closes, within bounded time.</summary>
    /// <exception cref="StreamsException">Starting over cannot help.</exception>
    public void Run(CancellationToken cancel)
    {
        using var directory = StateDirectory.Open(_options.StateDirectory, _options.Ordinal, cancel);
        var pause = _options.RestartPause;
        while (!cancel.IsCancellationRequested)
        {
            var started = Environment.TickCount64;
            if (RunOnce(directory.Ordinal, cancel) is not { } failure) return;
            Metrics.Failures++;
            _lastFailure = failure.Message;
            if (failure is StreamsException { IsFinal: true })
            {
                Log.Ended(_logger, _options.Group, failure.Message, failure);
                throw failure;
            }
            if (Environment.TickCount64 - started > StableAfter.TotalMilliseconds) pause = _options.RestartPause;
            Log.StartsOver(_logger, _options.Group, failure.Message, pause, failure);
            cancel.WaitHandle.WaitOne(pause);
            pause = pause * 2 < _options.MaxRestartPause ? pause * 2 : _options.MaxRestartPause;
        }
    }

    public void Dispose() => Metrics.Dispose();

    /// <returns>null if it ended because it was cancelled.</returns>
    private Exception? RunOnce(string ordinal, CancellationToken cancel)
    {
        try
        {
            using var thread = new StreamThread(_options, _topology, _processors, ordinal, Metrics, _logger, cancel);
            Volatile.Write(ref _thread, thread);
            thread.Run(cancel);
            return null;
        }
        catch (KafkaSettingsException e)
        {
            return new StreamsException(e.Message, e) { IsFinal = true };
        }
        catch (Exception e)
        {
            return e; // a processor that throws ends here as well: it is told, and tried again from the log
        }
        finally
        {
            Volatile.Write(ref _thread, null);
        }
    }
}
