using System.Diagnostics;
using System.Threading.Channels;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>
/// One node type: its consumer, on a thread of its own that keeps polling whatever tasks do, and the slots that run
/// tasks. Finished offsets are stored by the polling thread and committed by the client in the background. Waiting,
/// running and unanswered records are bounded: beyond the bound the partitions are paused.
/// </summary>
internal sealed class TaskLane(
    WorkerOptions options, ITaskHandler handler, KafkaSettings settings, TaskExecutor executor, RecordSender sender,
    ILogger logger)
{
    private const double ResumeBelow = 0.5;
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StorePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerTimeout = TimeSpan.FromSeconds(10);
    private readonly Channel<TaskDelivery> _waiting =
        Channel.CreateUnbounded<TaskDelivery>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly Dictionary<TopicPartition, PartitionOffsets> _partitions = [];
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _topic = options.Topics.Tasks(handler.NodeType);
    private int _busy;
    private bool _paused;
    private volatile bool _draining;

    /// <summary>Completes with the first assignment.</summary>
    public Task Assigned => _assigned.Task;

    /// <summary>Polls until <paramref name="stop"/>, then finishes what runs, at most until <paramref name="drained"/>.
    /// </summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken drained)
    {
        var slots = Enumerable.Range(0, options.Concurrency)
            .Select(_ => Task.Run(() => WorkAsync(drained), CancellationToken.None)).ToArray();
        var polling = Task.Factory.StartNew(
            () => Poll(stop, drained), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll([polling, .. slots]);
    }

    private async Task WorkAsync(CancellationToken drained)
    {
        await foreach (var delivery in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            Interlocked.Increment(ref _busy);
            try
            {
                if (!_draining && !delivery.Partition.IsRevoked)
                    await executor.ProcessAsync(delivery, handler, drained);
            }
            catch (OperationCanceledException) when (drained.IsCancellationRequested)
            {
                Log.LeftUnanswered(logger, delivery.ToString());
            }
            finally
            {
                Interlocked.Decrement(ref _busy);
            }
        }
    }

    private void Poll(CancellationToken stop, CancellationToken drained)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    PollWithOneConsumer(stop, drained);
                }
                catch (KafkaException e)
                {
                    Log.ConsumerReplaced(logger, _topic, e.Error.Code, e.Error.Reason);
                    foreach (var partition in _partitions.Values) partition.Revoke();
                    _partitions.Clear();
                    stop.WaitHandle.WaitOne(RestartPause);
                }
            }
        }
        finally
        {
            _waiting.Writer.TryComplete();
        }
    }

    private void PollWithOneConsumer(CancellationToken stop, CancellationToken drained)
    {
        using var consumer = Subscribe();
        var storedAt = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            if (ConsumeOne(consumer) is { } record) Take(record);
            if (Stopwatch.GetElapsedTime(storedAt) < StorePause) continue;
            storedAt = Stopwatch.GetTimestamp();
            StoreOffsets(consumer);
            PauseOrResume(consumer);
        }
        Drain(consumer, drained);
    }

    private IConsumer<byte[]?, byte[]?> Subscribe()
    {
        var config = KafkaClients.ConsumerConfig(
            settings, $"kf-worker-{handler.NodeType}", options.Topics.WorkerGroup(handler.NodeType));
        config.EnableAutoCommit = true;
        config.AutoCommitIntervalMs = (int)options.CommitInterval.TotalMilliseconds;
        var consumer = KafkaClients.ConsumerBuilder(config, logger)
            .SetPartitionsAssignedHandler(Assign)
            .SetPartitionsRevokedHandler((c, revoked) => Revoke(c, revoked, lost: false))
            .SetPartitionsLostHandler((c, lost) => Revoke(c, lost, lost: true))
            .SetOffsetsCommittedHandler((_, committed) =>
            {
                if (committed.Error.IsError) Log.CommitFailed(logger, _topic, committed.Error.Reason);
            })
            .Build();
        consumer.Subscribe(_topic);
        return consumer;
    }

    private ConsumeResult<byte[]?, byte[]?>? ConsumeOne(IConsumer<byte[]?, byte[]?> consumer)
    {
        try
        {
            return consumer.Consume(PollSlice);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // The client tries again by itself.
            Log.ConsumeFailed(logger, _topic, e.Error.Code, e.Error.Reason);
            return null;
        }
    }

    private void Take(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (!_partitions.TryGetValue(record.TopicPartition, out var partition)) return;
        var delivery = new TaskDelivery(partition, record);
        partition.Add(delivery);
        _waiting.Writer.TryWrite(delivery);
    }

    /// <summary>Where nothing is committed it begins at a number: librdkafka 2.0 can jump past records after a logical
    /// offset.</summary>
    private List<TopicPartitionOffset> Assign(
        IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> assigned)
    {
        foreach (var partition in assigned) _partitions[partition] = new PartitionOffsets(partition);
        _paused = false;
        Log.Assigned(logger, _topic, string.Join(',', assigned.Select(p => p.Partition.Value)));
        var offsets = assigned.Count == 0 ? [] : StartsOf(consumer, assigned);
        _assigned.TrySetResult();
        return offsets;
    }

    private List<TopicPartitionOffset> StartsOf(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> assigned)
    {
        try
        {
            return consumer.Committed(assigned, BrokerTimeout).Select(committed =>
            {
                var low = consumer.QueryWatermarkOffsets(committed.TopicPartition, BrokerTimeout).Low;
                return new TopicPartitionOffset(
                    committed.TopicPartition, committed.Offset.Value >= low.Value ? committed.Offset : low);
            }).ToList();
        }
        catch (KafkaException e)
        {
            Log.ConsumeFailed(logger, _topic, e.Error.Code, e.Error.Reason);
            return assigned.Select(p => new TopicPartitionOffset(p, Offset.Stored)).ToList();
        }
    }

    private void Revoke(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartitionOffset> revoked, bool lost)
    {
        Log.Revoked(logger, _topic, string.Join(',', revoked.Select(p => p.Partition.Value)));
        if (!lost) StoreOffsets(consumer); // the client commits them as it gives the partitions up
        foreach (var offset in revoked)
            if (_partitions.Remove(offset.TopicPartition, out var partition)) partition.Revoke();
    }

    private void StoreOffsets(IConsumer<byte[]?, byte[]?> consumer)
    {
        foreach (var partition in _partitions.Values)
        {
            if (partition.TakeAdvance() is not { } next) continue;
            try
            {
                consumer.StoreOffset(new TopicPartitionOffset(partition.Partition, next));
            }
            catch (KafkaException e)
            {
                Log.CommitFailed(logger, _topic, e.Error.Reason);
            }
        }
    }

    private void PauseOrResume(IConsumer<byte[]?, byte[]?> consumer)
    {
        var fill = 0.0;
        foreach (var partition in _partitions.Values)
        {
            var (records, bytes) = partition.Outstanding;
            fill += Math.Max((double)records / options.MaxOutstanding, (double)bytes / options.MaxOutstandingBytes);
        }
        if (!_paused && fill >= 1)
        {
            consumer.Pause(_partitions.Keys);
            _paused = true;
        }
        else if (_paused && fill < ResumeBelow)
        {
            consumer.Resume(_partitions.Keys);
            _paused = false;
        }
    }

    /// <summary>Reads no more, but stays in the group until running tasks are answered, then commits.</summary>
    private void Drain(IConsumer<byte[]?, byte[]?> consumer, CancellationToken drained)
    {
        _draining = true;
        consumer.Pause(_partitions.Keys);
        while (!drained.IsCancellationRequested && (Volatile.Read(ref _busy) > 0 || sender.Unacknowledged > 0))
        {
            // What still comes was not begun: the next owner reads it again.
            ConsumeOne(consumer);
        }
        StoreOffsets(consumer);
        consumer.Close();
        Log.Stopped(logger, _topic);
    }
}
