using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;

namespace KafkaFlow.Cli.Local;

/// <summary>
/// The accepted facts of one execution, read from its events partition from the beginning and followed as they come.
/// Reads with the same rules as the sink and an adopting owner. Owns a consumer; for one thread.
/// </summary>
internal sealed class ExecutionLog : IDisposable
{
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WatermarkTimeout = TimeSpan.FromSeconds(10);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IRecordSerdes _serdes;
    private readonly byte[] _keyPrefix;
    private readonly FactReader _reader = new(FactCursor.Start);
    private readonly TopicPartition _partition;
    private readonly string _bootstrap;
    private long _endSeen = -1;

    public ExecutionLog(Cluster cluster, string executionId)
    {
        _serdes = cluster.Serdes;
        _bootstrap = cluster.Settings.Kafka.Bootstrap;
        _keyPrefix = Encoding.UTF8.GetBytes(executionId + "/");
        _partition = new TopicPartition(cluster.Topics.Events, cluster.PartitionOf(executionId));
        var config = KafkaClients.ConsumerConfig(cluster.Settings.Kafka, "kf-events");
        config.EnablePartitionEof = true; // compaction may have removed the last records: their offsets never come
        _consumer = KafkaClients.Consumer(config);
        var start = Watermarks().Low;
        _consumer.Assign([new TopicPartitionOffset(_partition, start)]);
    }

    /// <summary>Facts up to the end of the partition as it is now.</summary>
    public List<ExecutionEvent> ReadToEnd(CancellationToken cancel)
    {
        var end = Watermarks().High.Value;
        var facts = new List<ExecutionEvent>();
        for (var clock = Stopwatch.StartNew(); _reader.NextOffset < end && _endSeen < end;)
        {
            cancel.ThrowIfCancellationRequested();
            if (Poll(PollSlice, facts)) clock.Restart();
            else if (clock.Elapsed > WatermarkTimeout) throw Silent(end);
        }
        return facts;
    }

    /// <summary>Waits for the next facts of the execution.</summary>
    /// <returns>Facts of one decision, or none if nothing came within <paramref name="timeout"/>.</returns>
    public List<ExecutionEvent> Next(TimeSpan timeout, CancellationToken cancel)
    {
        var facts = new List<ExecutionEvent>();
        var until = DateTime.UtcNow + timeout;
        while (facts.Count == 0 && DateTime.UtcNow < until)
        {
            cancel.ThrowIfCancellationRequested();
            Poll(PollSlice, facts);
        }
        return facts;
    }

    private bool Poll(TimeSpan wait, List<ExecutionEvent> facts)
    {
        var record = _consumer.Consume(wait);
        if (record is { IsPartitionEOF: true }) _endSeen = record.Offset.Value;
        if (record?.Message is null) return false;
        var headers = new List<RecordHeader>(record.Message.Headers.Count);
        foreach (var header in record.Message.Headers) headers.Add(new(header.Key, header.GetValueBytes()));
        var decision = _reader.Push(record.Offset.Value, record.Message.Key, record.Message.Value, headers);
        foreach (var fact in decision ?? [])
            if (fact.Key.AsSpan().StartsWith(_keyPrefix)) facts.Add(Decode(fact));
        return true;
    }

    private ExecutionEvent Decode(Fact fact)
    {
        var (record, error) = _serdes.DecodeEvent(fact.Value);
        return record ?? throw new CliException(
            ExitCodes.Failure, "undecodable",
                $"event at {_partition.Topic} {_partition.Partition.Value}@{fact.Offset}: {error!.Message}");
    }

    private CliException Silent(long end) => CliException.Unavailable(
        $"Kafka at {_bootstrap} sends nothing of {_partition.Topic} {_partition.Partition.Value} "
        + $"after offset {_reader.NextOffset}; its end is {end}");

    private WatermarkOffsets Watermarks()
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(_partition, WatermarkTimeout);
        }
        catch (KafkaException failure)
        {
            throw CliException.Unavailable(
                $"Kafka at {_bootstrap} did not tell the end of {_partition.Topic} {_partition.Partition.Value}: "
                + $"{failure.Error.Reason}",
                "check that the broker runs and the topics exist: kafkaflow topics check");
        }
    }

    public void Dispose()
    {
        _consumer.Unassign();
        _consumer.Dispose();
    }
}
