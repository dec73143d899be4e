using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads <c>workload</c>: default values as JSON, whose texts may be templates.</summary>
internal sealed class WorkloadReader(ExpressionReader expressions, DiagnosticList problems)
{
    /// <returns>JSON text of an object.</returns>
    public string Read(YamlMap? workload)
    {
        if (workload is null) return "{}";
        CheckTemplates(workload);
        return ValueOf(workload).ToJson();
    }

    private void CheckTemplates(YamlMap workload)
    {
        var mentions = new MentionSet();
        expressions.Map(workload, mentions);
        var known = ScopeNames.AtStart.Concat(ScopeNames.Keys(workload)).ToHashSet(StringComparer.Ordinal);
        foreach (var mention in mentions.Items)
        {
            var name = expressions.Scope.Names[mention.Slot];
            if (known.Contains(name)) continue;
            problems.Error(mention.At, DiagnosticCodes.BadValue,
                $"'{name}' has no value yet when the workload is rendered", name,
                "workload, its keys, execution_id, now()", NearestName.Hint(name, known));
        }
    }

    private static Value ValueOf(YamlNode node) => node switch
    {
        YamlMap map => Value.Map([.. map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, ValueOf(e.Value)))]),
        YamlList list => Value.List([.. list.Items.Select(ValueOf)]),
        YamlScalar { Type: ScalarType.OutOfRange } => Value.Null,
        YamlScalar scalar => PlainValue.Of(scalar),
        _ => throw new InvalidOperationException($"node of unknown kind {node.GetType().Name}"),
    };
}
