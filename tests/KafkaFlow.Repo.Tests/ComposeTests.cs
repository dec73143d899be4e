using System.Text.RegularExpressions;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;
using YamlDotNet.Serialization;

namespace KafkaFlow.Repo.Tests;

/// <summary>docker-compose.yml: what it starts, and that the Kafka of its settings starts and takes the topics.</summary>
public sealed class ComposeTests
{
    private static readonly Lazy<Dictionary<string, object>> File = new(() =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(System.IO.File.ReadAllText(
            Path.Combine(TestEnvironment.RepositoryRoot, "docker-compose.yml"))));

    [Theory]
    [InlineData("kafka", @"^apache/kafka:4\.\d+\.\d+$", "9092:9092")]
    [InlineData("registry", @"^confluentinc/cp-schema-registry:\d+\.\d+\.\d+$", "8081:8081")]
    [InlineData("postgres", @"^postgres:\d+$", "5433:5432")]
    public void Each_service_has_a_pinned_image_the_default_port_and_a_health_check(string service, string image, string port)
    {
        var found = Service(service);
        Assert.Matches(image, (string)found["image"]);
        Assert.Equal([port], (List<object>)found["ports"]);
        Assert.Equal("CMD", ((List<object>)Map(found["healthcheck"])["test"])[0]);
    }

    [Fact]
    public void There_are_no_other_services_and_every_volume_is_declared()
    {
        Assert.Equal(["kafka", "postgres", "registry"], Map(File.Value["services"]).Keys.Order());
        var used = Map(File.Value["services"]).Values.Select(Map)
            .SelectMany(service => service.TryGetValue("volumes", out var volumes) ? (List<object>)volumes : [])
            .Select(volume => ((string)volume).Split(':')[0]);
        Assert.Equal(Map(File.Value["volumes"]).Keys.Order(), used.Order());
    }

    /// <summary>Names that the images document; a misspelt one would be ignored in silence.</summary>
    [Fact]
    public void Registry_and_Postgres_get_variables_that_their_images_know_and_point_at_each_other()
    {
        var registry = Environment("registry");
        Assert.Equal(
            ["SCHEMA_REGISTRY_HOST_NAME", "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_LISTENERS"],
            registry.Keys.Order());
        var inside = Environment("kafka")["KAFKA_ADVERTISED_LISTENERS"].Split(',')
            .Single(listener => listener.StartsWith("INSIDE://", StringComparison.Ordinal))["INSIDE://".Length..];
        Assert.Equal($"PLAINTEXT://{inside}", registry["SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS"]);
        var postgres = Environment("postgres");
        Assert.Equal(["POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER"], postgres.Keys.Order());
        var head = System.IO.File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, "docker-compose.yml"));
        Assert.Contains(
            $"postgresql://{postgres["POSTGRES_USER"]}:{postgres["POSTGRES_PASSWORD"]}@127.0.0.1:5433/{postgres["POSTGRES_DB"]}",
            head, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("tier", "ci")]
    public async Task A_Kafka_with_these_settings_starts_and_takes_the_topics()
    {
        if (KafkaServer.ProblemOf(TestEnvironment.KafkaHome) is { } problem) Assert.Skip($"not run: {problem}");
        using var directory = TestEnvironment.NewDirectory("compose");
        var ports = Ports.Free(3);
        var properties = string.Concat(Environment("kafka").Select(pair => $"{PropertyOf(pair.Key)}={pair.Value}\n"))
            .Replace("/var/lib/kafka/data", directory.PathOf("data"), StringComparison.Ordinal)
            .Replace("kafka:", "127.0.0.1:", StringComparison.Ordinal)
            .Replace("://:", "://127.0.0.1:", StringComparison.Ordinal)
            .Replace(":29092", $":{ports[1]}", StringComparison.Ordinal)
            .Replace(":9092", $":{ports[0]}", StringComparison.Ordinal)
            .Replace(":9093", $":{ports[2]}", StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(directory.PathOf("server.properties"), properties);
        Directory.CreateDirectory(directory.PathOf("data"));
        await System.IO.File.WriteAllTextAsync(
            directory.PathOf("data/meta.properties"), "version=1\nnode.id=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\n");
        await using var kafka = ChildProcess.Start(
            Path.Combine(TestEnvironment.KafkaHome!, "bin/kafka-server-start.sh"), [directory.PathOf("server.properties")],
            directory.PathOf("server.log"),
            environment: new Dictionary<string, string> { ["KAFKA_HEAP_OPTS"] = "-Xmx512m", ["LOG_DIR"] = directory.FullPath });
        await kafka.WaitUntilAsync(
            () => System.IO.File.ReadAllText(kafka.LogFile).Contains("Kafka Server started", StringComparison.Ordinal),
            TimeSpan.FromSeconds(90), "Kafka", CancellationToken.None);

        var applied = await CliProcess.RunAsync(["topics", "apply", "--bootstrap", $"127.0.0.1:{ports[0]}"]);
        Assert.True(applied.ExitCode == 0, applied.ToString());
        var log = await System.IO.File.ReadAllTextAsync(kafka.LogFile);
        foreach (var name in Environment("kafka").Keys.Select(PropertyOf))
            Assert.Matches($@"\b{Regex.Escape(name)} = ", log); // the broker lists the settings it knows
    }

    /// <summary>As the image turns variables into settings.</summary>
    private static string PropertyOf(string variable) =>
        variable["KAFKA_".Length..].Replace('_', '.').ToLowerInvariant();

    private static Dictionary<string, string> Environment(string service) =>
        Map(Service(service)["environment"]).ToDictionary(pair => pair.Key, pair => (string)pair.Value);

    private static Dictionary<string, object> Service(string name) => Map(Map(File.Value["services"])[name]);

    private static Dictionary<string, object> Map(object node) =>
        ((Dictionary<object, object>)node).ToDictionary(pair => (string)pair.Key, pair => pair.Value);
}
