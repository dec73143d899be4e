using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.Serdes;
using KafkaFlow.Testing;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>Topics and a database of one test, and sinks that run in this process.</summary>
internal sealed class SinkFixture
{
    private SinkFixture(KafkaSettings kafka, string prefix, SinkDatabase database)
    {
        Kafka = kafka;
        Database = database;
        Options = new()
        {
            Kafka = kafka, Postgres = database.ConnectionString, Prefix = prefix,
            LongestRetry = TimeSpan.FromMilliseconds(500),
        };
    }

    public KafkaSettings Kafka { get; }

    public SinkDatabase Database { get; }

    public SinkOptions Options { get; }

    public string Topic => new TopicNames(Options.Prefix).Events;

    public int Partitions { get; private init; }

    public LogLines Log { get; } = new();

    public static async Task<SinkFixture> CreateAsync(KafkaCluster kafka, PostgresServer postgres)
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        var prefix = KafkaCluster.NewPrefix();
        using var admin = new TopicAdmin(settings);
        await admin.ApplyAsync(prefix);
        var partitions = admin.PartitionsOf(new TopicNames(prefix).Events);
        return new(settings, prefix, await SinkDatabase.CreateAsync(postgres)) { Partitions = partitions };
    }

    public EventWriter NewWriter(int seed, bool clean = false) => new(Kafka, Topic, Partitions, seed, clean);

    public RunningSink Start(SinkOptions? options = null, IRecordSerdes? serdes = null) =>
        new(options ?? Options, Log, serdes);

    public Task AssertExactAsync(string context) =>
        Database.AssertEqualsAsync(TopicTruth.Read(Kafka, Topic), Topic, context);
}

/// <summary>A host that runs until disposed.</summary>
internal sealed class RunningSink : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordSerdes _serdes = RecordSerdes.Local();

    public RunningSink(SinkOptions options, ILogger logger, IRecordSerdes? serdes)
    {
        Host = new(options, serdes ?? _serdes, logger);
        Running = Host.RunAsync(_stop.Token);
    }

    public PostgresSinkHost Host { get; }

    public Task Running { get; }

    public Task ReadyAsync() => Host.Ready.WaitAsync(Limit);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running.WaitAsync(Limit);
        Host.Dispose();
        _serdes.Dispose();
        _stop.Dispose();
    }
}

/// <summary>What was logged, to be read by tests.</summary>
internal sealed class LogLines : ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lines) _lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
