using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Output;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Cli.Local;

/// <summary>A playbook file and what the compiler says of it.</summary>
internal sealed record PlaybookFile(string File, string Source, PlaybookGraph? Graph,
    IReadOnlyList<PlaybookDiagnostic> Diagnostics)
{
    /// <exception cref="CliException">There is no such file.</exception>
    public static PlaybookFile Compile(string file)
    {
        if (!System.IO.File.Exists(file))
            throw new CliException(ExitCodes.NotFound, "not_found", $"there is no file {file}")
            {
                Where = "FILE", Found = file, Hint = $"the path is taken from {Directory.GetCurrentDirectory()}",
            };
        var source = System.IO.File.ReadAllText(file, Encoding.UTF8);
        var compiled = PlaybookCompiler.Compile(source, file);
        return new PlaybookFile(file, source, compiled.Graph, compiled.Diagnostics);
    }

    /// <summary>For commands whose document is another: the diagnostics go to stderr as lines, the first is the
    /// error.</summary>
    /// <exception cref="CliException">The playbook is not valid.</exception>
    public void RequireValid(Report report)
    {
        if (Graph is not null) return;
        var errors = Diagnostics.Where(d => d.Severity == "error").ToList();
        var first = errors[0];
        if (!report.IsJson) foreach (var diagnostic in Diagnostics) report.Talk(Text(diagnostic));
        var more = errors.Count == 1 ? "" : $" (and {errors.Count - 1} more errors)";
        throw new CliException(ExitCodes.Validation, first.Code, $"{File} is no valid playbook: {first.Message}{more}")
        {
            Where = $"{first.File}:{first.Line}:{first.Column}", Expected = first.Expected, Found = first.Found,
            Hint = first.Hint ?? $"see all with: kafkaflow playbook validate {File}",
        };
    }

    public static void Show(Report report, IReadOnlyList<PlaybookFile> files)
    {
        var diagnostics = files.SelectMany(f => f.Diagnostics).ToList();
        var document = new JsonObject
        {
            ["valid"] = files.All(f => f.Graph is not null),
            ["files"] = new JsonArray([.. files.Select(f => new JsonObject
            {
                ["file"] = f.File, ["path"] = f.Graph?.Path, ["steps"] = f.Graph?.Steps.Count,
            })]),
            ["diagnostics"] = new JsonArray([.. diagnostics.Select(ToJson)]),
        };
        report.Document(document, o =>
        {
            foreach (var d in diagnostics) o.WriteLine(Text(d));
            foreach (var file in files.Where(f => f.Graph is not null))
                o.WriteLine($"{file.File}: valid, {file.Graph!.Steps.Count} steps, path {file.Graph.Path}");
        });
    }

    public static string Text(PlaybookDiagnostic d)
    {
        var text = new StringBuilder($"{d.File}:{d.Line}:{d.Column}: {d.Severity}: {d.Message} [{d.Code}]");
        if (d.Found is not null) text.Append($"; found {d.Found}");
        if (d.Expected is not null) text.Append($"; expected {d.Expected}");
        if (d.Hint is not null) text.Append($"; {d.Hint}");
        return text.ToString();
    }

    private static JsonObject ToJson(PlaybookDiagnostic d) => new()
    {
        ["file"] = d.File, ["line"] = d.Line, ["column"] = d.Column, ["severity"] = d.Severity, ["code"] = d.Code,
        ["message"] = d.Message, ["found"] = d.Found, ["expected"] = d.Expected, ["hint"] = d.Hint,
    };
}
