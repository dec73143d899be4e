using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace KafkaFlow.Cli.Output;

/// <summary>Data on stdout, talk on stderr; text for people or one JSON document.</summary>
internal sealed class Report(bool json, TextWriter data, TextWriter talk)
{
    private static readonly JsonSerializerOptions Compact =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public bool IsJson => json;

    /// <summary>Writes the command's document as JSON, or <paramref name="text"/> for people.</summary>
    public void Document(JsonNode document, Action<TextWriter> text) => Document(document.ToJsonString(Compact), text);

    /// <param name="document">JSON text.</param>
    /// <param name="text">Writes the same for people.</param>
    public void Document(string document, Action<TextWriter> text)
    {
        if (json) data.WriteLine(document);
        else text(data);
        data.Flush();
    }

    /// <summary>One line of NDJSON, or of text.</summary>
    public void Line(JsonNode document, string text)
    {
        data.WriteLine(json ? document.ToJsonString(Compact) : text);
        data.Flush();
    }

    public void Table(string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        foreach (var row in rows) table.AddRow(row.Select(Markup.Escape).ToArray());
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(data) });
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = 4000;
        console.Write(table);
    }

    /// <summary>Progress and the next useful command, for people: with JSON, stderr is left to the error
    /// document.</summary>
    public void Talk(string line)
    {
        if (!json) Announce(line);
    }

    /// <summary>A line on stderr that programs wait for as well.</summary>
    public void Announce(string line)
    {
        talk.WriteLine(line);
        talk.Flush();
    }

    public static string Pretty(JsonNode? node) => node?.ToJsonString(Indented) ?? "null";

    public static string CompactText(JsonNode? node) => node?.ToJsonString(Compact) ?? "null";

    /// <summary>An error as CONVENTIONS has it: JSON on stderr, or lines for people.</summary>
    public int Error(CliException error)
    {
        if (json)
        {
            var document = new JsonObject
            {
                ["error"] = new JsonObject
                {
                    ["code"] = error.Code,
                    ["message"] = error.Message,
                    ["where"] = error.Where,
                    ["expected"] = error.Expected,
                    ["found"] = error.Found,
                    ["hint"] = error.Hint,
                },
                ["exit_code"] = error.ExitCode,
            };
            Announce(document.ToJsonString(Compact));
            return error.ExitCode;
        }
        Talk($"error: {error.Message}");
        if (error.Where is { } where) Talk($"  where:    {where}");
        if (error.Expected is { } expected) Talk($"  expected: {expected}");
        if (error.Found is { } found) Talk($"  found:    {found}");
        if (error.Hint is { } hint) Talk($"  hint:     {hint}");
        return error.ExitCode;
    }
}
