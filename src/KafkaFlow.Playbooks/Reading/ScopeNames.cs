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

    /// <summary>What has a value when the workload's own templates are rendered, beside its keys.</summary>
    public static IReadOnlyList<string> AtStart { get; } = ["workload", "execution_id", "now"];

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();

    /// <param name="workflow">The node of workflow; what is wrong in it is left to its reader.</param>
    /// <param name="workload">The node of workload.</param>
    public static ExpressionScope Of(YamlNode? workflow, YamlMap? workload)
    {
        var names = new List<string>(BuiltIn);
        var known = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (var step in StepNames(workflow)) Add(step);
        Add(Dialect.EndStep);
        foreach (var key in Keys(workload)) Add(key);
        return new ExpressionScope(names);

        void Add(string name)
        {
            if (known.Add(name)) names.Add(name);
        }
    }

    /// <summary>Keys of the workload that expressions can name by themselves.</summary>
    public static IEnumerable<string> Keys(YamlMap? workload) =>
        workload is null ? [] : workload.Entries.Select(e => e.Key.Text).Where(key => Identifier().IsMatch(key));

    private static IEnumerable<string> StepNames(YamlNode? workflow) =>
        workflow is not YamlList list
            ? []
            : list.Items.OfType<YamlMap>().Select(step => step.Find("step")?.Value).OfType<YamlScalar>()
                .Select(name => name.Text).Where(StepReader.IsName);
}
