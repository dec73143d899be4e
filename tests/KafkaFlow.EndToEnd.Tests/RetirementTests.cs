using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>A finished run is remembered for its time, over a kill of the engine, and then its id is free.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class RetirementTests(Stack stack)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_start_with_a_used_id_is_a_conflict_first_and_a_new_run_later()
    {
        using var directory = TestEnvironment.NewDirectory("postgres");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        await using var parts = await Parts.StartAsync(
            await stack.Kafka.BootstrapAsync(), postgres.Uri,
            environment: new Dictionary<string, string> { ["KAFKAFLOW_START_DEDUP"] = "8s" });
        var wire = parts.Wire;
        wire.Facts.IdsAreReused = true;
        var id = wire.NewId(0);
        await wire.StartAsync(id, "test/echo", """{"run": 1}""");
        await wire.Facts.EndedAsync([id], Limit);
        await wire.StartAsync(id, "test/echo", """{"run": 2}""");
        Assert.Equal(DlqCodes.Conflict, (await wire.DeadLetterAsync(d => d.Code == DlqCodes.Conflict)).Code);
        await parts.Engine.KillAsync();
        parts.Engine.Start();

        for (var until = DateTime.UtcNow + Limit; RunOf(wire, id) != 2; await Task.Delay(TimeSpan.FromSeconds(1)))
        {
            Assert.True(DateTime.UtcNow < until, $"the id is not free after {Limit}");
            await wire.StartAsync(id, "test/echo", """{"run": 2}""");
            wire.Facts.Read();
        }
        await wire.Facts.EndedAsync([id], Limit);
        Assert.Equal(EventTypes.ExecutionCompleted, wire.Facts.Of(id)[^1].EventType);
        var shown = await parts.CallAsync("execution", "show", id);
        Assert.Contains("\"run\":2", shown!["result"]!.ToJsonString(), StringComparison.Ordinal);
    }

    private static int RunOf(Wire wire, string id) =>
        (int)System.Text.Json.Nodes.JsonNode.Parse(wire.Facts.Of(id)[0].Context!)!["run"]!;
}
