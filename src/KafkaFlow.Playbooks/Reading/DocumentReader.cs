using System.Text.RegularExpressions;
using KafkaFlow.Playbooks.Graph;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads the whole document of kind Playbook into a graph.</summary>
internal sealed partial class DocumentReader(string text, string contentHash, DiagnosticList problems)
{
    public static string PathForm { get; } =
        $"1 to {PlaybookLimits.MaxPathLength} of letters, digits, _ - . and /, not beginning with - . or /";

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_./-]*\z")]
    private static partial Regex CatalogPath();

    public static bool IsPath(string text) =>
        text.Length <= PlaybookLimits.MaxPathLength && CatalogPath().IsMatch(text);

    /// <returns>The graph; of use only if no error was reported.</returns>
    public PlaybookGraph? Read(YamlNode root)
    {
        if (MapFields.Of(root, Dialect.Document, problems, "a playbook") is not { } fields) return null;
        if (fields.Require("apiVersion", $"apiVersion: {Dialect.ApiVersion}") is { } version)
            ScalarReading.Word(version, "apiVersion", [Dialect.ApiVersion], problems);
        if (fields.Require("kind", $"kind: {Dialect.Kind}") is { } kind)
            ScalarReading.Word(kind, "kind", [Dialect.Kind], problems);
        var (path, name) = Metadata(fields);
        var workload = Workload(fields["workload"]);
        var (scope, firstKey, firstElement) = ScopeNames.Of(fields["workflow"], workload);
        var expressions = new ExpressionReader(text, scope, firstKey, firstElement, problems);
        var workloadJson = new WorkloadReader(expressions, problems).Read(workload);
        var actions = new WorkbookReader(expressions, problems).Read(fields["workbook"]);
        var onFailure = OnFailureOf(fields["on_failure"]);
        var deadline = fields["deadline"] is { } limit ? ScalarReading.Duration(limit, "deadline", problems) : null;
        if (fields.Require("workflow", "workflow: and then - step: start") is not { } workflow) return null;
        if (Steps(workflow, new StepReader(expressions, actions, problems)) is not { } builder) return null;
        WarnOfShadowedKeys(workload, workflow);
        var built = builder.Build(expressions.Scope.Names);
        return new()
        {
            Path = path, Name = name, ContentHash = contentHash, Steps = built.Steps, Edges = built.Edges,
            Entry = built.Entry, Loops = built.Loops, Source = text, RetryScope = expressions.RetryScope,
            Elements = ScopeNames.Elements(workflow), WorkloadJson = workloadJson, Scope = expressions.Scope,
            OnFailure = onFailure, DeadlineMs = deadline,
        };
    }

    /// <summary><c>metadata</c> has <c>path</c> or <c>name</c>, and anything else for people.</summary>
    private (string Path, string Name) Metadata(MapFields fields)
    {
        if (fields.Require("metadata", "metadata: {name: .., path: ..}") is not { } node) return ("", "");
        if (node is not YamlMap map)
        {
            problems.WrongType(node, "metadata", "a map with name and path");
            return ("", "");
        }
        var name = map.Find("name") is { } named ? ScalarReading.Text(named.Value, "metadata.name", problems) : null;
        var entry = map.Find("path") ?? map.Find("name");
        if (entry is null)
        {
            problems.Error(map.At, DiagnosticCodes.MissingKey, "metadata has no 'path'", null, "path",
                "path: folder/name");
            return ("", "");
        }
        var path = entry.Key.Text == "name" ? name : ScalarReading.Text(entry.Value, "metadata.path", problems);
        if (path is null) return ("", "");
        if (!IsPath(path))
            problems.Error(entry.Value.At, DiagnosticCodes.BadName, $"metadata.{entry.Key.Text} is no path", path,
                PathForm, entry.Key.Text == "name" ? "add metadata.path" : null);
        return (path, name ?? path);
    }

    private YamlMap? Workload(YamlNode? node)
    {
        if (node is null or YamlMap or YamlScalar { IsNull: true }) return node as YamlMap;
        problems.WrongType(node, "workload", "a map of names to default values");
        return null;
    }

    private OnFailure OnFailureOf(YamlNode? node)
    {
        if (node is null) return OnFailure.FailFast;
        var word = ScalarReading.Word(node, "on_failure", ["fail_fast", "drain"], problems);
        return word == "drain" ? OnFailure.Drain : OnFailure.FailFast;
    }

    private GraphBuilder? Steps(YamlNode workflow, StepReader reader)
    {
        if (workflow is not YamlList list)
        {
            problems.WrongType(workflow, "workflow", "a list of steps", "begin each step with - step: NAME");
            return null;
        }
        if (list.Items.Count is 0 or > PlaybookLimits.MaxSteps)
        {
            problems.Error(list.At, DiagnosticCodes.BadValue, "workflow has no usable number of steps",
                $"{list.Items.Count}", $"1 to {PlaybookLimits.MaxSteps} steps");
            return null;
        }
        var builder = new GraphBuilder(problems);
        foreach (var item in list.Items)
        {
            if (reader.Read(item) is { } step) builder.Add(step);
            else if ((item as YamlMap)?.Find("step")?.Value is YamlScalar name) builder.Refuse(name.Text);
        }
        return builder;
    }

    /// <summary>A step's name wins over a workload key's; the key is still there as <c>workload.NAME</c>.</summary>
    private void WarnOfShadowedKeys(YamlMap? workload, YamlNode workflow)
    {
        if (workload is null) return;
        var steps = ((YamlList)workflow).Items.OfType<YamlMap>()
            .Select(step => (step.Find("step")?.Value as YamlScalar)?.Text).ToHashSet();
        foreach (var key in workload.Entries.Select(e => e.Key))
        {
            var owner = ScopeNames.BuiltIn.Contains(key.Text) ? "the engine's own name"
                : steps.Contains(key.Text) ? "the step of that name" : null;
            if (owner is not null)
                problems.Warn(key.At, DiagnosticCodes.ShadowedName,
                    $"in expressions '{key.Text}' is not this key but {owner}", key.Text, "another name",
                    $"write workload.{key.Text}");
        }
    }
}
