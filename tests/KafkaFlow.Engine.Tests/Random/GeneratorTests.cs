using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class GeneratorTests(ITestOutputHelper output)
{
    [Fact]
    public void Random_playbooks_compile_and_the_reference_runs_them()
    {
        var problems = new Dictionary<string, int>();
        var ends = new Dictionary<RunStatus, int>();
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var spec = new PlaybookGenerator(random, Constructs.All).Next();
            var compiled = PlaybookCompiler.Compile(spec.Yaml(), "random.yaml");
            if (compiled.Graph is not { } graph)
            {
                var first = compiled.Diagnostics.First(d => d.Severity == "error");
                var text = $"{first.Code}: {first.Message}";
                if (problems.TryAdd(first.Code, 0) || first.Code is not "exit_not_exclusive" && problems[first.Code] < 3) output.WriteLine(text + "\n" + spec.Yaml());
                problems[first.Code]++;
                continue;
            }
            var run = new ReferenceRun(graph, null, new() { MaxVisits = 6, ParkOn = ["park"] }, "order-17", 0);
            var driver = new Driver(Constructs.All);
            foreach (var move in Driver.Moves(random, 60))
                driver.Resolve(move, run)?.ApplyTo(run);
            ends[run.Status] = ends.GetValueOrDefault(run.Status) + 1;
        }
        foreach (var (code, count) in problems) output.WriteLine($"{code} {count}");
        foreach (var (code, count) in ends) output.WriteLine($"{code} {count}");
    }
}
