using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>
/// One run of an instance, from joining the group to leaving or failing. The thread that calls <see cref="Run"/> owns
/// the consumer, all tasks, their state and processors; rebalance callbacks come on it, inside Consume. Producers call
/// back on threads of their own and only count.
/// </summary>
internal sealed class StreamThread : IDisposable
{
    private const int MaxBurst = 256;
    private const int MaxOutputBytes = 2 << 20; // a dead letter is larger than the record it is about
    private const int LagIntervalMs = 200;
    private const int OpenTransactionMs = 2_000;
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BusyWait = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly StreamsOptions _options;
    private readonly Topology _topology;
    private readonly ILogger _logger;
    private readonly InstanceFailure _failure;
    private readonly RecordProducer _outputs;
    private readonly Committer _committer;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly TaskPath _path;
    private readonly SendQueue _queue = new();
    private readonly Dictionary<int, StreamTask> _tasks = [];
    private StreamTask[] _snapshot = [];
    private long _lagAskedAt;
    private long _lastRecordAt;

    public StreamThread(
        StreamsOptions options, Topology topology, IProcessorFactory processors, string ordinal, StreamsMetrics metrics,
        ILogger logger, CancellationToken cancel)
    {
        _options = options;
        _topology = topology;
        _logger = logger;
        _failure = new(cancel);
        var instance = $"{ordinal}-0";
        var outputs = KafkaClients.ProducerConfig(options.Kafka, "kf-out");
        outputs.MessageMaxBytes = MaxOutputBytes;
        _outputs = new(outputs, options.MaxStall, logger);
        IReadOnlyDictionary<string, int> partitions;
        try
        {
            partitions = TopicCheck.Run(topology, _outputs.Handle, RequestTimeout);
        }
        catch
        {
            _outputs.Dispose();
            _failure.Dispose();
            throw;
        }
        _committer = new(options, topology, $"{options.Group}-{instance}", _failure, metrics, logger);
        _consumer = BuildConsumer(instance);
        var inFlight = new InFlight();
        var takeover = new TakeoverPath(
            options, topology, instance, partitions[topology.Source.Topic], _consumer, _committer, _failure, logger);
        _path = new(
            options, topology, processors, _consumer, takeover, new(_outputs, partitions, inFlight, _queue, _failure),
            new(options, inFlight, _queue, _failure, metrics), metrics, logger);
        Log.Started(logger, options.Group, instance, topology.Source.Topic, partitions[topology.Source.Topic]);
    }

    public IReadOnlyList<PartitionStatus> Status => [.. Volatile.Read(ref _snapshot).Select(t => t.Status)];

    /// <summary>Returns when cancelled, after a last checkpoint.</summary>
    /// <exception cref="StreamsException">Something failed; nothing uncommitted was written.</exception>
    public void Run(CancellationToken cancel)
    {
        try
        {
            _committer.Start();
            _consumer.Subscribe(_topology.Source.Topic);
            while (!cancel.IsCancellationRequested)
            {
                _failure.ThrowIfAny();
                TakeRecords();
                var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                foreach (var task in _snapshot) task.Turn(now);
                _queue.Flush();
                if (Environment.TickCount64 - _lagAskedAt >= LagIntervalMs) AskLag();
            }
            GiveUp([.. _tasks.Keys], isLost: false, "stopping");
        }
        catch (StreamsException e) when (e.IsFenced)
        {
            throw Verdict(e);
        }
        catch (Exception e) when (e is KafkaException or IOException)
        {
            throw new StreamsException(e.Message, e) { IsFinal = IsFenced(e) };
        }
    }

    /// <summary>Closes everything within bounded time. What a failed run had not committed is dropped.</summary>
    public void Dispose()
    {
        _failure.Stop();
        foreach (var task in _snapshot) task.Dispose();
        _tasks.Clear();
        _committer.Dispose();
        if (_failure.HasStragglers || !BoundedClose.Run(CloseConsumer, _options.DrainTimeout + RequestTimeout))
            Log.NotClosed(_logger, "the consumer", _options.DrainTimeout + RequestTimeout);
        _outputs.Dispose();
        _failure.Dispose();
    }

    /// <summary>
    /// The transactional id is in use elsewhere, or a transaction took too long. Starting over at once would fence a
    /// younger instance of the same ordinal in turn; the group tells within a heartbeat whether there is one.
    /// </summary>
    private StreamsException Verdict(StreamsException fenced)
    {
        var until = Environment.TickCount64 + (long)_options.SessionTimeout.TotalMilliseconds;
        try
        {
            while (Environment.TickCount64 < until) _consumer.Consume(BusyWait);
            return fenced;
        }
        catch (KafkaException e)
        {
            return new(e.Message, e) { IsFinal = IsFenced(e) };
        }
    }

    private void CloseConsumer()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private IConsumer<byte[]?, byte[]?> BuildConsumer(string instance)
    {
        var config = KafkaClients.ConsumerConfig(_options.Kafka, "kf-engine", _options.Group, readCommitted: true);
        config.GroupInstanceId = instance; // a restarted process gets its partitions back without waiting for a session
        config.SessionTimeoutMs = (int)_options.SessionTimeout.TotalMilliseconds;
        config.HeartbeatIntervalMs = Math.Min(3_000, config.SessionTimeoutMs.Value / 3);
        config.ConsumeResultFields = "headers,timestamp";
        return KafkaClients.ConsumerBuilder(config, _logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, given) => Guarded(() => GiveUp(Numbers(given), isLost: false, "revoked")))
            .SetPartitionsLostHandler((_, given) => Guarded(() => GiveUp(Numbers(given), isLost: true, "lost")))
            .Build();
    }

    private void TakeRecords()
    {
        try
        {
            var record = _consumer.Consume(WaitTime());
            for (var burst = 0; record is not null; burst++)
            {
                if (_tasks.TryGetValue(record.Partition.Value, out var task))
                {
                    task.InputWaitsFor = null;
                    task.Offer(record);
                }
                _lastRecordAt = Environment.TickCount64;
                if (burst == MaxBurst) break;
                record = _consumer.Consume(TimeSpan.Zero);
            }
        }
        finally
        {
            _queue.Flush(); // also where a record ends the run: those before it must not be held back again and again
        }
    }

    private TimeSpan WaitTime()
    {
        var next = long.MaxValue;
        foreach (var task in _snapshot)
        {
            if (task.Role != TaskRole.Running) return BusyWait;
            next = Math.Min(next, task.NextTimerMs);
        }
        if (next == long.MaxValue) return IdleWait;
        var wait = next - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, IdleWait.TotalMilliseconds));
    }

    private List<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        List<TopicPartitionOffset> start = [.. partitions.Select(p => new TopicPartitionOffset(p, 0))];
        Guarded(() =>
        {
            Log.Assigned(_logger, string.Join(",", partitions.Select(p => p.Partition.Value)));
            var assignment = new Assignment(_consumer.ConsumerGroupMetadata);
            start = Guess(partitions);
            foreach (var from in start)
                _tasks[from.Partition.Value] = new(_path, from.Partition.Value, assignment, from.Offset.Value);
            Volatile.Write(ref _snapshot, [.. _tasks.Values]);
        });
        return start;
    }

    /// <summary>Where fetching may begin while the takeovers find out where it must.</summary>
    private List<TopicPartitionOffset> Guess(List<TopicPartition> partitions)
    {
        try
        {
            return [.. _consumer.Committed(partitions, RequestTimeout)
                .Select(c => new TopicPartitionOffset(c.TopicPartition, c.Offset.IsSpecial ? 0 : c.Offset.Value))];
        }
        catch (KafkaException e)
        {
            Log.NoGuess(_logger, e.Message);
            return [.. partitions.Select(p => new TopicPartitionOffset(p, 0))];
        }
    }

    /// <summary>Rule H7: the last checkpoint is made inside the callback, while the generation is still
    /// valid.</summary>
    private void GiveUp(List<int> partitions, bool isLost, string why)
    {
        var given = partitions.Where(_tasks.ContainsKey).Select(p => _tasks[p]).ToList();
        if (given.Count == 0) return;
        _queue.Flush();
        Log.GaveUp(_logger, string.Join(",", given.Select(t => t.Partition)), why);
        if (!isLost && !_failure.HasFailed) Drain(given);
        foreach (var task in given)
        {
            _tasks.Remove(task.Partition);
            task.Dispose();
        }
        Volatile.Write(ref _snapshot, [.. _tasks.Values]);
    }

    private void Drain(List<StreamTask> tasks)
    {
        var ends = Environment.TickCount64 + (long)_options.DrainTimeout.TotalMilliseconds;
        foreach (var task in tasks) task.BeginDrain();
        foreach (var task in tasks)
        {
            var left = TimeSpan.FromMilliseconds(Math.Max(1, ends - Environment.TickCount64));
            if (!task.Drain(left)) Log.LastCheckpointDropped(_logger, task.Partition, _options.DrainTimeout);
        }
    }

    private void AskLag()
    {
        _lagAskedAt = Environment.TickCount64;
        var isIdle = _lagAskedAt - _lastRecordAt > OpenTransactionMs;
        foreach (var task in _snapshot)
        {
            var partition = new TopicPartition(_topology.Source.Topic, task.Partition);
            var end = _consumer.GetWatermarkOffsets(partition).High;
            if (end.IsSpecial) continue;
            task.InputEnd = end.Value;
            if (isIdle && task.Role == TaskRole.Running && end.Value > task.Position && end.Value != task.EmptyUpTo)
                LookBehind(task, partition, end.Value);
        }
    }

    /// <summary>Records may stand behind an open transaction, or there may be nothing but markers.</summary>
    private void LookBehind(StreamTask task, TopicPartition partition, long end)
    {
        try
        {
            var stable = _consumer.QueryWatermarkOffsets(partition, LookTimeout).High.Value;
            var isOpen = stable < end;
            task.EmptyUpTo = isOpen ? -1 : end;
            task.InputWaitsFor = isOpen ? $"an open transaction at offset {stable}; the topic ends at {end}" : null;
        }
        catch (KafkaException e)
        {
            task.InputWaitsFor = $"the broker: {e.Error.Reason}";
        }
        _lastRecordAt = Environment.TickCount64; // not again before the next idle time
    }

    private void Guarded(Action handler)
    {
        try
        {
            handler();
        }
        catch (Exception e)
        {
            _failure.Report(e); // thrown on from the loop: an exception here would unassign silently
        }
    }

    private static bool IsFenced(Exception e) =>
        e is KafkaException { Error: { IsFatal: true, Code: ErrorCode.FencedInstanceId } };

    private static List<int> Numbers(List<TopicPartitionOffset> partitions) =>
        partitions.ConvertAll(p => p.Partition.Value);
}
