using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class PlaybookPatchTests(ITestOutputHelper output)
{
    private const int RandomPatches = 3_000;

    private const string Source = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: t, path: t/t}
        workload: {n: 1, big: 9007199254740993, real: 1.0, small: 1e-7, text: "1.0", odd: "é\u0085\u2028\uFEFF\0\t😀\"\\"}
        workflow:
        - step: start
          next: [a, {step: b, when: "{{ workload.n == 1 }}"}, {step: b, when: 'workload.n == 2'}]
        - step: a
          tool: python
          code: |
            def main(n):
                return {"n": n}
          next: end
        - step: b
          tool: mail
          args: {to: "{{ workload.text }}"}
          next: end
        """;

    [Fact]
    public void An_empty_patch_changes_nothing_but_the_source()
    {
        var before = Compiling.Clean(Source);
        var after = Patched(before, "[]");
        Assert.Equal(GraphText.Of(before), GraphText.Of(after));
        Assert.Equal(before.WorkloadJson, after.WorkloadJson);
        Assert.Equal(before.ContentHash, after.ContentHash);
        Assert.NotEqual(before.Source, after.Source);
        Assert.NotNull(JsonNode.Parse(after.Source));
        Assert.Equal(GraphText.TreeText(before.Find("a")!.Tool), GraphText.TreeText(after.Find("a")!.Tool));
        Assert.Equal(after.Source, Patched(after, "[]").Source);
    }

    [Fact]
    public void Edges_keep_their_index_and_removed_ones_lead_nowhere()
    {
        var before = Compiling.Clean(Source);
        var after = Patched(before, """
            [{"op": "remove", "path": "/workflow/start/next/0"},
             {"op": "add", "path": "/workflow/b/next", "value": [{"step": "c"}, "end"]},
             {"op": "add", "path": "/workflow/c", "value": {"tool": "mail", "next": "end"}},
             {"op": "replace", "path": "/workflow/b/args/to", "value": "somebody"}]
            """, warnings: true);
        Assert.Equal(["start", "a", "b", "c", "end"], after.Steps.Select(step => step.Name));
        Assert.Equal("start > a|start > b|start > b|a > end|b > end|b > c|c > end",
            string.Join('|', after.Edges.Select(edge => $"{after.Steps[edge.From].Name} > {after.Steps[edge.To].Name}")));
        Assert.Equal(Enumerable.Range(0, 7), after.Edges.Select(edge => edge.Index));
        Assert.Equal([0], after.Edges.Where(edge => edge.IsRemoved).Select(edge => edge.Index));
        Assert.Equal([1, 2], after.Find("start")!.Out);
        Assert.Equal([5, 4], after.Find("b")!.Out);
        Assert.Equal([3, 4, 6], after.Find("end")!.In);
        Assert.Empty(after.Find("a")!.In);
        Assert.Equal("{to: \"somebody\"}", GraphText.TreeText(after.Find("b")!.Args));

        var again = Patched(after, """
            [{"op": "remove", "path": "/workflow/a"},
             {"op": "add", "path": "/workflow/start/next/0", "value": "c"},
             {"op": "remove", "path": "/workflow/start/next/2"}]
            """);
        Assert.Equal(["start", "b", "c", "end"], again.Steps.Select(step => step.Name));
        Assert.Equal([7, 1], again.Find("start")!.Out);
        Assert.Equal([0, 2, 3], again.Edges.Where(edge => edge.IsRemoved).Select(edge => edge.Index));
        Assert.Equal((0, Edge.NoStep), (again.Edges[0].From, again.Edges[0].To));
        Assert.Equal((Edge.NoStep, 3), (again.Edges[3].From, again.Edges[3].To));
        Assert.Equal(before.ContentHash, again.ContentHash);
    }

    [Fact]
    public void An_edge_that_was_removed_and_comes_again_is_a_new_one()
    {
        var without = Patched(Compiling.Clean(Source), """[{"op": "remove", "path": "/workflow/b/next"}]""");
        var again = Patched(without, """[{"op": "add", "path": "/workflow/b/next", "value": "end"}]""");
        Assert.Equal([5], again.Find("b")!.Out);
        Assert.True(again.Edges[4].IsRemoved);
    }

    [Fact]
    public void Loops_of_a_patched_graph_name_its_edges()
    {
        var after = Patched(Compiling.Clean(Source), """
            [{"op": "replace", "path": "/workflow/a/next", "value": [{"step": "a", "when": "result.n < 3"}, {"else": "end"}]}]
            """);
        var loop = Assert.Single(after.Loops);
        var back = after.Edges[Assert.Single(loop.BackEdges)];
        Assert.Equal((1, 1, true), (back.From, back.To, back.IsBack));
        Assert.Contains(back.Index, after.Find("a")!.In);
    }

    [Theory]
    [InlineData("""[{"op": "replace", "path": "/workflow/a/next", "value": "nowhere"}]""", "unknown_step", "nowhere")]
    [InlineData("""[{"op": "replace", "path": "/metadata/path", "value": "t/u"}]""", "patch_failed", "metadata.path")]
    [InlineData("""[{"op": "remove", "path": "/workflow"}]""", "patch_failed", "workflow")]
    [InlineData("""[{"op": "replace", "path": "/workflow", "value": []}]""", "patch_failed", "workflow")]
    [InlineData("""[{"op": "replace", "path": "/workflow/a", "value": "b"}]""", "patch_failed", "step 'a'")]
    [InlineData("""[{"op": "add", "path": "/workflow/a/step", "value": "z"}]""", "patch_failed", "key 'step'")]
    [InlineData("""[{"op": "replace", "path": "", "value": 7}]""", "patch_failed", "no map")]
    [InlineData("""[{"op": "test", "path": "/workload/n", "value": 2}, {"op": "remove", "path": "/workflow/a"}]""", "patch_failed",
        "operation 0, test '/workload/n'")]
    [InlineData("""{"op": "remove"}""", "bad_patch", "no list")]
    [InlineData("[", "bad_patch", "no JSON")]
    public void A_patch_that_cannot_be_is_refused_whole(string patch, string code, string reason)
    {
        var compiled = PlaybookPatch.Apply(Compiling.Clean(Source), patch, "patch.json");
        Assert.Null(compiled.Graph);
        var error = compiled.Diagnostics.First(d => d.Severity == PlaybookDiagnostic.Error);
        Assert.Equal((code, "patch.json"), (error.Code, error.File));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_patch_has_a_limited_size()
    {
        var graph = Compiling.Clean(Source);
        var one = """{"op": "test", "path": "/workload/n", "value": 1}""";
        Assert.NotNull(PlaybookPatch.Apply(graph, $"[{string.Join(',', Enumerable.Repeat(one, 1_000))}]", "p").Graph);
        Assert.Equal("too_large",
            PlaybookPatch.Apply(graph, $"[{string.Join(',', Enumerable.Repeat(one, 1_001))}]", "p").Diagnostics[0].Code);
        Assert.Equal("too_large", PlaybookPatch.Apply(graph, $"[{new string(' ', 256 * 1024)}]", "p").Diagnostics[0].Code);
    }

    [Fact]
    public void Whatever_a_patch_says_it_gives_a_graph_whose_edges_are_known_or_errors()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var (applied, refused) = (0, 0);
        var graph = Compiling.Clean(Source);
        for (var i = 0; i < RandomPatches; i++)
        {
            if (i % 20 == 0) graph = Compiling.Clean(Source);
            var patch = $"[{string.Join(", ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Operation(random)))}]";
            var compiled = PlaybookPatch.Apply(graph, patch, "patch.json");
            var hasError = compiled.Diagnostics.Any(d => d.Severity == PlaybookDiagnostic.Error);
            Assert.True(compiled.Graph is null == hasError, $"seed {seed}, patch {i}: {patch}");
            if (compiled.Graph is null) refused++;
            else applied++;
            if (compiled.Graph is { } after) CheckEdges(graph, after, $"seed {seed}, patch {i}: {patch}");
            graph = compiled.Graph ?? graph;
        }
        output.WriteLine($"{applied} applied, {refused} refused");
        Assert.True(applied > RandomPatches / 10 && refused > RandomPatches / 10, $"{applied} applied, {refused} refused");
    }

    private static void CheckEdges(PlaybookGraph before, PlaybookGraph after, string shown)
    {
        Assert.True(after.Edges.Count >= before.Edges.Count && after.Edges.Select((e, i) => e.Index == i).All(same => same), shown);
        var live = after.Steps.SelectMany(step => step.Out).ToHashSet();
        foreach (var edge in after.Edges)
        {
            Assert.True(edge.IsRemoved != live.Contains(edge.Index), shown);
            if (edge.IsRemoved) continue;
            Assert.True(after.Steps[edge.From].Out.Contains(edge.Index) && after.Steps[edge.To].In.Contains(edge.Index), shown);
            if (edge.Index >= before.Edges.Count) continue;
            var old = before.Edges[edge.Index];
            Assert.True(!old.IsRemoved && before.Steps[old.From].Name == after.Steps[edge.From].Name
                && before.Steps[old.To].Name == after.Steps[edge.To].Name, shown);
        }
        var fresh = Compiling.Graph(after.Source);
        Assert.Equal(GraphText.Of(fresh).Split('\n').Take(fresh.Steps.Count), GraphText.Of(fresh with { Steps = after.Steps }).Split('\n').Take(fresh.Steps.Count));
        Assert.Equal(fresh.Steps.SelectMany(s => s.Out).Count(), live.Count);
    }

    private static string Operation(Random random)
    {
        string[] steps = ["start", "a", "b", "b", "c"];
        string[] targets = ["\"a\"", "\"b\"", "\"end\"", "{\"step\": \"b\", \"when\": \"attempt > 1\"}", "{\"step\": \"c\", \"on_error\": true}"];
        string Target() => targets[random.Next(targets.Length)];
        string Next() => random.Next(3) == 0 ? "[]" : $"[{Target()}, {Target()}]";
        var step = $"/workflow/{steps[random.Next(steps.Length)]}";
        var (path, value) = random.Next(7) switch
        {
            0 or 1 => (step, $"{{\"tool\": \"mail\", \"next\": {Next()}}}"),
            2 or 3 => (step + "/next", Next()),
            4 => (step + "/next/0", Target()),
            5 => (step + "/retry", "3"),
            _ => (step + "/args", "{\"x\": \"{{ workload.n }}\"}"),
        };
        return random.Next(10) switch
        {
            0 => $"{{\"op\": \"remove\", \"path\": \"{path}\"}}",
            1 => $"{{\"op\": \"move\", \"from\": \"/workflow/b/next\", \"path\": \"{step}/next\"}}",
            2 => $"{{\"op\": \"copy\", \"from\": \"/workflow/b\", \"path\": \"{step}\"}}",
            3 => $"{{\"op\": \"replace\", \"path\": \"{path}\", \"value\": {value}}}",
            _ => $"{{\"op\": \"add\", \"path\": \"{path}\", \"value\": {value}}}",
        };
    }

    private static PlaybookGraph Patched(PlaybookGraph graph, string patch, bool warnings = false)
    {
        var compiled = PlaybookPatch.Apply(graph, patch, "patch.json");
        Assert.True(compiled.Graph is not null && (warnings || compiled.Diagnostics.Count == 0), Compiling.Show(compiled));
        return compiled.Graph;
    }
}
