using System.Diagnostics;
using KafkaFlow.Cli.Settings;
using KafkaFlow.EngineHost;
using KafkaFlow.PostgresSink;
using KafkaFlow.Serdes;
using KafkaFlow.Workers;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Local;

/// <summary>
/// Engine, workers and sink inside this process. The first that fails ends the wait of <see cref="FailedAsync"/>;
/// disposing stops all: workers drain first, the engine last.
/// </summary>
internal sealed class Hosts(CliSettings settings, IRecordSerdes serdes, ILoggerFactory loggers) : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(20);
    private readonly List<(Task Running, CancellationTokenSource Stop)> _hosts = [];
    private readonly List<IDisposable> _owned = [];
    private readonly List<Task> _ready = [];
    private EngineService? _engine;

    public void StartEngine(string stateDirectory)
    {
        var options = new EngineServiceOptions(settings.Kafka, settings.Topics, stateDirectory)
        {
            StartDedup = settings.StartDedup,
            Engine = new() { ParkOn = [.. settings.ParkOn] },
        };
        var engine = new EngineService(options, serdes, loggers);
        _owned.Add(engine);
        _engine = engine;
        Start(cancel => Task.Factory.StartNew(
            () => engine.Run(cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    public void StartWorker(IReadOnlyList<string> types, int concurrency)
    {
        var handlers = TaskHandlers.For(types, settings, loggers);
        var options = new WorkerOptions { Topics = settings.Topics, Concurrency = concurrency };
        var worker = new WorkerHost(options, handlers, serdes, settings.Kafka, loggers);
        _owned.AddRange(handlers.OfType<IDisposable>());
        _ready.Add(worker.Ready);
        Start(worker.RunAsync);
    }

    public void StartSink(string postgres)
    {
        var seat = InstanceSeat.Take(settings.DataDirectory, "sink");
        _owned.Add(seat);
        var options = new SinkOptions
        {
            Kafka = settings.Kafka, Prefix = settings.Prefix, Postgres = postgres, InstanceId = seat.Name,
        };
        var sink = new PostgresSinkHost(options, serdes, loggers.CreateLogger("KafkaFlow.Sink"));
        _owned.Add(sink);
        _ready.Add(sink.Ready);
        Start(sink.RunAsync);
    }

    /// <summary>Waits until everything that was started has its partitions, or a host has failed.</summary>
    /// <returns>False if that was not so within <paramref name="limit"/>: in a cluster with other instances some parts
    /// may have nothing to do.</returns>
    public async Task<bool> ReadyAsync(TimeSpan limit, CancellationToken cancel)
    {
        var failed = FailedAsync(cancel);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < limit)
        {
            if (failed.IsCompleted) await failed;
            if (_ready.All(part => part.IsCompleted) && EngineIsReady()) return true;
            await Task.Delay(ReadyPoll, cancel);
        }
        return false;
    }

    private bool EngineIsReady() =>
        _engine is null || _engine.Status.Partitions is { Count: > 0 } owned && owned.All(p => p.Role == "running");

    /// <summary>Ends when a host has failed, with its exception.</summary>
    public async Task FailedAsync(CancellationToken cancel)
    {
        var first = await Task.WhenAny(_hosts.Select(h => h.Running)).WaitAsync(cancel);
        await first;
    }

    /// <summary>Waits for SIGTERM or Ctrl-C; a host that fails ends the wait with its exception.</summary>
    public async Task UntilCancelledAsync(CancellationToken cancel)
    {
        try
        {
            await FailedAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
    }

    private void Start(Func<CancellationToken, Task> run)
    {
        var stop = new CancellationTokenSource();
        _hosts.Add((Task.Run(() => run(stop.Token)), stop));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (running, stop) in Enumerable.Reverse(_hosts))
        {
            await stop.CancelAsync();
            await Task.WhenAny(running, Task.Delay(StopTimeout));
            stop.Dispose();
        }
        foreach (var owned in Enumerable.Reverse(_owned)) owned.Dispose();
    }
}
