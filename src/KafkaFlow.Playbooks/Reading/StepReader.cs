using System.Text.RegularExpressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads one item of <c>workflow</c>.</summary>
internal sealed partial class StepReader(
    ExpressionReader expressions, IReadOnlyDictionary<string, ToolDraft?> actions, DiagnosticList problems)
{
    public const string NameForm = "a letter or _, then up to 63 of letters, digits, _ and -";

    private const int ActionsShown = 10;

    private readonly ToolReader _tools = new(expressions, problems);
    private readonly EdgeReader _edges = new(expressions, problems);
    private readonly SaveReader _saves = new(expressions, problems);

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
        var kind = _tools.KindOf(map, isAction: false);
        var fields = MapFields.Of(map, Dialect.StepKeysFor(kind), problems);
        var tool = kind?.Name == Dialect.Workbook ? FromWorkbook(fields) : _tools.Read(fields, kind);
        var saveMentions = new MentionSet();
        var draft = new StepDraft
        {
            Name = "", At = map.At, NameAt = map.At, Tool = tool,
            Save = fields["save"] is { } save ? _saves.Read(save, saveMentions) : null,
            SaveMentions = saveMentions,
            NextMode = NextModeOf(fields),
            Join = fields["join"] is { } join ? JoinOf(join) : JoinRule.All,
            JoinAt = fields["join"]?.At ?? map.At,
            Timeouts = fields["timeout"] is { } timeout ? TimeoutsOf(timeout) : new(),
            Next = fields["next"] is { } next ? _edges.Read(next) : [],
        };
        return NameOf(fields) is { } name ? draft with { Name = name.Text, NameAt = name.At } : null;
    }

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

    /// <summary>The action's tool with the step's <c>args</c> over its own.</summary>
    private ToolDraft FromWorkbook(MapFields fields)
    {
        var mentions = new MentionSet();
        var own = _tools.ReadArgs(fields, mentions);
        if (fields.Require("name", "name: ACTION names an entry of workbook") is not { } node) return new();
        if (ScalarReading.Text(node, "the name of an action", problems) is not { } name) return new();
        if (!actions.TryGetValue(name, out var action))
        {
            if (problems.IsFull) return new();
            problems.Error(node.At, DiagnosticCodes.UnknownAction, $"the workbook has no action '{name}'", name,
                actions.Count == 0
                    ? "a workbook with that action" : $"one of {string.Join(", ", actions.Keys.Take(ActionsShown))}",
                NearestName.Hint(name, actions.Keys));
            return new();
        }
        if (action is null) return new();
        return action with
        {
            Args = ToolMerge.Over(action.Args, own.Args) ?? action.Args,
            WholeArgs = own.WholeArgs ?? action.WholeArgs,
            Mentions = mentions,
            ActionMentions = action.Mentions,
        };
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
            var word = ScalarReading.Word(node, "join", ["all", "any", "{n_of: k}"], problems);
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

    private StepTimeouts TimeoutsOf(YamlNode node)
    {
        if (node is not YamlMap map)
        {
            problems.WrongType(node, "timeout", "a map with queue, attempt, heartbeat, total",
                "timeout: {attempt: 30s} limits one attempt");
            return new();
        }
        var fields = MapFields.Of(map, Dialect.Timeout, problems);
        return new()
        {
            QueueMs = Duration(fields, "queue"), AttemptMs = Duration(fields, "attempt"),
            HeartbeatMs = Duration(fields, "heartbeat"), TotalMs = Duration(fields, "total"),
        };
    }

    private long? Duration(MapFields fields, string key) =>
        fields[key] is { } node ? ScalarReading.Duration(node, $"timeout.{key}", problems) : null;
}
