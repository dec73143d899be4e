using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams.Tests;

/// <summary>A runtime on a thread of its own, stopped with the test.</summary>
internal sealed class RunningStreams : IDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _loggers;
    private readonly Thread _thread;
    private Exception? _failure;

    public RunningStreams(StreamsOptions options, Topology topology, IProcessorFactory processors)
    {
        var wanted = Environment.GetEnvironmentVariable("KAFKAFLOW_LOG");
        var level = Enum.TryParse<LogLevel>(wanted, true, out var named) ? named : LogLevel.Critical;
        _loggers = LoggerFactory.Create(b => b.AddSimpleConsole(c => c.SingleLine = true).SetMinimumLevel(level));
        Runtime = new(options, topology, processors, _loggers);
        _thread = new(Run) { Name = "streams under test" };
        _thread.Start();
    }

    public StreamsRuntime Runtime { get; }

    /// <summary>What ended it; null while it runs.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    public void Wait(Func<StreamsRuntime, bool> until, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!until(Runtime))
        {
            if (_failure is not null) 
                throw new InvalidOperationException($"the runtime ended: {_failure.Message}", _failure);
            if (Stopwatch.GetElapsedTime(started) > StreamTopics.Patience)
                throw new TimeoutException(
                    $"{what}: not within {StreamTopics.Patience}; {string.Join(", ", Runtime.Status.Partitions)} "
                    + $"{Runtime.Status.LastFailure}");
            Thread.Sleep(5);
        }
    }

    public void WaitRunning(int partitions) => Wait(
        r => r.Status.Partitions.Count(p => p.Role == "running") == partitions, $"{partitions} partitions running");

    /// <returns>What ended it, null if it ended as asked.</returns>
    public Exception? WaitEnd()
    {
        if (!_thread.Join(StopTimeout)) throw new TimeoutException($"the runtime did not end within {StopTimeout}");
        return _failure;
    }

    /// <summary>Stops it in good order.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        var ended = _thread.Join(StopTimeout);
        Runtime.Dispose();
        _loggers.Dispose();
        _stop.Dispose();
        if (!ended) throw new TimeoutException($"the runtime did not stop within {StopTimeout}");
    }

    private void Run()
    {
        try
        {
            Runtime.Run(_stop.Token);
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }
}
