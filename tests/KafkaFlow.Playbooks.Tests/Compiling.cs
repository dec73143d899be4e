namespace KafkaFlow.Playbooks.Tests;

/// <summary>Compiling sources in tests, with what went wrong in the failure's message.</summary>
internal static class Compiling
{
    public const string File = "test.yaml";

    public const string Head = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: t, path: t/t}

        """;

    /// <returns>The graph of a source without errors and warnings.</returns>
    public static PlaybookGraph Clean(string source)
    {
        var compiled = PlaybookCompiler.Compile(source, File);
        Assert.True(compiled.Diagnostics.Count == 0, Show(compiled));
        return compiled.Graph!;
    }

    /// <returns>The graph of a source that may have warnings.</returns>
    public static PlaybookGraph Graph(string source)
    {
        var compiled = PlaybookCompiler.Compile(source, File);
        Assert.True(compiled.Graph is not null, Show(compiled));
        return compiled.Graph;
    }

    public static string Show(CompiledPlaybook compiled) => string.Join('\n', compiled.Diagnostics.Select(d =>
        $"{d.File}:{d.Line}:{d.Column} {d.Severity} {d.Code}: {d.Message} found={d.Found} expected={d.Expected} hint={d.Hint}"));
}
