using System.Diagnostics;
using KafkaFlow.Kafka;

namespace KafkaFlow.Registry.Tests;

[Trait("tier", "fast")]
public sealed class StartTests(OwnBroker broker, ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private const int Starts = 5;

    /// <summary>The best of a few counts: what else the machine does is not the registry's.</summary>
    [Fact]
    public async Task It_starts_within_a_second()
    {
        var options = broker.Options();
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < Starts; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var server = await RegistryServer.StartAsync(options);
            using var client = new RestClient(server.Address);
            Assert.Equal(200, (await client.SendAsync("GET", "/subjects")).Status);
            var took = clock.Elapsed;
            best = took < best ? took : best;
            clock.Restart();
            for (var n = 0; n < 20; n++) await client.RegisterAsync($"s{i}-{n}", "\"string\"");
            output.WriteLine($"start {i + 1}: {took.TotalMilliseconds:0} ms to the first answer; "
                + $"one registration {clock.Elapsed.TotalMilliseconds / 20:0.0} ms");
        }
        Assert.True(best < Limit, $"the best of {Starts} starts took {best.TotalMilliseconds:0} ms");
    }

    [Fact]
    public async Task What_keeps_it_from_starting_is_named()
    {
        await using var first = await RegistryServer.StartAsync(broker.Options());
        var taken = await Assert.ThrowsAsync<RegistryException>(
            () => RegistryServer.StartAsync(broker.Options() with { Port = first.Address.Port }));
        Assert.Contains($"cannot listen on 127.0.0.1:{first.Address.Port}", taken.Message, StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<RegistryException>(() => RegistryServer.StartAsync(broker.Options() with
        {
            Port = 70_000, Host = "elsewhere", BasicAuth = "ann", MaxBodyBytes = 0,
        }));
        foreach (var setting in new[] { "Port", "Host", "BasicAuth", "MaxBodyBytes" })
            Assert.Contains($"{setting}: expected", wrong.Message, StringComparison.Ordinal);
        var gone = await Assert.ThrowsAsync<KafkaUnavailableException>(() => RegistryServer.StartAsync(
            OwnBroker.OptionsOn("127.0.0.1:1") with { KafkaTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Contains("127.0.0.1:1", gone.Message, StringComparison.Ordinal);
    }
}
