using System.CommandLine;
using System.Globalization;
using System.Text;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>expr</c>: one expression or template over given data. Needs no cluster.</summary>
internal static class ExprCommand
{
    private const string Now = "now";
    private const string DataOption = "--data";
    private const int MaxShownText = 60;
    private const int MaxShownValue = 200;

    public static Command Create(GlobalOptions global)
    {
        var text = new Argument<string>("TEXT")
        {
            Description = "CEL or exactly one {{ e }}; with --template any template",
        };
        var data = new Option<string?>(DataOption)
        {
            Description = "a JSON object, or @file; its keys are the names the text may use",
        };
        var template = new Option<bool>("--template") { Description = "TEXT is a template" };
        var explain = new Option<bool>("--explain") { Description = "the value of each sub-expression as well" };
        var command = new Command("expr", "Evaluate an expression or a template.") { text, data, template, explain };
        global.SetAction(command, (context, parsed, _) =>
        {
            var variables = Read(parsed.GetValue(data));
            var compiled = Compile(parsed.GetValue(text)!, variables.Scope, parsed.GetValue(template));
            var explained = parsed.GetValue(explain);
            return Task.FromResult(Show(context.Report, compiled, variables, explained));
        });
        return command;
    }

    private static int Show(Report report, CompiledExpression compiled, Names variables, bool explained)
    {
        var value = compiled.Evaluate(variables, out var fuel);
        var parts = explained ? compiled.Explain(variables).Parts : [];
        if (value.Error is { } error)
        {
            // A failure has no document; what led to it is talk.
            foreach (var line in Lines(parts)) report.Talk(line);
            throw new CliException(ExitCodes.Failure, error.Code, $"{error.Message} ({error.Code})")
            {
                Where = error.Line > 0 ? $"{error.Line}:{error.Column}" : null,
            };
        }
        report.Document(Json(value, fuel, parts), o =>
        {
            o.WriteLine(value.ToJson());
            foreach (var line in Lines(parts)) o.WriteLine(line);
        });
        return ExitCodes.Ok;
    }

    private static CompiledExpression Compile(string text, ExpressionScope scope, bool template)
    {
        CompiledExpression? compiled = template
            ? Template.TryCompile(text, scope, out var problem)
            : Expression.TryCompile(text, scope, out problem);
        if (compiled is not null) return compiled;
        throw new CliException(ExitCodes.Failure, problem!.Code, $"{problem.Message} ({problem.Code})")
        {
            Where = $"{problem.Line}:{problem.Column}", Hint = problem.Hint,
        };
    }

    private static Names Read(string? argument)
    {
        var json = argument ?? "{}";
        var where = DataOption;
        if (json.StartsWith('@'))
        {
            where = $"{DataOption} {json}";
            if (!File.Exists(json[1..]))
                throw Refuse(where, $"there is no file {json[1..]}", "not_found", json[1..]);
            json = File.ReadAllText(json[1..]);
        }
        var data = Value.FromJson(json);
        if (data.Error is { } error) throw Refuse(where, error.Message, error.Code, Shortened(json, MaxShownText));
        if (data.Kind != ValueKind.Map)
            throw Refuse(where, "the data is no JSON object", "bad_data", $"JSON of type {data.TypeName}");
        return new Names(data);
    }

    private static CliException Refuse(string where, string message, string code, string found) =>
        new(ExitCodes.Usage, code, message) { Where = where, Expected = "a JSON object, or @file", Found = found };

    /// <summary>By hand: a number stays as it was written.</summary>
    private static string Json(Value result, long fuel, IReadOnlyList<ExplainedPart> parts)
    {
        var document = new StringBuilder();
        document.Append(CultureInfo.InvariantCulture,
            $"{{\"value\":{result.ToJson()},\"type\":\"{result.TypeName}\",\"fuel\":{fuel},\"explain\":[");
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            var value = part.Value.IsError ? "null" : part.Value.ToJson();
            document.Append(CultureInfo.InvariantCulture,
                $"{(i > 0 ? "," : "")}{{\"text\":{Quoted(part.Text)},\"line\":{part.Line},\"column\":{part.Column},")
                .Append(CultureInfo.InvariantCulture, $"\"value\":{value}")
                .Append(Failed(part.Value) is { } failed ? $",\"error\":{Quoted(failed)}" : "").Append('}');
        }
        return document.Append("]}").ToString();
    }

    private static string Quoted(string text) => Value.String(text).ToJson();

    /// <summary>What an absent or failed part has in place of a value.</summary>
    private static string? Failed(Value value) =>
        value.Kind == ValueKind.Missing ? "missing" : value.Error?.Code;

    private static IEnumerable<string> Lines(IReadOnlyList<ExplainedPart> parts)
    {
        var places = parts.Select(part => $"{part.Line}:{part.Column}").ToList();
        var width = places.Select(place => place.Length).DefaultIfEmpty().Max();
        for (var i = 0; i < parts.Count; i++)
            yield return $"  {places[i].PadRight(width)}  {OneLine(parts[i].Text)} = {Shown(parts[i].Value)}";
    }

    private static string Shown(Value value) => value switch
    {
        { Kind: ValueKind.Missing } => "(missing)",
        { Error: { } error } => $"(error {error.Code}: {error.Message})",
        _ => Shortened(value.ToJson(), MaxShownValue),
    };

    private static string OneLine(string text) =>
        Shortened(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), MaxShownText);

    private static string Shortened(string text, int length) => text.Length > length ? text[..length] + " .." : text;

    /// <summary>The keys of the data, and the present time as <c>now</c> unless the data has its own.</summary>
    private sealed class Names : IVariables
    {
        private readonly Value[] _values;

        public Names(Value data)
        {
            var entries = data.Entries.ToList();
            if (data.Get(Now).Kind == ValueKind.Missing)
                entries.Add(new(Now, Value.String(Timestamp.FromDateTime(DateTime.UtcNow).ToString())));
            Scope = new ExpressionScope([.. entries.Select(entry => entry.Key)]);
            _values = [.. entries.Select(entry => entry.Value)];
        }

        public ExpressionScope Scope { get; }

        public Value Get(int slot) => _values[slot];
    }
}
