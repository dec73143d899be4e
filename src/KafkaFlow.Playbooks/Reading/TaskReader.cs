using KafkaFlow.Playbooks.Graph;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>
/// Reads what a step does: its tool, which may come from the workbook or be a loop over a task of its own, and what
/// belongs to each of these: <c>retry</c>, <c>timeout</c>, <c>save</c>.
/// </summary>
internal sealed class TaskReader
{
    private const int ActionsShown = 10;

    private readonly IReadOnlyDictionary<string, ToolDraft?> _actions;
    private readonly DiagnosticList _problems;
    private readonly ItemsReader _items;
    private readonly RetryReader _retries;
    private readonly SaveReader _saves;

    public TaskReader(
        ExpressionReader expressions, IReadOnlyDictionary<string, ToolDraft?> actions, DiagnosticList problems)
    {
        (_actions, _problems) = (actions, problems);
        Tools = new(expressions, problems);
        _items = new(expressions, this, problems);
        _retries = new(expressions, problems);
        _saves = new(expressions, problems);
    }

    public ToolReader Tools { get; }

    public ToolDraft Tool(MapFields fields, ToolKind? kind, int depth = 0)
    {
        if (kind?.Name == Dialect.Workbook) return FromWorkbook(fields);
        var draft = Tools.Read(fields, kind);
        return kind?.Kind == StepKind.Items ? _items.Read(fields, draft, draft.Mentions, depth) : draft;
    }

    /// <summary>The task of an iterator.</summary>
    /// <returns>Its step and what it runs, or null with a diagnostic.</returns>
    public (StepNode Step, ToolDraft Tool)? Read(YamlNode node, MentionSet mentions, int depth)
    {
        if (node is not YamlMap map)
        {
            _problems.WrongType(node, "task", "a map with tool and its fields", "task: {tool: python, code: ..}");
            return null;
        }
        if (depth > PlaybookLimits.MaxNestedIterators)
        {
            _problems.Error(map.At, DiagnosticCodes.TooLarge, "iterators are nested too deeply", $"{depth}",
                $"at most {PlaybookLimits.MaxNestedIterators} within one another");
            return null;
        }
        var kind = Tools.KindOf(map, "task");
        var fields = MapFields.Of(map, Dialect.TaskKeysFor(kind), _problems);
        if (kind is null) return null;
        if (kind is { State: ToolState.PassesThrough } or { Kind: StepKind.Wait or StepKind.Approval })
        {
            _problems.Error(fields["tool"]?.At ?? map.At, DiagnosticCodes.BadValue, $"a task cannot be {kind.Name}",
                kind.Name, "what a worker does, transform, playbook or iterator",
                "put it into a playbook and start that with tool: playbook");
            return null;
        }
        var step = Complete(fields, kind, mentions,
            new() { Name = "", At = map.At, NameAt = map.At, Tool = Tool(fields, kind, depth) });
        if (fields["save"] is { } save) step = step with { Save = _saves.Read(save, mentions) };
        mentions.Add(step.Tool.Mentions);
        if (step.Tool.ActionMentions is { } ofAction) mentions.Add(ofAction);
        return (GraphBuilder.Node(index: 0, step, [], []), step.Tool);
    }

    /// <summary>Adds what is said of attempts and iterations.</summary>
    public StepDraft Complete(MapFields fields, ToolKind? kind, MentionSet mentions, StepDraft step) => step with
    {
        Retry = kind is { IsWork: true } && fields["retry"] is { } retry ? _retries.Read(retry, mentions) : null,
        While = kind is { IsWork: true } && fields["while"] is { } loop ? _retries.While(loop, mentions) : null,
        Timeouts = fields["timeout"] is { } limit && kind?.Kind is not (StepKind.Wait or StepKind.Approval)
            ? TimeoutsOf(limit, kind?.Kind is StepKind.Items or StepKind.Child) : new(),
    };

    /// <summary>The action's tool with the step's <c>args</c> over its own.</summary>
    private ToolDraft FromWorkbook(MapFields fields)
    {
        var mentions = new MentionSet();
        var own = Tools.ReadArgs(fields, mentions);
        if (fields.Require("name", "name: ACTION names an entry of workbook") is not { } node) return new();
        if (ScalarReading.Text(node, "the name of an action", _problems) is not { } name) return new();
        if (!_actions.TryGetValue(name, out var action))
        {
            if (_problems.IsFull) return new();
            _problems.Error(node.At, DiagnosticCodes.UnknownAction, $"the workbook has no action '{name}'", name,
                _actions.Count == 0
                    ? "a workbook with that action" : $"one of {string.Join(", ", _actions.Keys.Take(ActionsShown))}",
                NearestName.Hint(name, _actions.Keys));
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

    private StepTimeouts TimeoutsOf(YamlNode node, bool onlyTotal)
    {
        var keys = onlyTotal ? Dialect.TotalTimeout : Dialect.Timeout;
        if (node is not YamlMap map)
        {
            _problems.WrongType(node, "timeout", $"a map with {string.Join(", ", keys.Known)}",
                onlyTotal ? "timeout: {total: 1h}" : "timeout: {attempt: 30s} limits one attempt");
            return new();
        }
        var fields = MapFields.Of(map, keys, _problems);
        return new()
        {
            QueueMs = Duration(fields, "queue"), AttemptMs = Duration(fields, "attempt"),
            HeartbeatMs = Duration(fields, "heartbeat"), TotalMs = Duration(fields, "total"),
        };
    }

    private long? Duration(MapFields fields, string key) =>
        fields[key] is { } node ? ScalarReading.Duration(node, $"timeout.{key}", _problems) : null;
}
