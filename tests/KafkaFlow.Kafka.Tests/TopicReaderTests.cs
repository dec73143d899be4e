using System.Diagnostics;
using System.Text;
using Confluent.Kafka.Admin;
using KafkaFlow.Testing;

namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "fast")]
[Trait("needs", "kafka")]
public sealed class TopicReaderTests(KafkaCluster kafka)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Reading_to_the_end_goes_on_where_it_stopped_and_sees_all_partitions()
    {
        var (settings, topic) = await NewTopicAsync(3);
        using var reader = new TopicReader(settings, topic);
        Assert.Empty(Read(reader));

        using var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "t-reader"));
        Assert.Equal(3, KafkaClients.WarmUp(producer.Handle, [topic], Limit)[topic]);
        var sent = Enumerable.Range(0, 500).Select(i => $"key-{i}").ToArray();
        foreach (var key in sent)
        {
            var at = await producer.ProduceAsync(topic, new() { Key = Encoding.UTF8.GetBytes(key), Value = [1] });
            Assert.Equal(Murmur2.Partition(key, 3), at.Partition.Value);
        }
        Assert.Equal(sent.Order(), Read(reader).Order());
        Assert.Empty(Read(reader));
        await producer.ProduceAsync(topic, new() { Key = "later"u8.ToArray(), Value = null });
        Assert.Equal(["later"], Read(reader));
        Assert.Equal(501, reader.Next.Sum());
    }

    [Fact]
    public async Task Committed_reading_ends_behind_markers_and_leaves_aborted_records_out()
    {
        var (settings, topic) = await NewTopicAsync(1);
        using var producer = KafkaClients.Producer(
            KafkaClients.TransactionalProducerConfig(settings, "t-tx", $"tx-{topic}"));
        producer.InitTransactions(Limit);
        producer.BeginTransaction();
        producer.Produce(topic, new() { Key = "kept"u8.ToArray() });
        producer.CommitTransaction(Limit);
        producer.BeginTransaction();
        producer.Produce(topic, new() { Key = "aborted"u8.ToArray() });
        producer.Flush(Limit);
        producer.AbortTransaction(Limit);

        using var committed = new TopicReader(settings, topic, readCommitted: true);
        Assert.Equal(["kept"], Read(committed));
        using var all = new TopicReader(settings, topic);
        Assert.Equal(["kept", "aborted"], Read(all));

        producer.BeginTransaction();
        producer.Produce(topic, new() { Key = "open"u8.ToArray() });
        producer.Flush(Limit);
        Assert.Empty(Read(committed));
        producer.CommitTransaction(Limit); // Kafka answers before the marker stands in the partition
        List<string> read = [];
        for (var clock = Stopwatch.StartNew(); read.Count == 0 && clock.Elapsed < Limit;) read = Read(committed);
        Assert.Equal(["open"], read);
    }

    [Fact]
    public async Task A_missing_topic_is_named_when_the_time_is_up()
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        using var reader = new TopicReader(settings, $"{KafkaCluster.NewPrefix()}.nowhere");
        var missing = Assert.Throws<KafkaUnavailableException>(
            () => reader.ReadToEnd(_ => { }, TimeSpan.FromSeconds(5)));
        Assert.Contains($"topic {reader.Topic} does not exist on Kafka at {settings.Bootstrap}", missing.Message, StringComparison.Ordinal);
    }

    private static List<string> Read(TopicReader reader)
    {
        var keys = new List<string>();
        reader.ReadToEnd(record => keys.Add(Encoding.UTF8.GetString(record.Message.Key!)), Limit);
        return keys;
    }

    private async Task<(KafkaSettings Settings, string Topic)> NewTopicAsync(int partitions)
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        KafkaClients.WaitForBroker(settings, Limit);
        var topic = $"{KafkaCluster.NewPrefix()}.reader";
        using var admin = KafkaClients.Admin(settings);
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return (settings, topic);
    }
}
