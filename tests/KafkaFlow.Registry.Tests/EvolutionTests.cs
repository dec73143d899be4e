using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Registry.Tests;

/// <summary>Random evolutions, put to this registry and to one whose schemas and rules are Apache Avro's own.</summary>
[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class EvolutionTests(OwnBroker broker, ITestOutputHelper output)
{
    private const int Subjects = 300;

    private static readonly string[] Levels =
    [
        "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE",
    ];

    [Fact]
    public async Task Random_evolutions_are_judged_as_apache_avro_judges_them()
    {
        await using var standIn = OwnBroker.OtherRegistry();
        await using var server = await RegistryServer.StartAsync(broker.Options());
        using var theirs = new RestClient(await standIn.AddressAsync());
        using var ours = new RestClient(server.Address);
        var seed = TestSeed.Next(output);
        var random = new RandomEvolution(seed);
        int refused = 0, accepted = 0, invalid = 0;
        for (var i = 0; i < Subjects; i++)
        {
            var schema = random.Record();
            await SameAsync("PUT", $"/config/s{i}", $$"""{"compatibility":"{{Levels[i % Levels.Length]}}"}""");
            await SameAsync("POST", $"/subjects/s{i}/versions", RestClient.Schema(schema.ToJsonString()));
            for (var step = 0; step < 2; step++)
            {
                schema = random.Evolve(schema);
                var body = RestClient.Schema(schema.ToJsonString());
                await SameAsync("POST", $"/compatibility/subjects/s{i}/versions/latest?verbose=true", body);
                await SameAsync("POST", $"/compatibility/subjects/s{i}/versions?verbose=true", body);
                var answer = await SameAsync("POST", $"/subjects/s{i}/versions", body);
                (refused, accepted, invalid) = answer.Status switch
                {
                    200 => (refused, accepted + 1, invalid),
                    409 => (refused + 1, accepted, invalid),
                    _ => (refused, accepted, invalid + 1),
                };
            }
            await SameAsync("GET", $"/subjects/s{i}/versions/latest", null);
        }
        output.WriteLine($"{accepted} evolutions accepted, {refused} refused, {invalid} not valid");
        Assert.True(accepted > Subjects / 4 && refused > Subjects / 4, "the generator covers too little");

        async Task<RestAnswer> SameAsync(string method, string path, string? body)
        {
            var expected = await theirs.SendAsync(method, path, body);
            var actual = await ours.SendAsync(method, path, body);
            // The words about a schema that is not valid are each parser's own.
            var equal = expected.ErrorCode == 42201
                ? actual.ErrorCode == 42201 && actual.Status == 422
                : expected.Status == actual.Status && JsonNode.DeepEquals(expected.Body, actual.Body);
            Assert.True(equal, $"seed {seed}: {method} {path} {body}\nexpected {expected}\nfound    {actual}");
            return actual;
        }
    }
}
