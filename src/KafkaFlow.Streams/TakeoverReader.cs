using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>Reads changelog and facts of one partition during its takeover; read_committed, numeric offsets only.</summary>
internal sealed class TakeoverReader : IDisposable
{
    private const int FirstWindow = 128;
    private const int WindowGrowth = 16;
    private const int RecordsPerBatch = 512;
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly int _partition;

    public TakeoverReader(KafkaSettings kafka, int partition, ILogger logger)
    {
        _partition = partition;
        _consumer = KafkaClients.Consumer(
            KafkaClients.ConsumerConfig(kafka, $"kf-take-{partition}", readCommitted: true), logger);
    }

    /// <summary>
    /// The last meta record below the fence, null if there is none. Checkpoints are frequent, so it stands close before
    /// the fence: windows of growing size are read, each up to the fence itself.
    /// </summary>
    public StorePosition? LatestMeta(string changelog, long fence, CancellationToken cancel)
    {
        for (long window = FirstWindow; ; window *= WindowGrowth)
        {
            var from = Math.Max(0, fence - window);
            StorePosition? latest = null;
            Read(changelog, from, fence, record =>
            {
                if (record.Offset.Value < fence && record.Message.Key.AsSpan().SequenceEqual(ChangelogKeys.Meta))
                    latest = StorePosition.Decode(record.Message.Value, $"{changelog}-{_partition} offset {record.Offset.Value}");
            }, cancel);
            if (latest is not null || from == 0) return latest;
        }
    }

    /// <summary>Hands over the facts from <paramref name="from"/> up to and including <paramref name="last"/>.</summary>
    public void ReadFacts(
        string topic, long from, long last, Action<List<ConsumeResult<byte[]?, byte[]?>>> onBatch,
        CancellationToken cancel)
    {
        var batch = new List<ConsumeResult<byte[]?, byte[]?>>();
        Read(topic, from, last, record =>
        {
            batch.Add(record);
            if (batch.Count < RecordsPerBatch && record.Offset.Value < last) return;
            onBatch(batch);
            batch = [];
        }, cancel);
    }

    public void Dispose() => BoundedClose.Run(_consumer.Dispose, CloseTimeout);

    private void Read(
        string topic, long from, long last, Action<ConsumeResult<byte[]?, byte[]?>> onRecord, CancellationToken cancel)
    {
        _consumer.Assign(new TopicPartitionOffset(topic, _partition, from));
        var heard = Stopwatch.GetTimestamp();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var record = _consumer.Consume(PollTimeout);
            if (record is null)
            {
                if (Stopwatch.GetElapsedTime(heard) > MaxSilence)
                    throw new StreamsException($"{topic}-{_partition}: no record for {MaxSilence}; expected offset {last}");
                continue;
            }
            heard = Stopwatch.GetTimestamp();
            if (record.Offset.Value <= last) onRecord(record);
            if (record.Offset.Value >= last) return;
        }
    }
}
