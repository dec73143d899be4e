using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>Random histories of every construct, decided and adopted again.</summary>
[Trait("tier", "fast")]
public sealed class ReplayTests(ITestOutputHelper output)
{
    private const string DigestFile = "KAFKAFLOW_TEST_DIGEST_FILE";
    private const int Histories = 200;
    private const int DecidedAfterTakeover = 4;
    private static readonly TimeSpan ChildLimit = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_log_decided_again_gives_the_same_facts_and_outputs_byte_for_byte()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var decisions = 0;
        foreach (var run in Runs())
        {
            ExecutionState? state = null;
            foreach (var (input, recorded) in run.Log)
            {
                var again = Engine.Decide(state, input);
                Assert.Equal(recorded.Facts, again.Facts);
                Assert.Equal(recorded.Outcome, again.Outcome);
                foreach (var fact in again.Facts) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(fact));
                foreach (var sent in OutputsOf(again))
                    hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(sent, sent.GetType()));
                state = again.State;
                decisions++;
            }
        }
        var digest = Convert.ToHexString(hash.GetHashAndReset());
        output.WriteLine($"{decisions} decisions, {digest}, {CultureInfo.CurrentCulture}, {TimeZoneInfo.Local.Id}");
        Assert.True(decisions > Histories * 5);
        if (Environment.GetEnvironmentVariable(DigestFile) is { } file) File.WriteAllText(file, digest);
    }

    [Fact]
    public async Task Two_processes_of_another_culture_and_time_zone_decide_the_same_bytes()
    {
        var digests = new List<string>();
        foreach (var (zone, culture) in new[] { ("UTC", "C"), ("Asia/Kathmandu", "tr_TR.UTF-8") })
        {
            var file = Path.GetTempFileName();
            try
            {
                using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
                    ["-method", $"*.{nameof(A_log_decided_again_gives_the_same_facts_and_outputs_byte_for_byte)}", "-noColor"])
                {
                    Environment =
                    {
                        [DigestFile] = file, ["KAFKAFLOW_TEST_SEED"] = $"{TestSeed.Value}", ["TZ"] = zone,
                        ["LC_ALL"] = culture, ["DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY"] = "false",
                    },
                    RedirectStandardOutput = true,
                })!;
                var said = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(ChildLimit);
                await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(ChildLimit);
                Assert.True(child.ExitCode == 0, said);
                digests.Add(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            }
            finally
            {
                File.Delete(file);
            }
        }
        Assert.NotEmpty(digests[0]);
        Assert.Equal(digests[0], digests[1]);
    }

    [Fact]
    public void A_takeover_at_any_point_adopts_what_was_recorded_and_goes_on_alike()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        var takeovers = 0;
        foreach (var run in Runs().Take(Histories / 4))
        {
            ExecutionState? adopted = null;
            for (var taken = 0; taken < run.Log.Count; taken++)
            {
                var state = adopted is null ? null : StateCodec.Decode(StateCodec.Changes(null, adopted)
                    .Select(change => KeyValuePair.Create(change.Key, change.Value!)));
                foreach (var (input, recorded) in run.Log.Skip(taken).Take(DecidedAfterTakeover))
                {
                    var again = Engine.Decide(state, input);
                    Assert.Equal(recorded.Facts, again.Facts);
                    state = again.State;
                }
                adopted = Adopt(adopted, run.Log[taken].Decision);
                takeovers++;
            }
        }
        output.WriteLine($"{takeovers} takeovers");
    }

    [Fact]
    public void Decisions_that_are_cut_anywhere_give_the_same_history()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        var cuts = 0;
        for (var i = 0; i < Histories / 2; i++)
        {
            if (DifferentialCase.Random(unchecked(TestSeed.Value + i), Constructs.All) is not { } random) continue;
            var (whole, cut) = (random with { FactsPerDecision = 256 }, random with { FactsPerDecision = 2 + (i % 5) });
            whole.Play();
            cut.Play();
            if (whole.Run is null || cut.Run is null) continue;
            Assert.Equal(whole.Run.Facts.Select(Line), cut.Run.Facts.Select(Line));
            cuts += cut.Run.Log.Count - whole.Run.Log.Count;
        }
        output.WriteLine($"{cuts} cuts");
        Assert.True(cuts > Histories / 2);

        static string Line(ExecutionEvent fact) => $"{fact.ParentEventId} {fact.EventType} {fact.Status} {fact.Activation}"
            + $" {fact.Attempt} {fact.Context} {fact.Result} {fact.Error} {fact.CreatedAt}";
    }

    /// <summary>The facts of an engine that decided otherwise are adopted as they stand: nothing is decided again, and
    /// what follows is decided from them.</summary>
    [Fact]
    public void Facts_of_an_engine_that_decides_otherwise_are_adopted_as_they_stand()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        var differ = 0;
        foreach (var run in Runs().Take(Histories / 2))
        {
            ExecutionState? state = null;
            foreach (var (input, recorded) in run.Log)
            {
                // The second engine would not start anything of this: it knows another version of the playbook.
                var other = Engine.Decide(state, input with { Graph = Emptied(input.Graph!), Settings = new() { MaxLost = 7 } });
                if (!other.Facts.SequenceEqual(recorded.Facts)) differ++;
                state = Adopt(state, recorded);
                Assert.Equal(StateCodec.StateHash(recorded.State!), StateCodec.StateHash(state!));
                if (state is { IsFinished: true }) break;
            }
            Assert.Equal(StateCodec.StateHash(run.State!), StateCodec.StateHash(state!));
        }
        output.WriteLine($"{differ} decisions would have differed");
        Assert.True(differ > Histories / 10);
    }

    private static PlaybookGraph Emptied(PlaybookGraph graph) => graph with
    {
        Steps = [.. graph.Steps.Select(step => step with { Retry = null, Join = JoinRule.Any, Args = TemplateTree.Empty })],
    };

    private static ExecutionState? Adopt(ExecutionState? state, Decision recorded)
    {
        if (recorded.Facts.Count == 0) return state;
        foreach (var fact in recorded.Facts) state = Engine.Evolve(state, fact);
        List<EngineOutput> adopted = [];
        Engine.Emit(state!, recorded.Facts, adopted);
        Assert.Equal(OutputsOf(recorded), adopted);
        return state;
    }

    private static List<EngineOutput> OutputsOf(Decision decision)
    {
        List<EngineOutput> outputs = [];
        if (decision.Facts.Count > 0) Engine.Emit(decision.State!, decision.Facts, outputs);
        return outputs;
    }

    private static IEnumerable<TestRun> Runs()
    {
        for (var i = 0; i < Histories; i++)
        {
            var random = DifferentialCase.Random(unchecked(TestSeed.Value + i), Constructs.All);
            random?.Play();
            if (random?.Run is { } run) yield return run;
        }
    }
}
