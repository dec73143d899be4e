using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>
/// Compiles the templates and conditions of one playbook against its scope; problems get their place in the source.
/// </summary>
internal sealed class ExpressionReader(
    string source, ExpressionScope scope, int firstKey, int firstElement, DiagnosticList problems)
{
    private const string Open = "{{ ", Close = " }}";

    private readonly ScalarPositions _positions = new(source);

    private readonly List<int> _elements = [];

    public ExpressionScope Scope => scope;

    /// <summary>Elements may be named anywhere: what is read may become the task of an iterator.</summary>
    public bool MayBeInLoop { get; set; }

    /// <summary>What retry expressions see.</summary>
    public ExpressionScope RetryScope { get; } = ScopeNames.WithAnswer(scope);

    public bool IsStep(string name) =>
        scope.SlotOf(name) is >= 0 and var slot && slot < firstKey && !ScopeNames.BuiltIn.Contains(name);

    public bool IsWorkloadKey(string name) =>
        scope.SlotOf(name) is var slot && slot >= firstKey && slot < firstElement;

    /// <summary>From here on the items of an iterator have this name.</summary>
    public void Enter(string element) => _elements.Add(scope.SlotOf(element));

    public void Leave() => _elements.RemoveAt(_elements.Count - 1);

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
    public Condition? Condition(YamlNode node, MentionSet mentions) =>
        Condition(node, scope, isLenient: false, mentions);

    /// <summary>A condition on the answer of an attempt; what has no value yet is null in comparisons.</summary>
    public Condition? RetryCondition(YamlNode node, MentionSet mentions) =>
        Condition(node, RetryScope, isLenient: true, mentions);

    /// <summary>Text that is a template, or a bare expression.</summary>
    public TemplateTree? Calculation(YamlNode node, string what, MentionSet mentions)
    {
        if (ScalarReading.Text(node, what, problems) is not { } text) return null;
        var isTemplate = text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal);
        if (isTemplate) return Tree(node, mentions);
        var template = ExpressionCache.OfProcess.TryTemplate(Open + text.Trim() + Close, scope, out var problem);
        if (template is null)
        {
            var before = problem?.Line == 1 ? Open.Length : 0;
            Report((YamlScalar)node, problem is null ? null : problem with
            {
                Column = Math.Clamp(problem.Column - before, 1, text.Length + 1),
            }, "expression");
            return null;
        }
        Note(template.Slots, node.At, mentions);
        return new TemplateTree.Text(template);
    }

    private Condition? Condition(YamlNode node, ExpressionScope seen, bool isLenient, MentionSet mentions)
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
        var condition = ExpressionCache.OfProcess.TryCondition(text, seen, out var problem, isLenient);
        if (condition is null) Report((YamlScalar)node, problem, "condition");
        else Note(condition.Slots, node.At, mentions);
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
        Note(template.Slots, scalar.At, mentions);
        return new TemplateTree.Text(template);
    }

    /// <summary>A name that is nothing but an element's has a value in its loop only.</summary>
    private void Note(IReadOnlyList<int> slots, Position at, MentionSet mentions)
    {
        foreach (var slot in slots)
            if (slot >= firstElement && slot < scope.Names.Count && !MayBeInLoop && !_elements.Contains(slot))
                problems.Error(at, DiagnosticCodes.UnknownName,
                    $"'{scope.Names[slot]}' is an item of an iterator and unknown here", scope.Names[slot],
                    "a use within that iterator", "an item has its name in where, order_by and task of its iterator");
        mentions.Add(slots, at);
    }

    private void Report(YamlScalar scalar, ExpressionDiagnostic? problem, string what)
    {
        if (problem is null) throw new InvalidOperationException($"a {what} did not compile without saying why");
        var at = _positions.Locate(scalar, problem.Line, problem.Column);
        problems.Error(at, problem.Code, problem.Message, found: null, $"a valid {what}", problem.Hint);
    }
}
