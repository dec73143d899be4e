using System.Globalization;
using System.Text.RegularExpressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads what a step waits for: <c>wait</c> and <c>approval</c>, as tools and as keys of a step.</summary>
internal sealed partial class WaitReader(ExpressionReader expressions, DiagnosticList problems)
{
    private static readonly string[] Ends = ["duration", "until", "signal"];

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Rfc3339();

    /// <summary>The value of the key <c>wait</c>: a duration, or a map.</summary>
    public WaitRule? Wait(YamlNode node, MentionSet mentions)
    {
        if (node is YamlMap map) return Wait(MapFields.Of(map, Dialect.WaitRule, problems), mentions);
        return Duration(node, "wait", mentions) is { } duration ? new() { Duration = duration } : null;
    }

    public WaitRule? Wait(MapFields fields, MentionSet mentions)
    {
        var given = Ends.Where(key => fields[key] is not null).ToList();
        if (given.Count == 0)
        {
            fields.Require("duration", "say what ends it: duration: 30s, until: TIME, or signal: NAME");
            return null;
        }
        if (given.Count > 1)
            problems.Error(fields.Entry(given[1])!.Key.At, DiagnosticCodes.ConflictingKeys,
                $"'{given[0]}' and '{given[1]}' stand in one wait", given[1], "one of duration, until, signal",
                given[1] == "signal" ? "a signal that may stay away has a timeout" : "remove one of them");
        if (fields.Entry("timeout") is { } limit && fields["signal"] is null)
            problems.Error(limit.Key.At, DiagnosticCodes.ConflictingKeys, $"'timeout' stands beside '{given[0]}'",
                "timeout", "a timeout beside signal only", "a wait for a time ends by itself: remove 'timeout'");
        return new()
        {
            Duration = fields["duration"] is { } duration ? Duration(duration, "wait.duration", mentions) : null,
            Until = fields["until"] is { } until ? Until(until, mentions) : null,
            Signal = fields["signal"] is { } signal && ScalarReading.Text(signal, "wait.signal", problems) is not null
                ? expressions.Tree(signal, mentions) : null,
            TimeoutMs = TimeoutOf(fields, "wait"),
        };
    }

    /// <summary>The value of the key <c>approval</c>: true, or a map.</summary>
    public ApprovalRule? Approval(YamlNode node, MentionSet mentions)
    {
        if (node is YamlScalar { Type: ScalarType.True }) return new();
        if (node is YamlMap map) return Approval(MapFields.Of(map, Dialect.ApprovalRule, problems), mentions);
        problems.WrongType(node, "approval", "true, or a map with who, form, timeout",
            "approval: true lets everybody decide");
        return null;
    }

    public ApprovalRule Approval(MapFields fields, MentionSet mentions) => new()
    {
        Who = fields["who"] is { } who ? Who(who, mentions) : null,
        Form = fields["form"] is { } form ? expressions.Tree(form, mentions) : null,
        TimeoutMs = TimeoutOf(fields, "approval"),
    };

    private TemplateTree? Who(YamlNode node, MentionSet mentions)
    {
        switch (node)
        {
            case YamlList list:
                foreach (var item in list.Items)
                    if (ScalarReading.Text(item, "an item of who", problems) is null) return null;
                return expressions.Tree(list, mentions);
            case YamlScalar { IsText: true, Text.Length: > 0 }:
                // One name is a list of one; a template may give the list itself.
                var tree = expressions.Tree(node, mentions);
                return tree is TemplateTree.Literal ? new TemplateTree.ListNode([tree]) : tree;
            default:
                problems.WrongType(node, "who", "a name or a list of names", "who: [ann, bob]");
                return null;
        }
    }

    private long? TimeoutOf(MapFields fields, string place) =>
        fields["timeout"] is { } node ? ScalarReading.Duration(node, $"{place}.timeout", problems) : null;

    /// <summary>A template, or a duration that is right as it stands.</summary>
    private TemplateTree? Duration(YamlNode node, string what, MentionSet mentions)
    {
        if (node is YamlScalar { IsText: true } && expressions.Tree(node, mentions) is TemplateTree.Text template)
            return template;
        return ScalarReading.Duration(node, what, problems) is null ? null : expressions.Tree(node, mentions);
    }

    private TemplateTree? Until(YamlNode node, MentionSet mentions)
    {
        if (ScalarReading.Text(node, "wait.until", problems) is not { } text) return null;
        var tree = expressions.Tree(node, mentions);
        if (tree is TemplateTree.Text || Rfc3339().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) return tree;
        problems.Error(node.At, DiagnosticCodes.BadValue, "wait.until is no time", text,
            "an RFC 3339 time like 2030-01-31T08:00:00Z", "give a date, a time of day and a zone");
        return null;
    }
}
