using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Cli.Local;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;

namespace KafkaFlow.Cli.Bench;

/// <summary>A finished run as the benchmark saw it.</summary>
/// <param name="EndedAt">Stopwatch timestamp at which the terminal event was received.</param>
internal sealed record WatchedRun(long EndedAt, string Status, IReadOnlyList<ExecutionEvent> Steps);

/// <summary>Reads the events topic as it grows, on a thread of its own, and tells when executions end.</summary>
internal sealed class RunWatcher : IDisposable
{
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(10);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Cluster _cluster;
    private readonly Thread _thread;
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _keepSteps;
    private readonly Dictionary<string, List<ExecutionEvent>> _steps = [];
    private long _facts;

    /// <param name="keepSteps">Keep the completed steps of each run, with their results.</param>
    public RunWatcher(Cluster cluster, bool keepSteps)
    {
        _cluster = cluster;
        _keepSteps = keepSteps;
        _consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(cluster.Settings.Kafka, "kf-watch"));
        var partitions =
            KafkaClients.WarmUp(_consumer.Handle, [cluster.Topics.Events], MetadataTimeout)[cluster.Topics.Events];
        _consumer.Assign(Enumerable.Range(0, partitions)
            .Select(p => new TopicPartitionOffset(cluster.Topics.Events, p, 0)));
        _thread = new Thread(Watch) { IsBackground = true, Name = "run-watcher" };
        _thread.Start();
    }

    public BlockingCollection<(string ExecutionId, WatchedRun Run)> Ended { get; } = [];

    public long Facts => Interlocked.Read(ref _facts);

    public Exception? Failure { get; private set; }

    private void Watch()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is { Message.Value: { } value } record)
                    Take(record, value);
        }
        catch (KafkaException failure)
        {
            Failure = failure;
        }
    }

    private void Take(ConsumeResult<byte[]?, byte[]?> record, byte[] value)
    {
        var type = record.Message.Headers.TryGetLastBytes(HeaderNames.EventType, out var bytes) ? bytes : [];
        if (type.AsSpan().SequenceEqual("owner"u8)) return;
        Interlocked.Increment(ref _facts);
        var isStep = _keepSteps && type.AsSpan().SequenceEqual("step_completed"u8);
        var isEnd = type.AsSpan().StartsWith("execution_"u8) && !type.AsSpan().SequenceEqual("execution_started"u8)
            && !type.AsSpan().SequenceEqual("execution_closing"u8);
        if (!isStep && !isEnd) return;
        if (_cluster.Serdes.DecodeEvent(value).Record is not { } fact) return;
        if (isStep)
        {
            if (!_steps.TryGetValue(fact.ExecutionId, out var steps)) _steps[fact.ExecutionId] = steps = [];
            steps.Add(fact);
        }
        else if (EventTypes.IsTerminal(fact.EventType))
        {
            _steps.Remove(fact.ExecutionId, out var steps);
            Ended.Add((fact.ExecutionId, new WatchedRun(Stopwatch.GetTimestamp(), fact.Status, steps ?? [])));
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join(TimeSpan.FromSeconds(5));
        _consumer.Dispose();
        _stop.Dispose();
        Ended.Dispose();
    }
}
