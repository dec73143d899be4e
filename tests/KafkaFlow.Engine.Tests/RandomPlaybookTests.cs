using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class RandomPlaybookTests(ITestOutputHelper output)
{
    private const int Playbooks = 600;

    private static int Seed => TestSeed.Value;

    [Fact]
    public void Every_random_playbook_ends_with_one_outcome_per_step_and_joins_by_their_rule()
    {
        output.WriteLine($"seed {Seed}");
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Playbooks; i++)
        {
            var random = new RandomPlaybook(Seed + i);
            try
            {
                var run = random.Play();
                CheckOutcomes(random.Graph, run);
                foreach (var type in run.Types) seen[type] = seen.GetValueOrDefault(type) + 1;
                seen["cut"] = seen.GetValueOrDefault("cut") + run.Log.Count(e => e.Input.Command.EventType == "continue");
                seen["rearm"] = seen.GetValueOrDefault("rearm")
                    + run.Log.Count(entry => entry.Decision.Outcome is DecisionOutcome.RearmTimer);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"seed {Seed + i}: {string.Join(' ', random.Run.Facts.Select(f => $"{f.NodeName}:{f.EventType}"))}", failure);
            }
        }
        foreach (var (type, count) in seen) output.WriteLine($"{type} {count}");
        string[] wanted =
        [
            "cut", EventTypes.EdgeAbsorbed, EventTypes.StepSkipped, EventTypes.StepFailed, EventTypes.StepCancelled,
            EventTypes.StaleResult, EventTypes.ActionRetryScheduled, EventTypes.ActionStarted, EventTypes.ActionHeartbeat,
            EventTypes.ExecutionCompleted, EventTypes.ExecutionFailed, EventTypes.ExecutionCancelled,
        ];
        Assert.DoesNotContain(wanted, type => seen.GetValueOrDefault(type) < Playbooks / 100);
    }

    private static void CheckOutcomes(PlaybookGraph graph, TestRun run)
    {
        var outcomes = run.Outcomes();
        var started = run.Facts.Where(fact => fact.EventType == EventTypes.StepStarted).Select(fact => fact.NodeName!).ToList();
        Assert.Equal(started.Count, started.Distinct().Count());
        Assert.Empty(started.Except(outcomes.Keys));
        if (run.Types.Contains(EventTypes.StepCancelled)
            || run.Types.Contains(EventTypes.CancelRequested)
            || (run.Last.EventType == EventTypes.ExecutionFailed && graph.OnFailure == OnFailure.FailFast)) return;
        var edges = EdgeOutcomes(run);
        var plan = GraphPlan.Of(graph);
        foreach (var step in graph.Steps)
        {
            var states = plan.In[step.Index].Select(edge => edges[edge]).ToList();
            if (step.Index != graph.Entry && states.Count == 0)
            {
                Assert.DoesNotContain(step.Name, outcomes.Keys);
                continue;
            }
            var taken = states.Count(state => state == "taken");
            var starts = step.Index == graph.Entry || step.Join.Kind switch
            {
                JoinKind.All => taken > 0 && !states.Contains("failed"),
                JoinKind.Any => taken > 0,
                _ => taken >= step.Join.Count,
            };
            Assert.Equal(starts, started.Contains(step.Name));
            Assert.Equal(!starts, outcomes[step.Name] == "SKIPPED");
        }
    }

    /// <summary>Read from the facts' JSON, not by the engine's own reader.</summary>
    private static Dictionary<int, string> EdgeOutcomes(TestRun run)
    {
        var outcomes = new Dictionary<int, string>();
        foreach (var fact in run.Facts.Where(fact => fact.Meta is not null))
        {
            using var meta = JsonDocument.Parse(fact.Meta!);
            if (!meta.RootElement.TryGetProperty("edges", out var edges)) continue;
            foreach (var group in edges.EnumerateObject())
                foreach (var edge in group.Value.EnumerateArray())
                    outcomes.Add(edge.GetProperty("edge").GetInt32(), group.Name);
        }
        return outcomes;
    }
}
