using System.Buffers.Binary;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Registry;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class RegistryTests(RegistryServer registry)
{
    private const string Song = """{"type":"record","name":"Song","fields":[{"name":"title","type":"string"}]}""";
    private const string LoudSong =
        """{"type":"record","name":"Song","fields":[{"name":"title","type":"string"},{"name":"volume","type":"int"}]}""";

    [Fact]
    public async Task Schemas_are_registered_found_and_compared()
    {
        using var client = new SchemaRegistryClient(new() { Address = await registry.AddressAsync() });
        var subject = $"{KafkaCluster.NewPrefix()}/songs-value";
        Assert.Null(client.Latest(subject));
        Assert.Null(client.Compatibility(subject));
        Assert.True(client.IsCompatible(subject, Song));
        client.SetCompatibility(subject, "FULL_TRANSITIVE");
        Assert.Equal("FULL_TRANSITIVE", client.Compatibility(subject));

        var id = client.Register(subject, Song);
        Assert.Equal(id, client.Register(subject, Song));
        Assert.Equal((subject, 1, id), (client.Latest(subject)!.Subject, client.Latest(subject)!.Version, client.Latest(subject)!.Id));
        Assert.Equal(Avro.AvroSchema.Parse(Song).CanonicalForm, Avro.AvroSchema.Parse(client.SchemaById(id)!).CanonicalForm);
        Assert.Null(client.SchemaById(1_000_000));

        Assert.False(client.IsCompatible(subject, LoudSong));
        Assert.Equal(409, Assert.Throws<SchemaRegistryException>(() => client.Register(subject, LoudSong)).Code);
        Assert.Equal(42201, Assert.Throws<SchemaRegistryException>(() => client.Register(subject, "{")).Code);
    }

    [Fact]
    public async Task Records_travel_in_confluent_framing_between_processes()
    {
        var settings = new RegistrySettings { Address = await registry.AddressAsync() };
        var topics = new TopicNames(KafkaCluster.NewPrefix());
        using var writer = new RecordSerdes(topics, new LocalSchemas(), settings);
        using var reader = new RecordSerdes(topics, new LocalSchemas(), settings);
        using var client = new SchemaRegistryClient(settings);
        writer.Prepare();
        var random = new RandomRecords(8);

        var fact = random.Event();
        var bytes = writer.Encode(fact);
        Assert.Equal(0, bytes[0]);
        var latest = client.Latest($"{topics.Events}-value")!;
        Assert.Equal(latest.Id, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)));
        Assert.Equal("FULL_TRANSITIVE", client.Compatibility(latest.Subject));
        Assert.Equal(fact, reader.DecodeEvent(bytes).Record);

        var task = random.Task() with { NodeType = "python" };
        Assert.Equal(task, reader.DecodeTask(writer.Encode(task)).Record);
        Assert.NotNull(client.Latest($"{topics.Tasks("python")}-value"));
        var command = random.Command();
        Assert.Equal(command, reader.DecodeCommand(writer.Encode(command)).Record);
        var playbook = random.Playbook();
        Assert.Equal(playbook, reader.DecodePlaybook(writer.Encode(playbook)).Record);

        // Without a registry of its own, single-object encoding; a reader with a registry takes that too.
        using var local = RecordSerdes.Local(topics);
        Assert.Equal(fact, reader.DecodeEvent(local.Encode(fact)).Record);
        Assert.Equal(command, reader.DecodeCommand(JsonRecords.Write(command)).Record);
    }

    [Fact]
    public async Task An_id_the_registry_does_not_have_and_an_incompatible_subject_are_told()
    {
        var settings = new RegistrySettings { Address = await registry.AddressAsync() };
        var topics = new TopicNames(KafkaCluster.NewPrefix());
        using var serdes = new RecordSerdes(topics, new LocalSchemas(), settings);
        var error = serdes.DecodeEvent([0, 0, 0x10, 0, 0, 1]).Error!;
        Assert.Equal(DlqCodes.Undecodable, error.Code);
        Assert.Contains("schema id 1048576, which the schema registry at", error.Message, StringComparison.Ordinal);

        using var client = new SchemaRegistryClient(settings);
        var foreign = client.Register($"{topics.Commands}-value", Song);
        var bytes = new byte[] { 0, 0, 0, 0, 0, 2, (byte)'x' };
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), foreign);
        Assert.Contains("written as Song, which cannot be read as", serdes.DecodeCommand(bytes).Error!.Message, StringComparison.Ordinal);
        var refused = Assert.Throws<SchemaUnavailableException>(() => serdes.Encode(new RandomRecords(9).Command()));
        Assert.Contains($"cannot be registered as {topics.Commands}-value", refused.Message, StringComparison.Ordinal);
    }
}
