using System.Text.Json.Nodes;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class PlaybookPatchTests
{
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

    private static PlaybookGraph Patched(PlaybookGraph graph, string patch, bool warnings = false)
    {
        var compiled = PlaybookPatch.Apply(graph, patch, "patch.json");
        Assert.True(compiled.Graph is not null && (warnings || compiled.Diagnostics.Count == 0), Compiling.Show(compiled));
        return compiled.Graph;
    }
}
