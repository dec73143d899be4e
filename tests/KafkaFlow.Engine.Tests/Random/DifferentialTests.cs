using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>The engine against the reference interpreter: the same inputs, and after each of them the same picture.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int FastCases = 2_000;
    private const int LongCases = 100_000;

    /// <summary>The same cases in every run: a change that breaks one is told from a rare case on which engine and
    /// reference read a rule differently. The long run takes others each time.</summary>
    private const int FastSeed = 20261121;
    private const int KindsShown = 30;
    private const int MaxDifferences = 100;
    private static readonly TimeSpan ShrinkingTime = TimeSpan.FromSeconds(15);

    /// <summary>What the engine is compared on.</summary>
    private static Constructs Compared { get; } =
        Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_CONSTRUCTS") is { Length: > 0 } text
            ? Enum.Parse<Constructs>(text) : Constructs.All;

    [Fact]
    [Trait("tier", "fast")]
    public void The_engine_does_what_the_reference_interpreter_does() => Compare(FastCases, FastSeed);

    [Fact]
    [Trait("tier", "long")]
    public void The_engine_does_what_the_reference_interpreter_does_for_long() => Compare(LongCases, TestSeed.Value);

    /// <summary>Cases of long runs on which engine and reference once read a rule differently.</summary>
    [Theory]
    [InlineData(785652)]
    [InlineData(802820)]
    [InlineData(809834)]
    [InlineData(812921)]
    [InlineData(816870)]
    [InlineData(818069)]
    [InlineData(823723)]
    [InlineData(829106)]
    [InlineData(829941)]
    [InlineData(832231)]
    [InlineData(833123)]
    [InlineData(833884)]
    [InlineData(858241)]
    [InlineData(860374)]
    [InlineData(863333)]
    [InlineData(870043)]
    [InlineData(875455)]
    [InlineData(31372747)]
    [Trait("tier", "fast")]
    public void The_engine_does_what_the_reference_does_in_cases_that_once_differed(int seed)
    {
        if (DifferentialCase.Random(seed, Constructs.All)!.Play() is not null) Assert.Fail(Show(seed));
    }

    private void Compare(int cases, int firstSeed)
    {
        output.WriteLine($"seed {firstSeed}");
        var coverage = new Coverage();
        var kinds = new Dictionary<string, (int Count, int Seed)>();
        for (var i = 0; coverage.Cases + kinds.Values.Sum(kind => kind.Count) < cases; i++)
        {
            Assert.True(i < cases * 2, "too many random playbooks do not compile");
            var seed = unchecked(firstSeed + i);
            if (DifferentialCase.Random(seed, Compared)?.Play(coverage) is not { } difference) continue;
            var kind = difference.Kind;
            kinds[kind] = kinds.TryGetValue(kind, out var before) ? (before.Count + 1, before.Seed) : (1, seed);
            if (kinds.Values.Sum(known => known.Count) >= MaxDifferences) break;
        }
        output.WriteLine($"{coverage.Cases} cases alike; {coverage}");
        foreach (var (kind, (count, seed)) in kinds.OrderByDescending(entry => entry.Value.Count).Take(KindsShown))
            output.WriteLine($"--- {count} cases of: {kind}\n{Show(seed)}");
        Assert.Empty(kinds);
        Assert.All(Enum.GetValues<Constructs>().Where(one => long.PopCount((long)one) == 1 && Compared.HasFlag(one)),
            one => Assert.True(coverage.ShareOf(one) >= 0.05, $"{one} appears in {coverage.ShareOf(one):P1} of the cases"));
    }

    private static string Show(int seed)
    {
        var smallest = DifferentialCase.Random(seed, Compared)!.Shrunk(ShrinkingTime);
        var difference = smallest.Play()!;
        return $"seed {seed}\n{smallest.Playbook.Yaml()}facts per decision {smallest.FactsPerDecision}\n"
            + $"{string.Join('\n', difference.Inputs)}\n"
            + $"expected:\n{difference.Expected}\nfound:\n{difference.Found}\n";
    }
}
