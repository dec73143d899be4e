using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>kill -9 of the engine in the middle of a loop and of sub-playbooks: the same result, nothing twice.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class LoopKillTests(Stack stack, ITestOutputHelper output)
{
    private const int Items = 400;
    private const int Children = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Items_and_children_survive_kills_of_the_engine_and_each_counts_once()
    {
        using var directory = TestEnvironment.NewDirectory("postgres");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        await using var parts = await Parts.StartAsync(await stack.Kafka.BootstrapAsync(), postgres.Uri);
        await RegisterAsync(parts, "test/items", Items, "async\n  concurrency: 16", "{tool: echo, args: {n: \"{{ item }}\", run: 1}}");
        await RegisterAsync(parts, "test/parents", Children, "async\n  concurrency: 8",
            "{tool: playbook, path: test/echo, args: {run: \"{{ item }}\"}}");
        var (items, parents) = ($"{parts.Prefix}-items", $"{parts.Prefix}-parents");
        await parts.Wire.StartAsync(items, "test/items");
        await parts.Wire.StartAsync(parents, "test/parents");

        for (var kill = 1; kill <= 3; kill++)
        {
            var share = kill / 4.0;
            await parts.Wire.Facts.UntilAsync(
                () => Ended(parts, items) >= Items * share || Ended(parts, parents) >= Children * share, Limit,
                () => $"{Ended(parts, items)} items, {Ended(parts, parents)} children have ended");
            output.WriteLine($"kill {kill} after {Ended(parts, items)} items and {Ended(parts, parents)} children");
            Assert.True(Ended(parts, items) < Items || Ended(parts, parents) < Children, "the kill comes too late");
            await parts.Engine.KillAsync();
            parts.Engine.Start();
        }
        await parts.Wire.Facts.EndedAsync([items, parents], Limit);

        Once(parts, items, Items);
        var result = JsonNode.Parse(parts.Wire.Facts.Of(items)[^1].Result!)!.AsArray();
        Assert.Equal(Enumerable.Range(0, Items), result.Select(item => (int)item!["n"]!));
        Once(parts, parents, Children);
        var ends = JsonNode.Parse(parts.Wire.Facts.Of(parents)[^1].Result!)!.AsArray();
        Assert.Equal(Enumerable.Range(0, Children), ends.Select(end => (int)end!["run"]!));
        var children = parts.Wire.Facts.All.GroupBy(f => f.ExecutionId).Where(run => run.Key.StartsWith($"{parents}~", StringComparison.Ordinal)).ToList();
        Assert.Equal(Children, children.Count);
        foreach (var child in children)
        {
            Assert.Single(child, f => f.EventType == EventTypes.ExecutionStarted);
            Assert.Equal(EventTypes.ExecutionCompleted, child.Last().EventType);
        }
        Assert.Empty(parts.Wire.DeadLetters().Where(d => d.Code != DlqCodes.FinishedExecution).Select(d => $"{d.Code}: {d.Reason}"));
        await parts.LagIsZeroAsync(Limit);
        await Postgres.EventuallyAsync(
            postgres.Uri, "select count(*) || ' ' || count(distinct status) || ' ' || min(status) from execution",
            [$"{Children + 2} 1 COMPLETED"], Limit);
    }

    private static int Ended(Parts parts, string run) => parts.Wire.Facts.Of(run).Count(IsEnd);

    private static bool IsEnd(ExecutionEvent f) =>
        f is { EventType: EventTypes.LoopIteration, Status: not EventStatus.Running };

    private static void Once(Parts parts, string run, int count)
    {
        var facts = parts.Wire.Facts.Of(run);
        Assert.Equal(EventTypes.ExecutionCompleted, facts[^1].EventType);
        var ends = facts.Where(IsEnd).ToList();
        Assert.Equal(count, ends.Count);
        Assert.All(ends, end => Assert.Equal(EventStatus.Completed, end.Status));
        Assert.Equal(count, ends.Select(end => end.Activation).Distinct().Count());
    }

    private static async Task RegisterAsync(Parts parts, string path, int count, string mode, string task)
    {
        var list = string.Join(",", Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture)));
        using var scratch = TestEnvironment.NewDirectory("loop");
        await File.WriteAllTextAsync(scratch.PathOf("loop.yaml"), $"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {"{"}path: {path}{"}"}
            workflow:
            - step: all
              tool: iterator
              collection: [{list}]
              mode: {mode}
              task: {task}
            """);
        await parts.CallAsync("playbook", "register", scratch.PathOf("loop.yaml"));
    }
}
