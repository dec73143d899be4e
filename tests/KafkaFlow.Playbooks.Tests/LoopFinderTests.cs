using KafkaFlow.Playbooks.Graph;
using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>Dominators, loops and irreducible cycles of random graphs, against their definitions.</summary>
[Trait("tier", "fast")]
public sealed class LoopFinderTests(ITestOutputHelper output)
{
    private const int Graphs = 20_000;

    [Fact]
    public void Loops_of_random_graphs_are_those_of_the_definitions()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var (looped, irreducible, nested) = (0, 0, 0);
        for (var i = 0; i < Graphs; i++)
        {
            var count = random.Next(1, 10);
            var edges = Enumerable.Range(0, random.Next(count * 5 / 2 + 1))
                .Select(index => NewEdge(index, random.Next(count), random.Next(count))).ToList();
            var shown = $"seed {seed}, graph {i}: {string.Join(' ', edges.Select(e => $"{e.From}>{e.To}"))}";
            var finder = new LoopFinder(count, edges, entry: 0);
            CheckDominators(finder, count, edges, shown);
            var cycles = finder.Irreducible();
            Assert.True(cycles.Count == 0 == IsReducible(count, edges), shown);
            CheckEntries(cycles, edges, shown);
            var loops = finder.Natural(maxDepth: 100)!;
            CheckLoops(finder, loops, count, edges, shown);
            if (loops.Count > 0) looped++;
            if (cycles.Count > 0) irreducible++;
            if (loops.Any(loop => loops.Any(other => other != loop && loop.Contains[other.Header]))) nested++;
        }
        output.WriteLine($"{looped} with loops, {nested} nested, {irreducible} irreducible of {Graphs}");
        Assert.True(looped > Graphs / 5 && irreducible > Graphs / 20 && nested > Graphs / 50, $"{looped} {irreducible} {nested}");
    }

    [Fact]
    public void Loops_nested_beyond_the_limit_are_not_collected()
    {
        var edges = Enumerable.Range(0, 9).Select(i => NewEdge(i, i, i + 1))
            .Concat(Enumerable.Range(0, 9).Select(i => NewEdge(9 + i, 9, i))).ToList();
        Assert.Equal(9, new LoopFinder(10, edges, 0).Natural(maxDepth: 9)!.Count);
        Assert.Null(new LoopFinder(10, edges, 0).Natural(maxDepth: 8));
    }

    private static void CheckDominators(LoopFinder finder, int count, List<Edge> edges, string shown)
    {
        var reachable = Reach(0, edges, without: -1);
        for (var a = 0; a < count; a++)
        {
            var around = a == 0 ? [] : Reach(0, edges, without: a);
            Assert.True(finder.Dominators.IsReachable(a) == reachable.Contains(a), shown);
            for (var b = 0; b < count; b++)
            {
                var dominates = reachable.Contains(a) && reachable.Contains(b) && (a == b || !around.Contains(b));
                Assert.True(finder.Dominators.Dominates(a, b) == dominates, $"{shown}: does {a} dominate {b}");
            }
        }
        foreach (var edge in edges)
            Assert.True(finder.IsBack(edge.Index) == finder.Dominators.Dominates(edge.To, edge.From), shown);
    }

    /// <summary>A body is the header and whatever reaches the source of a back edge without the header.</summary>
    private static void CheckLoops(LoopFinder finder, List<LoopDraft> loops, int count, List<Edge> edges, string shown)
    {
        var headers = edges.Where(edge => finder.IsBack(edge.Index)).Select(edge => edge.To).Distinct().Order();
        Assert.Equal(headers, loops.Select(loop => loop.Header));
        foreach (var loop in loops)
        {
            Assert.Equal(edges.Where(e => finder.IsBack(e.Index) && e.To == loop.Header).Select(e => e.Index), loop.BackEdges);
            for (var step = 0; step < count; step++)
            {
                var reached = step == loop.Header ? [] : Reach(step, edges, loop.Header);
                var isIn = step == loop.Header || finder.Dominators.IsReachable(step)
                    && loop.BackEdges.Any(back => reached.Contains(edges[back].From));
                Assert.True(loop.Contains[step] == isIn, $"{shown}: {step} in the loop at {loop.Header}");
            }
        }
    }

    /// <summary>Each entry can be reached without passing another step of the cycle; there are at least two.</summary>
    private static void CheckEntries(
        IReadOnlyList<(IReadOnlyList<int> Steps, IReadOnlyList<int> Entries)> cycles, List<Edge> edges, string shown)
    {
        foreach (var (steps, entries) in cycles)
        {
            var first = steps.Where(step =>
                Reach(0, [.. edges.Where(e => e.To == step || !steps.Contains(e.To))], without: -1).Contains(step)).ToList();
            Assert.True(entries.Count >= 2 && entries.All(steps.Contains), shown);
            Assert.Equal(first, entries);
        }
    }

    /// <summary>T1 removes an edge from a step to itself, T2 merges a step into its only predecessor.</summary>
    private static bool IsReducible(int count, List<Edge> edges)
    {
        var reachable = Reach(0, edges, without: -1);
        var rest = edges.Where(e => reachable.Contains(e.From)).Select(e => (e.From, e.To)).ToHashSet();
        var steps = Enumerable.Range(0, count).Where(reachable.Contains).ToHashSet();
        for (var changed = true; changed;)
        {
            changed = rest.RemoveWhere(edge => edge.From == edge.To) > 0;
            foreach (var step in steps.Where(step => step != 0).ToList())
            {
                var before = rest.Where(edge => edge.To == step).Select(edge => edge.From).ToList();
                if (before.Count != 1) continue;
                steps.Remove(step);
                rest = [.. rest.Where(e => e.To != step).Select(e => (e.From == step ? before[0] : e.From, e.To))];
                changed = true;
                break;
            }
        }
        return steps.Count == 1;
    }

    private static HashSet<int> Reach(int from, List<Edge> edges, int without)
    {
        var reached = new HashSet<int> { from };
        for (var grown = true; grown;)
        {
            grown = false;
            foreach (var edge in edges)
                if (reached.Contains(edge.From) && edge.To != without) grown |= reached.Add(edge.To);
        }
        return reached;
    }

    private static Edge NewEdge(int index, int from, int to) =>
        new() { Index = index, From = from, To = to, Line = 1, Column = 1 };
}
