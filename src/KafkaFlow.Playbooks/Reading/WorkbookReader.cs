using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads <c>workbook</c>: tools by name, for steps with <c>tool: workbook</c>.</summary>
internal sealed class WorkbookReader(ExpressionReader expressions, DiagnosticList problems)
{
    private readonly ToolReader _tools = new(expressions, problems);

    /// <returns>The actions by name; null for one that is wrong, which has been reported.</returns>
    public IReadOnlyDictionary<string, ToolDraft?> Read(YamlNode? node)
    {
        var actions = new Dictionary<string, ToolDraft?>(StringComparer.Ordinal);
        if (node is null or YamlScalar { IsNull: true }) return actions;
        if (node is not YamlList list)
        {
            problems.WrongType(node, "workbook", "a list of actions", "begin each action with - name: NAME");
            return actions;
        }
        expressions.MayBeInLoop = true;
        foreach (var item in list.Items)
        {
            if (item is YamlMap map) ReadAction(map, actions);
            else problems.WrongType(item, "an item of workbook", "a map with name and tool");
        }
        expressions.MayBeInLoop = false;
        return actions;
    }

    private void ReadAction(YamlMap map, Dictionary<string, ToolDraft?> actions)
    {
        var kind = _tools.KindOf(map, "workbook action");
        var fields = MapFields.Of(map, Dialect.ActionKeysFor(kind), problems);
        var isTool = kind is { IsWork: true, State: not ToolState.Later } && kind.Name != Dialect.Workbook;
        if (kind is { IsWork: false } or { Name: Dialect.Workbook })
            problems.Error(fields["tool"]!.At, DiagnosticCodes.BadValue, $"an action cannot be a {kind.Name}",
                kind.Name, "python, postgres or a type that your own worker serves");
        ToolDraft? action = isTool ? _tools.Read(fields, kind) : null;
        if (fields.Require("name", "name: ACTION") is not { } node) return;
        if (ScalarReading.Text(node, "the name of an action", problems) is not { } name) return;
        if (!StepReader.IsName(name))
            problems.Error(node.At, DiagnosticCodes.BadName, $"'{name}' is no name of an action", name,
                StepReader.NameForm);
        else if (!actions.TryAdd(name, action))
            problems.Error(node.At, DiagnosticCodes.DuplicateAction, $"a second action '{name}'", name,
                "each name once");
    }
}
