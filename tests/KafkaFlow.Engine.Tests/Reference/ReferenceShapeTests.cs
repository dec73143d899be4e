using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>Loops and back edges by their definitions, against those that the compiler finds by its algorithms.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceShapeTests(ITestOutputHelper output)
{
    private const int Playbooks = 3_000;

    private static int Seed { get; } = TestSeed.Value;

    [Fact]
    public void The_compiler_finds_the_loops_that_follow_from_the_definitions()
    {
        output.WriteLine($"seed {Seed}");
        var loops = 0;
        for (var i = 0; i < Playbooks; i++)
        {
            var spec = new PlaybookGenerator(new Random(unchecked(Seed + i)), Constructs.All).Next();
            if (PlaybookCompiler.Compile(spec.Yaml(), "random.yaml").Graph is not { } graph) continue;
            var shape = new Shape(graph);
            Assert.Equal(Text(graph), Text(shape));
            Assert.Equal(graph.Edges.Where(edge => edge.IsBack).Select(edge => edge.Index),
                shape.Edges.Where(edge => edge.IsBack).Select(edge => edge.Key));
            loops += shape.Loops.Count;
        }
        Assert.True(loops > Playbooks / 10, $"only {loops} loops");
    }

    private static IEnumerable<string> Text(PlaybookGraph graph) => graph.Loops.Select(loop => Text(
        graph.Steps[loop.Header].Name, loop.BackEdges, loop.Body.Select(step => graph.Steps[step].Name)))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Text(Shape shape) => shape.Loops.Select(loop => Text(
        loop.Header, loop.BackEdges.Select(edge => edge.Key), loop.Body)).Order(StringComparer.Ordinal);

    private static string Text(string header, IEnumerable<int> backEdges, IEnumerable<string> body) =>
        $"{header}: {string.Join(' ', backEdges.Order())}; {string.Join(' ', body.Order(StringComparer.Ordinal))}";
}
