using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>Playbooks as people write them: the steps of a workflow, or a whole document.</summary>
internal static class YamlRun
{
    public static PlaybookGraph Graph(string workflow, string head = "")
    {
        var source = $"apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {{path: tests/playbook}}\n{head}\nworkflow:\n{workflow}\n";
        var compiled = PlaybookCompiler.Compile(source, "test.yaml");
        Assert.True(compiled.Graph is not null,
            string.Join("\n", compiled.Diagnostics.Select(d => $"{d.Line}:{d.Column} {d.Severity} {d.Message}")) + "\n" + source);
        return compiled.Graph! with { ContentHash = "hash-1" };
    }

    public static TestRun Of(string workflow, string head = "", EngineSettings? settings = null) =>
        new(Graph(workflow, head), settings);
}
