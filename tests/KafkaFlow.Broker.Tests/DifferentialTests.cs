using KafkaFlow.Testing;

namespace KafkaFlow.Broker.Tests;

/// <summary>One script of requests against this broker and the real Kafka of the run: the answers are equal, outside of the
/// written list.</summary>
[Trait("tier", "ci")]
[Trait("needs", "kafka")]
public sealed class DifferentialTests(RealKafka cluster, ITestOutputHelper output)
{
    /// <summary>Steps whose answers differ, and why.</summary>
    private static readonly Dictionary<string, string> Known = new()
    {
        ["create with two replicas"] = "more replicas than nodes are accepted, unless the broker is strict",
        ["create with an unlucky dot"] = "names that differ only in '.' and '_' are both taken: there are no metrics they could mix up",
        ["alter broker"] = "the broker's settings cannot be altered while it runs",
        ["init while open"] = "an open transaction is aborted before the answer; Kafka answers 51 and has the client ask again",
    };

    [Fact]
    public async Task Answers_are_those_of_Kafka()
    {
        var prefix = KafkaCluster.NewPrefix();
        var kafka = await TranscriptAsync(await cluster.BootstrapAsync(), prefix);
        await using var broker = await EmbeddedBroker.StartAsync();
        var ours = await TranscriptAsync(broker.Bootstrap, prefix);
        var differences = new List<string>();
        foreach (var ((step, expected), (same, found)) in kafka.Zip(ours))
        {
            Assert.Equal(step, same);
            Assert.False(expected == found && Known.ContainsKey(step), $"{step} does not differ: take it off the list");
            if (expected == found || Known.ContainsKey(step)) continue;
            differences.Add($"--- {step}\nKafka: {expected}\nours:  {found}");
        }
        output.WriteLine($"{kafka.Count} steps, {differences.Count} differ beyond the list of {Known.Count}");
        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.Empty(Known.Keys.Except(kafka.Select(k => k.Step)));
    }

    private static async Task<List<(string Step, string Answer)>> TranscriptAsync(string bootstrap, string prefix)
    {
        using var wire = new WireClient(bootstrap);
        var script = new DifferentialScript(wire, prefix);
        await script.RunAsync();
        return script.Transcript;
    }
}
