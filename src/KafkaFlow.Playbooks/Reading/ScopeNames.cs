using System.Text.RegularExpressions;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>The names that expressions of a playbook may use; the same everywhere in it.</summary>
internal static partial class ScopeNames
{
    public static IReadOnlyList<string> BuiltIn { get; } =
    [
        "workload", "ctx", "output", "result", "this", "item", "index", "execution_id", "attempt", "error",
        "event", "vars", "now",
    ];

    public const string DefaultElement = "item";

    private static readonly string[] AnswerNames = ["data", "status_code", "success"];

    /// <summary>What has a value when the workload's own templates are rendered, beside its keys.</summary>
    public static IReadOnlyList<string> AtStart { get; } = ["workload", "execution_id", "now"];

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();

    /// <param name="workflow">The node of workflow; what is wrong in it is left to its reader.</param>
    /// <param name="workload">The node of workload.</param>
    /// <returns>The scope, its first slot that no step gives a value, and the first that only iterators do.</returns>
    public static (ExpressionScope Scope, int FirstKey, int FirstElement) Of(YamlNode? workflow, YamlMap? workload)
    {
        var names = new List<string>(BuiltIn);
        var known = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (var step in StepNames(workflow)) Add(step);
        Add(Dialect.EndStep);
        var firstKey = names.Count;
        foreach (var key in Keys(workload)) Add(key);
        var firstElement = names.Count;
        foreach (var element in Elements(workflow)) Add(element);
        return (new ExpressionScope(names), firstKey, firstElement);

        void Add(string name)
        {
            if (known.Add(name)) names.Add(name);
        }
    }

    /// <summary>Keys of the workload that expressions can name by themselves.</summary>
    public static IEnumerable<string> Keys(YamlMap? workload) =>
        workload is null ? [] : workload.Entries.Select(e => e.Key.Text).Where(key => Identifier().IsMatch(key));

    /// <summary>What retry expressions see besides.</summary>
    public static ExpressionScope WithAnswer(ExpressionScope scope) =>
        new([.. scope.Names, .. AnswerNames.Where(name => scope.SlotOf(name) < 0)]);

    /// <summary>Names that iterators give to their items, nested ones included.</summary>
    public static IReadOnlyList<string> Elements(YamlNode? workflow)
    {
        var names = new List<string>();
        if (workflow is not YamlList list) return names;
        foreach (var step in list.Items.OfType<YamlMap>())
            for (var map = step; map is not null; map = map.Find("task")?.Value as YamlMap)
            {
                if ((map.Find("tool")?.Value as YamlScalar)?.Text != Dialect.Iterator) continue;
                var name = map.Find("element") is { } given ? (given.Value as YamlScalar)?.Text : DefaultElement;
                if (name is not null && Identifier().IsMatch(name) && !names.Contains(name)) names.Add(name);
            }
        return names;
    }

    public static bool IsIdentifier(string name) => Identifier().IsMatch(name);

    private static IEnumerable<string> StepNames(YamlNode? workflow) =>
        workflow is not YamlList list
            ? []
            : list.Items.OfType<YamlMap>().Select(step => step.Find("step")?.Value).OfType<YamlScalar>()
                .Select(name => name.Text).Where(StepReader.IsName);
}
