using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>
/// Compiles the templates and conditions of one playbook against its scope; problems get their place in the source.
/// </summary>
internal sealed class ExpressionReader(string source, ExpressionScope scope, DiagnosticList problems)
{
    private readonly ScalarPositions _positions = new(source);

    public ExpressionScope Scope => scope;

    /// <summary>A node whose texts are templates.</summary>
    public TemplateTree Tree(YamlNode node, MentionSet mentions)
    {
        switch (node)
        {
            case YamlMap map:
                return Map(map, mentions);
            case YamlList list:
                return new TemplateTree.ListNode([.. list.Items.Select(item => Tree(item, mentions))]);
            case YamlScalar { IsText: true } text:
                return Text(text, mentions);
            case YamlScalar scalar:
                PlainValue.Check(scalar, problems);
                return new TemplateTree.Literal(PlainValue.Of(scalar));
            default:
                throw new InvalidOperationException($"node of unknown kind {node.GetType().Name}");
        }
    }

    public TemplateTree.MapNode Map(YamlMap map, MentionSet mentions) =>
        new([.. map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Tree(e.Value, mentions)))]);

    /// <summary>A map of <c>args</c>: of a limited size, because actions and edges multiply it.</summary>
    public TemplateTree.MapNode Args(YamlMap map, MentionSet mentions)
    {
        if (map.Entries.Count <= PlaybookLimits.MaxArgs) return Map(map, mentions);
        problems.Error(map.At, DiagnosticCodes.TooLarge, "args has too many entries", $"{map.Entries.Count}",
            $"at most {PlaybookLimits.MaxArgs}", "put them into one map under a key of its own");
        return new([]);
    }

    /// <summary>Text that is taken as it stands.</summary>
    public static TemplateTree Verbatim(string text) => new TemplateTree.Literal(Value.String(text));

    /// <returns>The compiled condition, or null with a diagnostic.</returns>
    public Condition? Condition(YamlNode node, MentionSet mentions)
    {
        var text = node switch
        {
            YamlScalar { Type: ScalarType.True } => "true",
            YamlScalar { Type: ScalarType.False } => "false",
            YamlScalar { IsText: true } scalar => scalar.Text,
            _ => null,
        };
        if (text is null)
        {
            problems.WrongType(node, "a condition", "text or a boolean", "quote it: when: \"{{ .. }}\"");
            return null;
        }
        var condition = ExpressionCache.OfProcess.TryCondition(text, scope, out var problem);
        if (condition is null) Report((YamlScalar)node, problem, "condition");
        else mentions.Add(condition.Slots, node.At);
        return condition;
    }

    private TemplateTree Text(YamlScalar scalar, MentionSet mentions)
    {
        PlainValue.Check(scalar, problems);
        if (problems.IsFull) return Verbatim(scalar.Text);
        var template = ExpressionCache.OfProcess.TryTemplate(scalar.Text, scope, out var problem);
        if (template is null)
        {
            Report(scalar, problem, "template");
            return Verbatim(scalar.Text);
        }
        if (template.IsLiteral) return Verbatim(scalar.Text);
        mentions.Add(template.Slots, scalar.At);
        return new TemplateTree.Text(template);
    }

    private void Report(YamlScalar scalar, ExpressionDiagnostic? problem, string what)
    {
        if (problem is null) throw new InvalidOperationException($"a {what} did not compile without saying why");
        var at = _positions.Locate(scalar, problem.Line, problem.Column);
        problems.Error(at, problem.Code, problem.Message, found: null, $"a valid {what}", problem.Hint);
    }
}
