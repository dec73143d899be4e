using System.Text.RegularExpressions;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads what a step or a workbook action runs: <c>tool</c> and the fields that belong to it.</summary>
internal sealed partial class ToolReader(ExpressionReader expressions, DiagnosticList problems)
{
    private readonly WaitReader _waits = new(expressions, problems);

    [GeneratedRegex(@"^[a-z0-9-]{1,60}\z")]
    private static partial Regex NodeTypeName();

    /// <summary>The tool of a step or action; null if it is wrong, which is reported.</summary>
    /// <param name="place">What has to have a tool; null for a step, which may have none.</param>
    public ToolKind? KindOf(YamlMap map, string? place)
    {
        if (map.Find("tool") is not { } entry) return WithoutTool(map, place);
        var hint = entry.Value is YamlMap ? "write tool: NAME and its fields beside it" : null;
        if (entry.Value is not YamlScalar { IsText: true, Text.Length: > 0 } name)
        {
            problems.WrongType(entry.Value, "tool", "the name of a tool", hint);
            return null;
        }
        var kind = Dialect.ToolOf(name.Text);
        if (kind.State == ToolState.Later)
            problems.Error(name.At, DiagnosticCodes.NotAvailable,
                $"the tool '{name.Text}' is not available in this version", name.Text,
                "a tool that is available, or a type that your own worker serves");
        if (kind.State != ToolState.External || NodeTypeName().IsMatch(name.Text)) return kind;
        problems.Error(name.At, DiagnosticCodes.BadValue, $"'{name.Text}' is no name of a tool", name.Text,
            "a tool of the dialect, or 1 to 60 of a-z, 0-9 and -", NearestName.Hint(name.Text, Dialect.ToolNames));
        return null;
    }

    /// <summary>Fields of a tool that has been named; not for <c>workbook</c>.</summary>
    public ToolDraft Read(MapFields fields, ToolKind? kind)
    {
        if (kind is null || kind.State is ToolState.PassesThrough or ToolState.Later) return new();
        var mentions = new MentionSet();
        var draft = ReadArgs(fields, mentions) with { NodeType = kind.Name, Kind = kind.Kind };
        draft = kind.Name switch
        {
            Dialect.Python => Python(fields, draft),
            Dialect.Postgres => Postgres(fields, draft, mentions),
            Dialect.Transform => draft with { Value = ValueOf(fields, mentions) },
            Dialect.Child => draft with { Child = Child(fields, mentions) },
            Dialect.Wait when kind.Fields.Count > 0 => draft with { Wait = _waits.Wait(fields, mentions) },
            Dialect.Approval when kind.Fields.Count > 0 => draft with { Approval = _waits.Approval(fields, mentions) },
            _ => draft,
        };
        return draft with { Mentions = mentions };
    }

    /// <summary>The <c>args</c> alone: a map, or one template that gives a map.</summary>
    public ToolDraft ReadArgs(MapFields fields, MentionSet mentions)
    {
        switch (fields["args"])
        {
            case null or YamlScalar { IsNull: true }:
                return new();
            case YamlMap map:
                return new() { Args = expressions.Args(map, mentions) };
            case YamlScalar { IsText: true } text when expressions.Tree(text, mentions) is TemplateTree.Text whole:
                return new() { WholeArgs = whole };
            case { } node:
                problems.WrongType(node, "args", "a map of names to values");
                return new();
        }
    }

    private ToolDraft Python(MapFields fields, ToolDraft draft)
    {
        if (fields.Require("code", "code: | and then a function main") is not { } node) return draft;
        if (ScalarReading.Text(node, "code", problems) is not { } code) return draft;
        var main = PythonMain.Find(code);
        if (main is null)
            problems.Error(node.At, DiagnosticCodes.MissingMain, "the code defines no function main", "no def main",
                "def main(..) or async def main(..) at the left margin", "its parameters are filled by name from args");
        return draft with
        {
            Tool = new TemplateTree.MapNode([new("code", ExpressionReader.Verbatim(code))]),
            Main = main,
            CodeAt = node.At,
        };
    }

    private ToolDraft Postgres(MapFields fields, ToolDraft draft, MentionSet mentions)
    {
        var tool = new List<KeyValuePair<string, TemplateTree>>();
        if (fields.OneOf("command", "commands", "query", "sql") is { } command)
        {
            if (Sql(command, mentions) is { } sql) tool.Add(new("command", sql));
        }
        else if (!fields.HasRefusedKeys)
        {
            problems.Error(fields.At, DiagnosticCodes.MissingKey, "this postgres step has no 'command'", null,
                "command (or commands, query, sql)", "command: | and then the SQL");
        }
        if (fields["params"] is { } bound)
        {
            if (bound is YamlMap or YamlList or YamlScalar { IsText: true })
                tool.Add(new("params", expressions.Tree(bound, mentions)));
            else problems.WrongType(bound, "params", "a list or a map of values to bind");
        }
        if (fields["transaction"] is { } whole && ScalarReading.Flag(whole, "transaction", problems) is { } flag)
            tool.Add(new("transaction", new TemplateTree.Literal(Value.Bool(flag))));
        var auth = fields["auth"] is { } node ? Auth(node, mentions) : null;
        return draft with { Tool = new TemplateTree.MapNode(tool), Auth = auth };
    }

    /// <summary>The value of a transform.</summary>
    private TemplateTree? ValueOf(MapFields fields, MentionSet mentions)
    {
        if (fields.OneOf("value", "expression") is { } entry)
            return entry.Key.Text == "value"
                ? expressions.Tree(entry.Value, mentions)
                : expressions.Calculation(entry.Value, "expression", mentions);
        fields.Require("value", "value: \"{{ .. }}\", a map of templates, or expression: CEL");
        return null;
    }

    private ChildRule? Child(MapFields fields, MentionSet mentions)
    {
        var step = fields["return_step"] is { } back ? ScalarReading.Text(back, "return_step", problems) : null;
        if (step is not null && !StepReader.IsName(step))
            problems.Error(fields["return_step"]!.At, DiagnosticCodes.BadName, $"'{step}' is no name of a step", step,
                StepReader.NameForm);
        var version = fields["version"] is { } number ? Version(number, mentions) : null;
        var awaits = fields["await_cancel"] is { } flag
            && ScalarReading.Flag(flag, "await_cancel", problems) == true;
        if (fields.Require("path", "path: FOLDER/NAME of a registered playbook") is not { } node) return null;
        if (ScalarReading.Text(node, "path", problems) is not { } text) return null;
        var path = expressions.Tree(node, mentions);
        if (path is TemplateTree.Literal && !DocumentReader.IsPath(text))
            problems.Error(node.At, DiagnosticCodes.BadName, $"'{text}' is no path of a playbook", text,
                DocumentReader.PathForm);
        return new() { Path = path, Version = version, ReturnStep = step, AwaitCancel = awaits };
    }

    private TemplateTree? Version(YamlNode node, MentionSet mentions)
    {
        if (node is YamlScalar { IsText: true } text)
        {
            var tree = expressions.Tree(node, mentions);
            if (tree is TemplateTree.Text || text.Text == "latest") return tree;
            problems.Error(node.At, DiagnosticCodes.BadValue, $"version is '{text.Text}'", text.Text,
                "a number, latest or a template");
            return null;
        }
        return ScalarReading.Count(node, "version", 1, int.MaxValue, problems) is null
            ? null : expressions.Tree(node, mentions);
    }

    private TemplateTree? Sql(YamlEntry command, MentionSet mentions)
    {
        var what = command.Key.Text;
        if (command.Value is not YamlList list)
            return ScalarReading.Text(command.Value, what, problems) is null
                ? null : expressions.Tree(command.Value, mentions);
        if (list.Items.Count == 0)
            problems.Error(list.At, DiagnosticCodes.BadValue, $"{what} is an empty list", "[]",
                "at least one statement");
        foreach (var item in list.Items)
            if (ScalarReading.Text(item, $"an item of {what}", problems) is null) return null;
        return expressions.Tree(list, mentions);
    }

    /// <summary>Name of a credential, given as text or as a map of one of three synonyms.</summary>
    private TemplateTree? Auth(YamlNode node, MentionSet mentions)
    {
        if (node is not YamlMap map)
            return ScalarReading.Text(node, "auth", problems) is null ? null : expressions.Tree(node, mentions);
        var fields = MapFields.Of(map, Dialect.Auth, problems);
        if (fields.OneOf("credential", "key", "name") is { } name)
            return ScalarReading.Text(name.Value, $"auth.{name.Key.Text}", problems) is null
                ? null : expressions.Tree(name.Value, mentions);
        fields.Require("credential", "auth: NAME names a credential too");
        return null;
    }

    /// <summary>A step without a tool passes through, unless it has something that only a tool can mean.</summary>
    private ToolKind? WithoutTool(YamlMap map, string? place)
    {
        foreach (var entry in map.Entries)
        {
            var key = entry.Key.Text;
            if (place is not null && key is "name" or "task" || Dialect.OwnerOf(key) is not { } owner) continue;
            problems.Error(entry.Key.At, DiagnosticCodes.MissingKey, $"'{key}' stands here but no 'tool'", key, "tool",
                $"add tool: {owner}");
            return null;
        }
        if (place is null) return Dialect.NoTool;
        problems.Error(map.At, DiagnosticCodes.MissingKey, $"this {place} has no 'tool'", null, "tool",
            "add tool: python");
        return null;
    }
}
