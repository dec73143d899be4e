using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Kafka;

/// <summary>
/// Reads a topic from its beginning, without a group. <see cref="ReadToEnd"/> asks for the end now and returns once it
/// is reached; calling it again goes on from there. Between calls it fetches nothing, until <see cref="Poll"/> has made
/// it follow. Owns a consumer; for one thread at a time. Partitions are assigned at numeric offsets: librdkafka 2.0 can
/// jump past records after a logical one.
/// </summary>
public sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MissingTopicPause = TimeSpan.FromMilliseconds(50);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly string _bootstrap;
    private readonly bool _readCommitted;
    private long[]? _next;
    private bool _isAssigned;
    private bool _follows;

    /// <param name="readCommitted">Records of open and aborted transactions are left out; the end is the last stable
    /// offset.</param>
    public TopicReader(KafkaSettings settings, string topic, bool readCommitted = false, ILogger? logger = null)
    {
        Topic = topic;
        _bootstrap = settings.Bootstrap;
        _readCommitted = readCommitted;
        var config = KafkaClients.ConsumerConfig(settings, "kf-reader", readCommitted: readCommitted);
        config.EnablePartitionEof = true;
        config.FetchWaitMaxMs = KafkaClients.IdleFetchMs;
        _consumer = KafkaClients.Consumer(config, logger);
    }

    public string Topic { get; }

    /// <summary>Offset of the next record per partition; empty before the first read.</summary>
    public IReadOnlyList<long> Next => _next ?? [];

    /// <summary>Hands over every record up to the end as it was when this call began.</summary>
    /// <returns>The end offset of each partition.</returns>
    /// <exception cref="KafkaUnavailableException">The end was not reached within <paramref name="timeout"/>, or the
    /// topic does not exist.</exception>
    public IReadOnlyList<long> ReadToEnd(
        Action<ConsumeResult<byte[]?, byte[]?>> onRecord, TimeSpan timeout, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        var next = _next ??= Starts(clock, timeout, cancel);
        var ends = new long[next.Length];
        for (var p = 0; p < ends.Length; p++) ends[p] = Watermarks(p, clock, timeout).High.Value;
        if (Reached(next, ends)) return ends;
        Assign(next);
        while (!Reached(next, ends))
        {
            cancel.ThrowIfCancellationRequested();
            if (clock.Elapsed > timeout) throw new KafkaUnavailableException(Unfinished(next, ends, timeout));
            if (PollOnce(PollSlice) is { } record) onRecord(record);
        }
        if (!_follows) Unassign();
        return ends;
    }

    /// <summary>The next record, or null if none came in time. For those who follow a topic after its end.</summary>
    public ConsumeResult<byte[]?, byte[]?>? Poll(TimeSpan timeout)
    {
        _follows = true;
        Assign(_next ??= Starts(Stopwatch.StartNew(), timeout, CancellationToken.None));
        return PollOnce(timeout);
    }

    public void Dispose()
    {
        Unassign();
        _consumer.Dispose();
    }

    private ConsumeResult<byte[]?, byte[]?>? PollOnce(TimeSpan timeout)
    {
        ConsumeResult<byte[]?, byte[]?>? result;
        try
        {
            result = _consumer.Consume(timeout);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            return null; // the client tries again; the caller's limit decides
        }
        if (result is null) return null;
        var after = result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1;
        var next = _next!;
        next[result.Partition.Value] = Math.Max(next[result.Partition.Value], after);
        return result.IsPartitionEOF ? null : result;
    }

    private void Assign(long[] next)
    {
        if (_isAssigned) return;
        _consumer.Assign(next.Select((offset, p) => new TopicPartitionOffset(Topic, p, offset)));
        _isAssigned = true;
    }

    private void Unassign()
    {
        _consumer.Unassign();
        _isAssigned = false;
    }

    private long[] Starts(Stopwatch clock, TimeSpan timeout, CancellationToken cancel)
    {
        var starts = new long[PartitionCount(clock, timeout, cancel)];
        for (var p = 0; p < starts.Length; p++) starts[p] = Watermarks(p, clock, timeout).Low.Value;
        return starts;
    }

    private int PartitionCount(Stopwatch clock, TimeSpan timeout, CancellationToken cancel)
    {
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var count = KafkaClients.Partitions(admin.GetMetadata(Topic, Left(clock, timeout)), Topic);
                if (count > 0) return count;
            }
            catch (KafkaException e)
            {
                if (clock.Elapsed >= timeout)
                    throw new KafkaUnavailableException(BrokerText.Unreachable(_bootstrap, timeout, e.Error.Reason), e);
            }
            if (clock.Elapsed >= timeout)
            {
                throw new KafkaUnavailableException(
                    $"topic {Topic} does not exist on Kafka at {_bootstrap}; create it with: kafkaflow topics apply");
            }
            cancel.WaitHandle.WaitOne(MissingTopicPause);
        }
    }

    private WatermarkOffsets Watermarks(int partition, Stopwatch clock, TimeSpan timeout)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(new TopicPartition(Topic, partition), Left(clock, timeout));
        }
        catch (KafkaException e)
        {
            throw new KafkaUnavailableException(
                $"Kafka at {_bootstrap} did not tell the end of {Topic}-{partition} in {timeout.TotalSeconds:0.0} s "
                + $"({e.Error.Reason}). Check that the broker runs.", e);
        }
    }

    private static TimeSpan Left(Stopwatch clock, TimeSpan timeout)
    {
        var left = timeout - clock.Elapsed;
        return left > PollSlice ? left : PollSlice;
    }

    private static bool Reached(long[] next, long[] ends)
    {
        for (var p = 0; p < ends.Length; p++)
            if (next[p] < ends[p]) return false;
        return true;
    }

    private string Unfinished(long[] next, long[] ends, TimeSpan timeout)
    {
        var behind = Enumerable.Range(0, ends.Length).Where(p => next[p] < ends[p])
            .Select(p => $"partition {p} at {next[p]} of {ends[p]}");
        var hint = _readCommitted ? " An open transaction may hold it back." : "";
        return $"topic {Topic} on Kafka at {_bootstrap} was not read to its end within {timeout.TotalSeconds:0.0} s: "
            + $"{string.Join(", ", behind)}.{hint}";
    }
}
