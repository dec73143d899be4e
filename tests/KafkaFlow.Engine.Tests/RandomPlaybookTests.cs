using System.Globalization;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class RandomPlaybookTests(ITestOutputHelper output)
{
    private const int Playbooks = 600;
    private const int Takeovers = 30;

    private static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_SEED"), out var seed) ? seed : Random.Shared.Next();

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

    [Fact]
    public void Deciding_the_same_log_again_gives_the_same_facts_in_any_culture()
    {
        output.WriteLine($"seed {Seed}");
        var run = Enumerable.Range(0, 50).Select(i => new RandomPlaybook(Seed + i)).Select(random => random.Play()).ToList();
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "~";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.DateTimeFormat.TimeSeparator = "-";
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            foreach (var log in run.Select(played => played.Log))
            {
                ExecutionState? state = null;
                foreach (var (input, decision) in log)
                {
                    var again = Engine.Decide(state, input);
                    Assert.Equal(decision.Facts, again.Facts);
                    Assert.Equal(decision.Outcome, again.Outcome);
                    state = again.State;
                }
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_takeover_at_any_point_gives_the_same_history_and_the_same_outputs()
    {
        output.WriteLine($"seed {Seed}");
        for (var i = 0; i < Takeovers; i++)
        {
            var log = new RandomPlaybook(Seed + i).Play().Log;
            for (var taken = 0; taken < log.Count; taken++)
            {
                ExecutionState? state = null;
                foreach (var (_, decision) in log.Take(taken)) state = Adopt(state, decision);
                state = state is null ? null : StateCodec.Decode(Keys(state));
                foreach (var (input, decision) in log.Skip(taken).Take(20))
                {
                    var again = Engine.Decide(state, input);
                    Assert.Equal(decision.Facts, again.Facts);
                    state = again.State;
                }
            }
        }
    }

    private static ExecutionState? Adopt(ExecutionState? state, Decision recorded)
    {
        if (recorded.Facts.Count == 0) return state;
        foreach (var fact in recorded.Facts) state = Engine.Evolve(state, fact);
        List<EngineOutput> live = [], adopted = [];
        Engine.Emit(recorded.State!, recorded.Facts, live);
        Engine.Emit(state!, recorded.Facts, adopted);
        Assert.Equal(live, adopted);
        return state;
    }

    private static IEnumerable<KeyValuePair<byte[], byte[]>> Keys(ExecutionState state) =>
        StateCodec.Changes(null, state).Select(change => KeyValuePair.Create(change.Key, change.Value!));

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
