using KafkaFlow.Playbooks;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>The differential test is worth what its cases are, and what it would notice.</summary>
[Trait("tier", "fast")]
public sealed class GeneratorTests(ITestOutputHelper output)
{
    private const int Playbooks = 2_000;
    private static readonly TimeSpan ShrinkingTime = TimeSpan.FromSeconds(20);

    [Fact]
    public void Nearly_all_random_playbooks_compile()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        var problems = new List<string>();
        for (var i = 0; i < Playbooks; i++)
        {
            var spec = new PlaybookGenerator(new(unchecked(TestSeed.Value + i)), Constructs.All).Next();
            var compiled = PlaybookCompiler.Compile(spec.Yaml(), "random.yaml");
            if (compiled.Graph is null) problems.Add(string.Join("; ", compiled.Diagnostics.Select(d => d.Message)));
        }
        Assert.True(problems.Count < Playbooks / 10, string.Join('\n', problems.Take(20)));
    }

    [Fact]
    public void An_engine_that_counts_one_visit_too_few_is_noticed_and_the_case_shrinks()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        const Constructs Few = Constructs.Cycle | Constructs.Condition | Constructs.EdgeArgs;
        DifferentialCase? noticed = null;
        for (var i = 0; noticed is null && i < Playbooks; i++)
            if (DifferentialCase.Random(unchecked(TestSeed.Value + i), Few) is { } one)
                noticed = Wrong(one).Play()?.Found.Contains("limit_exceeded", StringComparison.Ordinal) == true
                    ? Wrong(one) : null;

        Assert.NotNull(noticed);
        var shrunk = noticed.Shrunk(ShrinkingTime);
        output.WriteLine(shrunk.Playbook.Yaml());
        Assert.InRange(shrunk.Playbook.Steps.Count, 1, 2);
        Assert.InRange(shrunk.Play()!.Inputs.Count, 0, DifferentialCase.MaxVisits);
    }

    private static DifferentialCase Wrong(DifferentialCase one) =>
        one with { EngineMaxVisits = DifferentialCase.MaxVisits - 1 };
}
