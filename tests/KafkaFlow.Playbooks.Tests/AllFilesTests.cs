using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast"), Trait("needs", "shared")]
public sealed class AllFilesTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_real_playbook_gives_a_graph_or_the_reasons_why_not()
    {
        var folder = TestEnvironment.RequireShared("noetl-playbooks");
        var files = Directory.GetFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        var table = files.Select(f => Line(folder, f)).ToList();
        output.WriteLine(string.Join('\n', table));
        Assert.Equal("", string.Join('\n', table));
    }

    private static string Line(string folder, string file)
    {
        var compiled = PlaybookCompiler.Compile(File.ReadAllText(file), Path.GetRelativePath(folder, file));
        var outcome = compiled.Graph is { } graph ? $"{graph.Steps.Count} steps" : "refused";
        var reasons = compiled.Diagnostics.Select(d => $"{d.Line}:{d.Column} {d.Code} {d.Found}");
        return string.Join(" | ", reasons.Prepend($"{compiled.Diagnostics.FirstOrDefault()?.File ?? Path.GetRelativePath(folder, file)}: {outcome}"));
    }
}
