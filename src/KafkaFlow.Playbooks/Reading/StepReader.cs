using System.Text.RegularExpressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads one item of <c>workflow</c>.</summary>
internal sealed partial class StepReader(
    ExpressionReader expressions, IReadOnlyDictionary<string, ToolDraft?> actions, DiagnosticList problems)
{
    public const string NameForm = "a letter or _, then up to 63 of letters, digits, _ and -";

    private static readonly string[] KeysOfEdges = ["next", "next_mode", "join"];

    private readonly TaskReader _tasks = new(expressions, actions, problems);
    private readonly EdgeReader _edges = new(expressions, problems);
    private readonly SaveReader _saves = new(expressions, problems);
    private readonly WaitReader _waits = new(expressions, problems);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex StepName();

    public static bool IsName(string text) => StepName().IsMatch(text);

    /// <returns>The step, or null if it has no usable name.</returns>
    public StepDraft? Read(YamlNode node)
    {
        if (node is not YamlMap map)
        {
            problems.WrongType(node, "an item of workflow", "a map with step, tool, next");
            return null;
        }
        var kind = KindOf(map);
        var fields = MapFields.Of(map, Dialect.StepKeysFor(kind), problems);
        var tool = map.Find("tool") is null ? Waiting(fields, _tasks.Tool(fields, kind)) : _tasks.Tool(fields, kind);
        var saveMentions = new MentionSet();
        var draft = new StepDraft
        {
            Name = "", At = map.At, NameAt = map.At, Tool = tool,
            Save = fields["save"] is { } save ? _saves.Read(save, saveMentions) : null,
            SaveMentions = saveMentions,
            NextMode = NextModeOf(fields),
            Join = fields["join"] is { } join ? JoinOf(join) : JoinRule.All,
            JoinAt = fields["join"]?.At ?? map.At,
            Next = fields["next"] is { } next ? _edges.Read(next) : [],
            Compensate = fields["compensate"] is { } undo ? StepNamed(undo) : null,
            IsFinally =
                fields["finally"] is { } last && ScalarReading.Flag(last, "finally", problems) == true,
            EdgeKeys = [.. KeysOfEdges.Select(key => fields.Entry(key)?.Key).OfType<YamlScalar>()],
        };
        draft = _tasks.Complete(fields, kind, tool.Mentions, draft);
        return NameOf(fields) is { } name ? draft with { Name = name.Text, NameAt = name.At } : null;
    }

    /// <summary>The tool, or what a key says that stands for one.</summary>
    private ToolKind? KindOf(YamlMap map)
    {
        var tool = map.Find("tool");
        YamlEntry? found = tool;
        foreach (var key in (string[])["wait", "approval"])
        {
            if (map.Find(key) is not { } entry) continue;
            if (found is not null)
                problems.Error(entry.Key.At, DiagnosticCodes.ConflictingKeys,
                    $"'{key}' stands beside '{found.Key.Text}'", key, "one of tool, wait, approval",
                    $"make it a step of its own, with {key} and without {found.Key.Text}");
            found ??= entry;
        }
        return tool is null && found is not null
            ? Dialect.KindOfKey(found.Key.Text) : _tasks.Tools.KindOf(map, place: null);
    }

    private ToolDraft Waiting(MapFields fields, ToolDraft draft)
    {
        if (fields["wait"] is { } wait)
            return draft with { NodeType = Dialect.Wait, Wait = _waits.Wait(wait, draft.Mentions) };
        if (fields["approval"] is { } approval)
            return draft with { NodeType = Dialect.Approval, Approval = _waits.Approval(approval, draft.Mentions) };
        return draft;
    }

    private YamlScalar? StepNamed(YamlNode node) =>
        ScalarReading.Text(node, "compensate", problems) is null ? null : (YamlScalar)node;

    private YamlScalar? NameOf(MapFields fields)
    {
        if (fields["step"] is not { } node)
        {
            fields.Require("step", "each item of workflow begins with - step: NAME");
            return null;
        }
        if (ScalarReading.Text(node, "the name of a step", problems) is not { } text) return null;
        if (IsName(text)) return (YamlScalar)node;
        problems.Error(node.At, DiagnosticCodes.BadName, $"'{text}' is no name of a step", text, NameForm);
        return null;
    }

    private NextMode NextModeOf(MapFields fields)
    {
        if (fields["next_mode"] is not { } node) return NextMode.All;
        var word = ScalarReading.Word(node, "next_mode", ["all", "first"], problems);
        return word == "first" ? NextMode.First : NextMode.All;
    }

    private JoinRule JoinOf(YamlNode node)
    {
        if (node is not YamlMap map)
        {
            var word = ScalarReading.Word(node, "join", ["all", "any"], problems, "{n_of: k}");
            return word == "any" ? JoinRule.Any : JoinRule.All;
        }
        if (MapFields.Of(map, Dialect.Join, problems).Require("n_of", "join: {n_of: 2}") is not { } count)
            return JoinRule.All;
        if (count is YamlScalar { Type: ScalarType.Integer } number && ScalarTyping.Integer(number) is >= 1 and var k
            && k <= PlaybookLimits.MaxEdges) return JoinRule.NOf((int)k);
        problems.Error(count.At, DiagnosticCodes.BadValue, "n_of is no usable count",
            count is YamlScalar scalar ? scalar.Text : count.Kind, "a whole number from 1");
        return JoinRule.All;
    }
}
