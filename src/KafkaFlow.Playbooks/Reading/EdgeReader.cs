using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads <c>next</c>: text, a map, or a list of both; <c>then</c> and <c>else</c> may be lists too.</summary>
internal sealed class EdgeReader(ExpressionReader expressions, DiagnosticList problems)
{
    public IReadOnlyList<EdgeDraft> Read(YamlNode next)
    {
        var edges = new List<EdgeDraft>();
        if (next is YamlScalar { IsNull: true }) return edges;
        Position? otherwise = null;
        if (IsTooLong(next)) return edges;
        foreach (var item in next is YamlList list ? list.Items : [next])
        {
            if (item is YamlScalar { IsText: true, Text.Length: > 0 } name)
                edges.Add(new() { Target = name.Text, TargetAt = name.At, At = name.At });
            else if (item is YamlMap map)
                ReadItem(map, edges, ref otherwise);
            else
                problems.WrongType(item, "an item of next", "the name of a step, or a map with step, when, then, else");
        }
        return edges;
    }

    private void ReadItem(YamlMap map, List<EdgeDraft> edges, ref Position? otherwise)
    {
        var fields = MapFields.Of(map, Dialect.Edge, problems);
        var mentions = new MentionSet();
        var when = fields["when"] is { } text ? expressions.Condition(text, mentions) : null;
        var template = new EdgeDraft
        {
            Target = "", TargetAt = map.At, At = map.At, When = when,
            OnError = fields["on_error"] is { } flag && ScalarReading.Flag(flag, "on_error", problems) == true,
            EachVisit =
                fields["each_visit"] is { } each && ScalarReading.Flag(each, "each_visit", problems) == true,
            IsElse = IsElse(fields), Mentions = mentions,
        };
        CheckElse(fields, template, ref otherwise);
        var targets = Targets(fields, out var conflict);
        if (conflict is { } second)
            problems.Error(second.Key.At, DiagnosticCodes.ConflictingKeys,
                $"'{second.Key.Text}' stands beside another target", second.Key.Text, "one of step, then, else: [..]",
                "remove one of them");
        if (targets is null)
            fields.Require("step", "name the step that comes next");
        else if (targets.Key.Text != "step" || ScalarReading.Text(targets.Value, "the target", problems) is not null)
            AddTargets(fields, targets.Value, template, edges);
    }

    private void AddTargets(MapFields fields, YamlNode targets, EdgeDraft template, List<EdgeDraft> edges)
    {
        if (IsTooLong(targets)) return;
        var args = Args(fields["args"], template.Mentions);
        var isList = targets is YamlList;
        var items = targets is YamlList list ? list.Items : [targets];
        if (items.Count == 0)
            problems.Error(targets.At, DiagnosticCodes.BadValue, "there is no target in the list", "[]",
                "names of steps");
        foreach (var item in items)
        {
            var edge = template with { At = isList ? item.At : template.At, Args = args, Mentions = template.Mentions };
            if (item is YamlMap map)
            {
                if (Target(map, edge) is { } read) edges.Add(read);
            }
            else if (ScalarReading.Text(item, "a target", problems) is { } name)
            {
                edges.Add(edge with { Target = name, TargetAt = item.At });
            }
        }
    }

    private bool IsTooLong(YamlNode targets)
    {
        if (targets is not YamlList { Items.Count: > PlaybookLimits.MaxTargets } list) return false;
        problems.Error(list.At, DiagnosticCodes.TooLarge, "the list has too many targets", $"{list.Items.Count}",
            $"at most {PlaybookLimits.MaxTargets}");
        return true;
    }

    private EdgeDraft? Target(YamlMap map, EdgeDraft template)
    {
        var fields = MapFields.Of(map, Dialect.ThenTarget, problems);
        var mentions = new MentionSet(template.Mentions);
        var own = Args(fields["args"], mentions);
        if (fields.Require("step", "name the step that comes next") is not { } step) return null;
        if (ScalarReading.Text(step, "a target", problems) is not { } name) return null;
        return template with
        {
            Target = name, TargetAt = step.At, Args = ToolMerge.Over(template.Args, own), Mentions = mentions,
        };
    }

    private TemplateTree.MapNode? Args(YamlNode? node, MentionSet mentions)
    {
        if (node is null or YamlScalar { IsNull: true }) return null;
        if (node is YamlMap map) return expressions.Args(map, mentions);
        problems.WrongType(node, "args of an edge", "a map of names to values");
        return null;
    }

    /// <summary><c>else: true</c> beside <c>step</c>, or <c>else</c> with the targets themselves.</summary>
    private bool IsElse(MapFields fields) => fields["else"] switch
    {
        null => false,
        YamlScalar { Type: ScalarType.False } => false,
        YamlScalar { Type: ScalarType.True } => true,
        YamlScalar { IsText: true, Text.Length: > 0 } or YamlMap or YamlList => true,
        { } node => Refuse(node),
    };

    private bool Refuse(YamlNode node)
    {
        problems.WrongType(node, "else", "true, or the steps that come next");
        return false;
    }

    private static YamlEntry? Targets(MapFields fields, out YamlEntry? conflict)
    {
        conflict = null;
        YamlEntry? found = null;
        foreach (var key in (string[])["step", "then", "else"])
        {
            if (fields.Entry(key) is not { } entry) continue;
            if (key == "else" && entry.Value is YamlScalar { IsText: false }) continue;
            if (found is null) found = entry;
            else conflict = entry;
        }
        return found;
    }

    private void CheckElse(MapFields fields, EdgeDraft edge, ref Position? otherwise)
    {
        if (!edge.IsElse) return;
        var at = fields.Entry("else")!.Key.At;
        foreach (var key in (string[])["when", "on_error"])
            if (fields.Entry(key) is { } entry)
                problems.Error(entry.Key.At, DiagnosticCodes.ConflictingKeys, $"'{key}' stands beside 'else'", key,
                    "else without a condition", $"else is taken when no condition holds; remove '{key}'");
        if (otherwise is { } first)
            problems.Error(at, DiagnosticCodes.SeveralElse, "a second else in one next", "else", "at most one else",
                $"the first one is in line {first.Line}; name several steps in it with else: [a, b]");
        otherwise ??= at;
    }
}
