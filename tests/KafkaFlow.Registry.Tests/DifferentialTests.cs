using System.Text.Json.Nodes;

namespace KafkaFlow.Registry.Tests;

/// <summary>One script of requests, put to this registry and to another one.</summary>
[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class DifferentialTests(OwnBroker broker, ITestOutputHelper output)
{
    private const int Fewest = 120;

    [Fact]
    public async Task Both_answer_the_script_alike_outside_the_written_list()
    {
        await using var standIn = OwnBroker.OtherRegistry();
        await using var server = await RegistryServer.StartAsync(broker.Options());
        using var theirs = new RestClient(await standIn.AddressAsync());
        using var ours = new RestClient(server.Address);
        var used = new Dictionary<string, int>();
        var wrong = new List<string>();
        var steps = Script.Steps().ToArray();
        foreach (var step in steps)
        {
            var expected = await theirs.SendAsync(step.Method, step.Path, step.Body);
            var actual = await ours.SendAsync(step.Method, step.Path, step.Body);
            var isEqual = expected.Status == actual.Status && JsonNode.DeepEquals(expected.Body, actual.Body);
            if (step.Differs is { } reason) used[reason] = used.GetValueOrDefault(reason) + 1;
            var problem = step.Differs switch
            {
                null => isEqual ? null : "differs",
                _ when isEqual => "listed as different, but is equal",
                { } listed => Script.Reasons[listed] == (actual.Status, actual.ErrorCode) ? null : "is not as listed",
            };
            if (problem is not null)
                wrong.Add($"{step.Method} {step.Path} {step.Body}: {problem}\n  theirs {expected}\n  ours   {actual}");
        }
        output.WriteLine($"{steps.Length} requests, {used.Values.Sum()} different as listed:");
        foreach (var (reason, times) in used) output.WriteLine($"  {times} x {reason}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(steps.Length >= Fewest);
        Assert.Equal(Script.Reasons.Keys.Order(), used.Keys.Order());
    }
}
