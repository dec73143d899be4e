using KafkaFlow.Kafka;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Postgres, broker or registry is down while runs go on: it is said clearly, nothing is lost.</summary>
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class OutageTests(Stack stack)
{
    private const int Runs = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    [Trait("tier", "fast")]
    public Task Postgres_down_for_seconds_loses_nothing() => PostgresDownAsync(TimeSpan.FromSeconds(8));

    [Fact]
    [Trait("tier", "ci")]
    public Task Postgres_down_for_a_minute_loses_nothing() => PostgresDownAsync(TimeSpan.FromSeconds(60));

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_broker_that_goes_and_comes_back_is_named_and_every_run_completes()
    {
        using var directory = TestEnvironment.NewDirectory("broker");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        await using var kafka = await PrivateBroker.StartAsync(directory.PathOf("kafka"));
        await using var parts = await Parts.StartAsync(kafka.Bootstrap, postgres.Uri);
        await parts.StartRunsAsync(5);
        await parts.AllCompleteOnceAsync(Limit); // all parts are at work
        await parts.StartRunsAsync(Runs);

        await kafka.KillAsync();
        foreach (var part in parts.All) await part.SaysAsync(Limit, kafka.Bootstrap, "check");
        await kafka.StartAsync();

        await parts.StartRunsAsync(5);
        await parts.AllCompleteOnceAsync(Limit);
        await parts.TableEqualsTopicAsync(Limit);
        foreach (var part in parts.All) await part.KillAsync(); // none had ended by itself
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_registry_that_goes_and_comes_back_is_named_and_makes_no_dead_letter()
    {
        await using var registry = new RegistryServer();
        await using var relay = new TcpRelay(await registry.AddressAsync());
        using var directory = TestEnvironment.NewDirectory("registry-outage");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        var bootstrap = await stack.Kafka.BootstrapAsync();
        await using var parts = await Parts.StartAsync(
            bootstrap, postgres.Uri, relay.Address, (await registry.AddressAsync()).ToString());
        await parts.StartRunsAsync(5);
        await parts.AllCompleteOnceAsync(Limit);
        using (var events = new TopicReader(new KafkaSettings { Bootstrap = bootstrap }, parts.Wire.Topics.Events))
            events.ReadToEnd(record => Assert.Equal(0, record.Message.Value![0]), Limit); // Confluent framing

        await relay.StopAsync();
        await parts.StartRunsAsync(5);
        await parts.AllCompleteOnceAsync(Limit); // every schema is known to those who run

        foreach (var part in parts.All) await part.KillAsync();
        foreach (var part in parts.All) part.Start();
        await parts.StartRunsAsync(5);
        await parts.Engine.SaysAsync(Limit, relay.Address, "check");
        relay.Start();
        await parts.AllCompleteOnceAsync(Limit);
        await parts.TableEqualsTopicAsync(Limit);
    }

    private async Task PostgresDownAsync(TimeSpan outage)
    {
        var bootstrap = await stack.Kafka.BootstrapAsync();
        using var directory = TestEnvironment.NewDirectory("postgres-outage");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        await using var parts = await Parts.StartAsync(bootstrap, postgres.Uri);
        await parts.StartRunsAsync(10);
        await parts.AllCompleteOnceAsync(Limit);
        await parts.TableEqualsTopicAsync(Limit);

        await postgres.StopAsync();
        var back = DateTime.UtcNow + outage;
        await parts.StartRunsAsync(Runs - 10);
        await parts.AllCompleteOnceAsync(Limit); // the runs do not wait for the sink
        await parts.Sink.SaysAsync(Limit, $"{postgres.Port}", "check");
        if (back - DateTime.UtcNow is { Ticks: > 0 } rest) await Task.Delay(rest); // the outage itself
        await postgres.StartAsync(CancellationToken.None);

        await parts.TableEqualsTopicAsync(Limit);
    }
}
