using System.Text;
using Confluent.Kafka;
using KafkaFlow.Kafka;

namespace KafkaFlow.Streams.Tests;

/// <summary>The topics of one test and what stands in them.</summary>
internal sealed class StreamTopics(string bootstrap, string prefix, int partitions)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public KafkaSettings Kafka { get; } = new() { Bootstrap = bootstrap };
    public string Bootstrap => bootstrap;
    public string Prefix => prefix;
    public int Partitions => partitions;
    public string Input => $"{prefix}.in";
    public string Facts => $"{prefix}.facts";
    public string Changelog => $"{prefix}.changelog";
    public string Outputs => $"{prefix}.out";

    public Topology Topology => new()
    {
        Source = new("numbers", Input),
        Processor = new("counting"),
        Store = new("sums", Changelog),
        Facts = new("facts", Facts),
        Sinks = [new("out", Outputs)],
    };

    public async Task CreateAsync()
    {
        using var admin = KafkaClients.Admin(Kafka);
        var delete = new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" };
        var compact = new Dictionary<string, string> { ["cleanup.policy"] = "compact" };
        await admin.CreateTopicsAsync([
            new() { Name = Input, NumPartitions = partitions, ReplicationFactor = 1, Configs = delete },
            new() { Name = Outputs, NumPartitions = partitions, ReplicationFactor = 1, Configs = delete },
            new() { Name = Facts, NumPartitions = partitions, ReplicationFactor = 1, Configs = compact },
            new() { Name = Changelog, NumPartitions = partitions, ReplicationFactor = 1, Configs = compact },
        ]);
    }

    public async Task RecreateInputAsync()
    {
        using var admin = KafkaClients.Admin(Kafka);
        await admin.DeleteTopicsAsync([Input]);
        for (var waited = 0; admin.GetMetadata(Patience).Topics.Exists(t => t.Topic == Input); waited++)
        {
            Assert.InRange(waited, 0, 100);
            await Task.Delay(100);
        }
        await admin.CreateTopicsAsync([new() { Name = Input, NumPartitions = partitions, ReplicationFactor = 1 }]);
    }

    public StreamsOptions Options(string stateDirectory, string? ordinal = null) => new()
    {
        Kafka = Kafka,
        Group = $"{prefix}-engine",
        StateDirectory = stateDirectory,
        Ordinal = ordinal,
        SessionTimeout = TimeSpan.FromSeconds(6),
    };

    public IProducer<byte[]?, byte[]?> Producer(string? transactionalId = null) => KafkaClients.Producer(
        transactionalId is null
            ? KafkaClients.ProducerConfig(Kafka, "test")
            : KafkaClients.TransactionalProducerConfig(Kafka, "test", transactionalId));

    public static Message<byte[]?, byte[]?> Message(string key, string value) =>
        new() { Key = Encoding.UTF8.GetBytes(key), Value = Encoding.UTF8.GetBytes(value) };

    /// <summary>A record on the partition of its key.</summary>
    public void Send(IProducer<byte[]?, byte[]?> producer, string key, string value) =>
        producer.Produce(new TopicPartition(Input, Forwarding.PartitionOf(key, partitions)), Message(key, value));

    /// <summary>All accepted decisions, per partition in order of the log.</summary>
    public List<List<CountedFact>>[] Accepted(out long voidFacts)
    {
        var accepted = Enumerable.Range(0, partitions).Select(_ => new List<List<CountedFact>>()).ToArray();
        var readers = Enumerable.Range(0, partitions).Select(_ => new FactReader(FactCursor.Start)).ToArray();
        Read(Facts, record =>
        {
            var decision = readers[record.Partition.Value].Push(
                record.Offset.Value, record.Message.Key, record.Message.Value,
                StreamTask.ToHeaders(record.Message.Headers));
            if (decision is not null) accepted[record.Partition.Value].Add([.. decision.Select(CountedFact.Parse)]);
        });
        Assert.All(readers, r => Assert.Equal(0, r.Alarms));
        voidFacts = readers.Sum(r => r.VoidFacts);
        return accepted;
    }

    public void Read(string topic, Action<ConsumeResult<byte[]?, byte[]?>> onRecord, bool readCommitted = false)
    {
        using var reader = new TopicReader(Kafka, topic, readCommitted);
        reader.ReadToEnd(onRecord, Patience, TestContext.Current.CancellationToken);
    }
}
