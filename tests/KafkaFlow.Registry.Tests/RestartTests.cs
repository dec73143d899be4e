using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Broker;
using KafkaFlow.Broker.Storage;
using KafkaFlow.Kafka;
using KafkaFlow.Testing;

namespace KafkaFlow.Registry.Tests;

[Trait("tier", "fast")]
public sealed class RestartTests(OwnBroker broker, KafkaCluster kafka)
{
    private static readonly string[] Looks =
    [
        "/subjects", "/subjects?deleted=true", "/config", "/mode", "/config/b", "/mode/b", "/config/a",
        "/subjects/a/versions", "/subjects/a/versions?deleted=true", "/subjects/a/versions/1?deleted=true",
        "/subjects/b/versions", "/subjects/b/versions/latest", "/subjects/c/versions?deleted=true", "/schemas/ids/1",
        "/schemas/ids/2", "/schemas/ids/3", "/schemas/ids/1/versions?deleted=true", "/subjects/a/versions/2/referencedby",
    ];

    [Fact]
    public Task Everything_is_there_again_on_the_embedded_broker() => SurvivesAsync(broker.Bootstrap);

    [Fact]
    [Trait("needs", "kafka")]
    public async Task Everything_is_there_again_on_the_broker_of_this_run() => await SurvivesAsync(await kafka.BootstrapAsync());

    [Fact]
    public async Task Ids_are_not_given_again_after_compaction_has_removed_the_last_one()
    {
        var files = new MemoryFiles();
        var tight = new Dictionary<string, string>
        {
            ["segment.bytes"] = "1000", ["min.cleanable.dirty.ratio"] = "0.0", ["delete.retention.ms"] = "0",
        };
        await using var own = await EmbeddedBroker.StartAsync(new() { Memory = files, TopicDefaults = tight });
        var options = OwnBroker.OptionsOn(own.Bootstrap);
        await using (var server = await RegistryServer.StartAsync(options))
        {
            using var client = new RestClient(server.Address);
            await client.RegisterAsync("a", "\"int\"");
            Assert.Equal(2, await client.RegisterAsync("b", "\"long\""));
            await client.SendAsync("DELETE", "/subjects/b");
            Assert.Equal(200, (await client.SendAsync("DELETE", "/subjects/b?permanent=true")).Status);
            // Enough to end the segments that hold the deleted one.
            for (var i = 0; i < 40; i++) await client.SendAsync("PUT", "/config", """{"compatibility":"FULL"}""");
        }
        for (var i = 0; i < 3; i++) own.Clean();
        Assert.DoesNotContain(Records(options), record => record.Contains("\"id\":2", StringComparison.Ordinal));
        await using (var server = await RegistryServer.StartAsync(options))
        {
            using var client = new RestClient(server.Address);
            Assert.Equal(404, (await client.SendAsync("GET", "/schemas/ids/2")).Status);
            Assert.Equal(3, await client.RegisterAsync("c", "\"float\""));
        }
    }

    [Fact]
    public async Task Records_have_the_form_of_confluents_own()
    {
        var options = broker.Options();
        await using var server = await RegistryServer.StartAsync(options);
        using var client = new RestClient(server.Address);
        await client.RegisterAsync("s", "\"int\"");
        await client.SendAsync("PUT", "/config/s", """{"compatibility":"NONE"}""");
        await client.SendAsync("PUT", "/mode", """{"mode":"READWRITE"}""");
        await client.SendAsync("DELETE", "/subjects/s");
        await client.SendAsync("DELETE", "/subjects/s?permanent=true");
        Assert.Equal(
            [
                """{"keytype":"SCHEMA","subject":"s","version":1,"magic":1} {"subject":"s","version":1,"id":1,"schema":"\"int\"","deleted":false}""",
                """{"keytype":"CONFIG","subject":"s","magic":0} {"compatibilityLevel":"NONE"}""",
                """{"keytype":"MODE","subject":null,"magic":0} {"mode":"READWRITE"}""",
                """{"keytype":"DELETE_SUBJECT","subject":"s","magic":0} {"subject":"s","version":1}""",
                """{"keytype":"CONFIG","subject":"s","magic":0} null""",
                """{"keytype":"NOOP","magic":0} {"highestId":1}""",
                """{"keytype":"SCHEMA","subject":"s","version":1,"magic":1} null""",
            ],
            Records(options));
    }

    [Fact]
    public async Task A_topic_that_would_lose_schemas_is_refused_with_the_command_that_mends_it()
    {
        var options = broker.Options();
        using (var admin = KafkaClients.Admin(options.Kafka))
        {
            await admin.CreateTopicsAsync([new()
            {
                Name = options.Topic, NumPartitions = 1, ReplicationFactor = 1,
                Configs = new() { ["cleanup.policy"] = "delete" },
            }]);
        }
        var refusal = await Assert.ThrowsAsync<RegistryException>(() => RegistryServer.StartAsync(options));
        Assert.Contains("cleanup.policy is delete, expected compact", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--add-config cleanup.policy=compact", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task SurvivesAsync(string bootstrap)
    {
        var options = OwnBroker.OptionsOn(bootstrap);
        var before = new List<RestAnswer>();
        await using (var server = await RegistryServer.StartAsync(options))
        {
            using var client = new RestClient(server.Address);
            await BuildAsync(client);
            foreach (var path in Looks) before.Add(await client.SendAsync("GET", path));
        }
        Assert.Contains(before, answer => answer.Status == 404);
        await using (var server = await RegistryServer.StartAsync(options))
        {
            using var client = new RestClient(server.Address);
            for (var i = 0; i < Looks.Length; i++)
            {
                var after = await client.SendAsync("GET", Looks[i]);
                Assert.True(JsonNode.DeepEquals(before[i].Body, after.Body), $"{Looks[i]}: {before[i]} became {after}");
            }
            Assert.Equal(1, await client.RegisterAsync("new", "\"int\""));
            Assert.Equal(5, await client.RegisterAsync("new2", "\"double\""));
        }
    }

    /// <summary>Ids 1 to 4; 4 is gone for good.</summary>
    private static async Task BuildAsync(RestClient client)
    {
        await client.RegisterAsync("a", "\"int\"");
        await client.SendAsync("PUT", "/config/a", """{"compatibility":"NONE"}""");
        await client.RegisterAsync("a", """{"type":"fixed","name":"F","size":4}""");
        await client.SendAsync("DELETE", "/subjects/a/versions/1");
        Assert.Equal(1, await client.RegisterAsync("b", "\"int\""));
        await client.SendAsync("PUT", "/config", """{"compatibility":"FULL"}""");
        await client.SendAsync("PUT", "/mode/b", """{"mode":"READONLY"}""");
        var array = RestClient.Schema("""{"type":"array","items":"F"}""", ("F", "a", 2));
        Assert.Equal(3, (int)(await client.SendAsync("POST", "/subjects/list/versions", array)).Body!["id"]!);
        await client.RegisterAsync("c", "\"bytes\"");
        await client.SendAsync("DELETE", "/subjects/c");
        await client.SendAsync("DELETE", "/subjects/c?permanent=true");
    }

    private static List<string> Records(RegistryOptions options)
    {
        var records = new List<string>();
        using var reader = new TopicReader(options.Kafka, options.Topic);
        reader.ReadToEnd(
            record => records.Add($"{Text(record.Message.Key)} {Text(record.Message.Value)}"), TimeSpan.FromSeconds(10));
        return records;
    }

    private static string Text(byte[]? bytes) => bytes is null ? "null" : Encoding.UTF8.GetString(bytes);
}
