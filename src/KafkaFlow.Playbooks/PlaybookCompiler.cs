using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks;

/// <summary>A problem of a playbook's source: where, what was found, what was expected.</summary>
public sealed record PlaybookDiagnostic(
    string File, int Line, int Column, string Severity, string Code, string Message,
    string? Found, string? Expected, string? Hint)
{
    public const string Error = "error";
    public const string Warning = "warning";
}

/// <summary>Outcome of compiling: a graph if there is no error, and everything that was noticed.</summary>
public sealed record CompiledPlaybook(PlaybookGraph? Graph, IReadOnlyList<PlaybookDiagnostic> Diagnostics);

/// <summary>Source text to graph: parse, validate, compile every expression. Pure.</summary>
public static class PlaybookCompiler
{
    private const char ByteOrderMark = '\uFEFF';

    /// <param name="source">YAML (or JSON, which is YAML) of kind Playbook.</param>
    /// <param name="file">Name shown in diagnostics.</param>
    public static CompiledPlaybook Compile(string source, string file) =>
        Compile(source, file, PlaybookSource.Hash(source));

    /// <param name="contentHash">That of the registered source, of which this one may be a changed form.</param>
    internal static CompiledPlaybook Compile(string source, string file, string contentHash)
    {
        var problems = new DiagnosticList(file);
        var text = source.TrimStart(ByteOrderMark);
        var graph = YamlReader.Read(text, problems) is { } root
            ? new DocumentReader(text, contentHash, problems).Read(root)
            : null;
        if (graph is null && !problems.HasErrors)
            throw new InvalidOperationException("a playbook gave neither a graph nor an error");
        return new(problems.HasErrors ? null : graph, problems.Sorted());
    }
}
