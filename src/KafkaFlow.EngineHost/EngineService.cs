using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.EngineHost;

/// <summary>Settings of an engine instance.</summary>
/// <param name="StateDirectory">Holds one directory per partition; not shared by two running instances.</param>
public sealed record EngineServiceOptions(KafkaSettings Kafka, TopicNames Topics, string StateDirectory)
{
    public static readonly TimeSpan DefaultStartDedup = TimeSpan.FromDays(90);

    public EngineSettings Engine { get; init; } = new();

    /// <summary>How long after its end an execution is remembered: as long, a repeated start is told apart. Then its
    /// state is removed, and a start with the same id is a new run.</summary>
    public TimeSpan StartDedup { get; init; } = DefaultStartDedup;
}

/// <summary>
/// One engine instance: the stream runtime with the engine as its processor, the playbook catalog, and the resolver on
/// a thread of its own. <see cref="Run"/> blocks until cancelled.
/// </summary>
public sealed class EngineService : IDisposable
{
    private static readonly TimeSpan BrokerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly EngineServiceOptions _options;
    private readonly ILogger _logger;
    private readonly TopicAdmin _topics;
    private readonly PlaybookCatalog _catalog;
    private readonly StartResolver _resolver;
    private readonly StreamsRuntime _runtime;

    public EngineService(EngineServiceOptions options, IRecordSerdes serdes, ILoggerFactory loggers)
    {
        _options = options;
        _logger = loggers.CreateLogger("KafkaFlow.Engine");
        _topics = new TopicAdmin(options.Kafka, _logger);
        _catalog = new PlaybookCatalog(
            options.Kafka, options.Topics, serdes,
            type => _topics.EnsureTasksTopicAsync(options.Topics.Prefix, type), _logger);
        _resolver = new StartResolver(_catalog, serdes, options.Kafka, options.Topics, _logger);
        var settings = options.Engine with { ReplyTopic = options.Topics.Commands };
        var parts = new EngineParts(options.Topics, serdes, _catalog, settings, _resolver.Ask, _logger)
        {
            StartDedup = options.StartDedup,
        };
        var streams = new StreamsOptions
        {
            Kafka = options.Kafka,
            Group = options.Topics.EngineGroup,
            StateDirectory = options.StateDirectory,
            OwnerValue = term => serdes.Encode(OwnerRecord.Of(term)),
            OwnerHeaders = OwnerRecord.Headers,
        };
        _runtime = new StreamsRuntime(
            streams, EngineTopology.Of(options.Topics), new EngineProcessorFactory(parts), loggers);
    }

    public StreamsStatus Status => _runtime.Status;

    /// <exception cref="KafkaUnavailableException">No broker answers at start.</exception>
    /// <exception cref="TopicRefusedException">A topic is missing or could lose data.</exception>
    public void Run(CancellationToken cancel)
    {
        KafkaClients.WaitForBroker(_options.Kafka, BrokerTimeout, _logger, cancel);
        _topics.RequireAsync(_options.Topics.Prefix).GetAwaiter().GetResult();
        ReadPlaybooks(cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var resolver = new Thread(() => _resolver.Run(stop.Token)) { Name = "start-resolver", IsBackground = true };
        resolver.Start();
        try
        {
            _runtime.Run(cancel);
        }
        finally
        {
            stop.Cancel();
            resolver.Join(StopTimeout);
        }
    }

    /// <summary>Waits as long as it takes: a registry that is down is no reason to end.</summary>
    private void ReadPlaybooks(CancellationToken cancel)
    {
        for (var pause = FirstPause; ; pause = pause < LongestPause ? 2 * pause : LongestPause)
        {
            try
            {
                _catalog.ReadToEnd(cancel);
                return;
            }
            catch (Exception failure) when (failure is KafkaUnavailableException or SchemaUnavailableException)
            {
                Log.PlaybooksWait(_logger, failure.Message, pause);
                if (cancel.WaitHandle.WaitOne(pause)) throw new OperationCanceledException(cancel);
            }
        }
    }

    public void Dispose()
    {
        _resolver.Dispose();
        _catalog.Dispose();
        _topics.Dispose();
    }
}

/// <summary>The record that opens a term, as an event of no execution.</summary>
internal static class OwnerRecord
{
    public static readonly IReadOnlyList<RecordHeader> Headers =
        [new(HeaderNames.EventType, "owner"u8.ToArray()), new(HeaderNames.Seq, "0"u8.ToArray())];

    public static ExecutionEvent Of(Term term) => new()
    {
        ExecutionId = "",
        Seq = 0,
        EventId = $"!owner/{term.Partition}@{term.Epoch}",
        EventType = EventTypes.Owner,
        Status = EventStatus.Running,
        CreatedAt = default,
        Epoch = term.Epoch,
        Part = 1,
        Parts = 1,
        CausePartition = term.Partition,
        CauseOffset = -1,
    };
}

/// <summary>The engine as sources, processor, store and sinks: what the runtime is wired from.</summary>
public static class EngineTopology
{
    public static Topology Of(TopicNames topics) => new()
    {
        Source = new SourceNode("commands", topics.Commands),
        Processor = new ProcessorNode("engine"),
        Store = new StoreNode("executions", topics.Changelog),
        Facts = new SinkNode("events", topics.Events),
        Sinks =
        [
            new SinkNode("tasks", topics.Tasks("") + "*"),
            new SinkNode("task-control", topics.TaskControl),
            new SinkNode("dlq", topics.Dlq),
            new SinkNode("blobs", topics.Blobs),
        ],
    };
}
