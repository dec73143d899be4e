using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
[Trait("needs", "kafka")]
public sealed class SchemasTopicTests(KafkaCluster kafka)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_writers_schema_is_on_the_topic_before_its_first_record_and_found_by_other_processes()
    {
        var (settings, topics) = await NewTopicsAsync();
        using var reader = RecordSerdes.Create(settings, topics);
        var random = new RandomRecords(3);
        var playbook = random.Playbook();
        using (var writer = RecordSerdes.Create(settings, topics))
        {
            // A schema the reader does not have itself: it must be found on the topic.
            var older = Avro.AvroSchema.Parse(Schemas.Playbook.Replace(
                "\"name\": \"Playbook\"", "\"name\": \"Playbook\", \"aliases\": []", StringComparison.Ordinal));
            Assert.Equal(Avro.AvroSchema.Parse(Schemas.Playbook).Fingerprint, older.Fingerprint);
            writer.Prepare();
            Assert.Equal(playbook, reader.DecodePlaybook(writer.Encode(playbook)).Record);
        }
        var keys = KeysOf(settings, topics.Schemas);
        Assert.Equal(4, keys.Count);
        Assert.Contains(SchemasTopic.KeyOf(Avro.AvroSchema.Parse(Schemas.Command).Fingerprint), keys);

        using var again = RecordSerdes.Create(settings, topics);
        again.Prepare();
        Assert.Equal(4, KeysOf(settings, topics.Schemas).Count);
    }

    [Fact]
    public async Task An_unknown_fingerprint_is_poison_only_after_the_topic_was_read_to_its_end()
    {
        var (settings, topics) = await NewTopicsAsync();
        var newer = Avro.AvroSchema.Parse(Schemas.Playbook.Replace(
            "{\"name\": \"path\"", "{\"name\": \"colour\", \"type\": \"int\"}, {\"name\": \"path\"", StringComparison.Ordinal));
        var playbook = new RandomRecords(4).Playbook();
        using var local = RecordSerdes.Local();
        var own = local.Encode(playbook);
        byte[] bytes = [0xC3, 0x01, .. BitConverter.GetBytes(newer.Fingerprint), 14, .. own[Avro.SingleObject.HeaderBytes..]];

        using var serdes = RecordSerdes.Create(settings, topics);
        var unknown = serdes.DecodePlaybook(bytes).Error!;
        Assert.Equal(DlqCodes.Undecodable, unknown.Code);
        Assert.Contains(SchemasTopic.KeyOf(newer.Fingerprint), unknown.Message, StringComparison.Ordinal);

        // What is no schema on that topic harms nobody.
        using (var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "t")))
            await producer.ProduceAsync(topics.Schemas, new() { Key = "x"u8.ToArray(), Value = "nonsense"u8.ToArray() });
        using (var publisher = new SchemasTopic(settings, topics.Schemas)) publisher.Publish(newer, newer.CanonicalForm);
        Assert.Equal(playbook, serdes.DecodePlaybook(bytes).Record);
    }

    [Fact]
    public void A_cluster_that_is_down_is_no_poison()
    {
        var settings = new KafkaSettings { Bootstrap = $"127.0.0.1:{Ports.Free(1)[0]}" };
        var topics = new TopicNames("t");
        using var serdes = new RecordSerdes(topics, new SchemasTopic(settings, topics.Schemas, timeout: TimeSpan.FromSeconds(1)));
        var down = Assert.Throws<SchemaUnavailableException>(
            () => serdes.DecodeCommand([0xC3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0]));
        Assert.Contains(settings.Bootstrap, down.Message, StringComparison.Ordinal);
        Assert.Throws<SchemaUnavailableException>(() => serdes.Encode(new RandomRecords(5).Command()));
    }

    private static List<string> KeysOf(KafkaSettings settings, string topic)
    {
        var keys = new List<string>();
        using var reader = new TopicReader(settings, topic);
        reader.ReadToEnd(record => keys.Add(Encoding.UTF8.GetString(record.Message.Key!)), Limit);
        return keys;
    }

    private async Task<(KafkaSettings Settings, TopicNames Topics)> NewTopicsAsync()
    {
        var settings = new KafkaSettings { Bootstrap = await kafka.BootstrapAsync() };
        var topics = new TopicNames(KafkaCluster.NewPrefix());
        using var admin = new TopicAdmin(settings);
        await admin.ApplyAsync(topics.Prefix);
        return (settings, topics);
    }
}
