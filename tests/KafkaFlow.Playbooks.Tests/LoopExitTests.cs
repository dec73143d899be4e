using System.Globalization;
using System.Text;
using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>What the compiler says of exits, tried out on random playbooks.</summary>
[Trait("tier", "fast")]
public sealed class LoopExitTests(ITestOutputHelper output)
{
    private const int Playbooks = 6_000;
    private const int IterationsEach = 20;

    [Fact]
    public void No_iteration_of_an_accepted_loop_both_leaves_it_and_goes_back()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var codes = new Dictionary<string, int>();
        var (loops, left, back) = (0, 0, 0);
        for (var i = 0; i < Playbooks; i++)
        {
            var source = Source(random);
            var compiled = PlaybookCompiler.Compile(source, Compiling.File);
            foreach (var code in compiled.Diagnostics.Select(d => d.Code).Distinct())
                codes[code] = codes.GetValueOrDefault(code) + 1;
            if (compiled.Graph is not { } graph) continue;
            for (var at = 0; at < graph.Loops.Count; at++)
            {
                CheckShape(graph, at, source);
                if (graph.Loops.Any(loop => loop.Parent == at)) continue;
                loops++;
                for (var n = 0; n < IterationsEach; n++)
                {
                    var (leaves, goesBack) = Iterate(graph, graph.Loops[at], random);
                    Assert.False(leaves && goesBack, $"seed {seed}, playbook {i}, loop at {graph.Loops[at].Header}:\n{source}");
                    if (leaves) left++;
                    if (goesBack) back++;
                }
            }
        }
        output.WriteLine($"{loops} loops, left {left} times, gone back {back} times; {string.Join(", ", codes)}");
        Assert.True(loops > 300 && left > 1_000 && back > 1_000, $"{loops} {left} {back}");
        Assert.True(codes["exit_not_exclusive"] > Playbooks / 20 && codes["irreducible_cycle"] > Playbooks / 20);
    }

    private static void CheckShape(PlaybookGraph graph, int at, string source)
    {
        var loop = graph.Loops[at];
        Assert.Equal(loop.Body.Order(), loop.Body);
        Assert.All(loop.BackEdges, back => Assert.True(graph.Edges[back].IsBack && graph.Edges[back].To == loop.Header));
        foreach (var edge in graph.Edges)
            Assert.False(loop.Body.Contains(edge.To) && edge.To != loop.Header && !loop.Body.Contains(edge.From)
                && IsReached(graph, edge.From), $"the loop at {loop.Header} is entered at {edge.To}\n{source}");
        for (var other = at + 1; other < graph.Loops.Count; other++)
        {
            var shared = loop.Body.Intersect(graph.Loops[other].Body).Count();
            Assert.True(shared == 0 || shared == loop.Body.Count, $"loops {at} and {other} overlap\n{source}");
            if (shared > 0) Assert.True(loop.Parent <= other, $"loop {at} has the parent {loop.Parent}\n{source}");
        }
        Assert.True(loop.Parent is null || loop.Parent > at);
    }

    private static bool IsReached(PlaybookGraph graph, int step)
    {
        var reached = new HashSet<int>();
        var open = new Stack<int>([graph.Entry]);
        while (open.TryPop(out var next))
            if (reached.Add(next))
                foreach (var edge in graph.Steps[next].Out) open.Push(graph.Edges[edge].To);
        return reached.Contains(step);
    }

    /// <summary>One iteration: whatever a taken edge leads to runs; it fails or not and its conditions hold or not.</summary>
    private static (bool Leaves, bool GoesBack) Iterate(PlaybookGraph graph, NaturalLoop loop, Random random)
    {
        var (leaves, goesBack) = (false, false);
        var run = new HashSet<int>();
        var open = new Stack<int>([loop.Header]);
        while (open.TryPop(out var step))
        {
            if (!run.Add(step)) continue;
            foreach (var edge in Taken(graph, step, random))
            {
                goesBack |= edge.To == loop.Header;
                leaves |= !loop.Body.Contains(edge.To);
                if (edge.To != loop.Header && loop.Body.Contains(edge.To)) open.Push(edge.To);
            }
        }
        return (leaves, goesBack);
    }

    private static List<Edge> Taken(PlaybookGraph graph, int step, Random random)
    {
        var node = graph.Steps[step];
        var hasFailed = random.Next(3) == 0;
        var edges = node.Out.Select(edge => graph.Edges[edge]).Where(edge => edge.OnError == hasFailed).ToList();
        var isTrue = edges.ToDictionary(edge => edge.Index, edge => edge.When is null || random.Next(2) == 0);
        var taken = edges.Where(edge => !edge.IsElse && isTrue[edge.Index]).ToList();
        if (node.NextMode == NextMode.First)
            return taken.Count > 0 ? [taken[0]] : [.. edges.Where(edge => edge.IsElse).Take(1)];
        if (!taken.Any(edge => edge.When is not null)) taken.AddRange(edges.Where(edge => edge.IsElse));
        return taken;
    }

    private static string Source(Random random)
    {
        var count = random.Next(2, 8);
        var text = new StringBuilder(Compiling.Head).Append("workflow:\n");
        for (var step = 0; step < count; step++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- step: s{step}\n");
            if (random.Next(2) == 0) text.Append("  next_mode: first\n");
            var edges = new List<string>();
            if (step + 1 < count && random.Next(8) > 0) edges.Add(Edge(random, step + 1));
            for (var n = random.Next(3); n > 0; n--) edges.Add(Edge(random, random.Next(count)));
            if (random.Next(4) == 0) edges.Add($"{{else: s{random.Next(count)}}}");
            if (edges.Count > 0) text.Append(CultureInfo.InvariantCulture, $"  next: [{string.Join(", ", edges)}]\n");
        }
        return text.ToString();
    }

    private static string Edge(Random random, int target)
    {
        var edge = new StringBuilder("{step: s").Append(target);
        if (random.Next(2) == 0) edge.Append(", when: 'attempt > 1'");
        if (random.Next(6) == 0) edge.Append(", on_error: true");
        if (random.Next(12) == 0) edge.Append(", each_visit: true");
        return edge.Append('}').ToString();
    }
}
