using KafkaFlow.Broker;
using KafkaFlow.Kafka;
using KafkaFlow.Registry.Tests;
using KafkaFlow.Testing;
using StandIn = KafkaFlow.Testing.RegistryServer;

[assembly: AssemblyFixture(typeof(KafkaCluster))]
[assembly: AssemblyFixture(typeof(OwnBroker))]

namespace KafkaFlow.Registry.Tests;

/// <summary>An embedded broker in memory for all tests of this program; each test has a topic of its own.</summary>
public sealed class OwnBroker : IAsyncLifetime
{
    private EmbeddedBroker? _broker;

    public string Bootstrap => _broker!.Bootstrap;

    public async ValueTask InitializeAsync() => _broker = await EmbeddedBroker.StartAsync();

    public ValueTask DisposeAsync() => _broker?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Options of a registry on a free port and a topic of its own.</summary>
    public RegistryOptions Options() => OptionsOn(Bootstrap);

    public static RegistryOptions OptionsOn(string bootstrap) => new()
    {
        Kafka = new KafkaSettings { Bootstrap = bootstrap },
        Topic = $"_schemas-{KafkaCluster.NewPrefix()}",
        Port = 0,
    };

    /// <summary>The registry to compare with. Java's own web server answers 40 ms late unless it is told not to.</summary>
    internal static StandIn OtherRegistry()
    {
        Environment.SetEnvironmentVariable(
            "REGISTRY_JAVA_OPTS", "-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dsun.net.httpserver.nodelay=true");
        return new();
    }
}
