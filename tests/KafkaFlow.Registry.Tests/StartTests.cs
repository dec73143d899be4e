using System.Diagnostics;

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
}
