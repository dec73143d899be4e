using System.Text.Json;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>JSON whose strings may be templates, as a tree to render.</summary>
internal static class WorkloadTemplates
{
    /// <returns>Null and the problem if a template does not compile.</returns>
    public static TemplateTree? Compile(JsonElement json, ExpressionScope scope, out ExpressionDiagnostic? problem)
    {
        problem = null;
        switch (json.ValueKind)
        {
            case JsonValueKind.String when IsTemplate(json.GetString()!):
                var template = ExpressionCache.OfProcess.TryTemplate(json.GetString()!, scope, out problem);
                return template is null ? null : new TemplateTree.Text(template);
            case JsonValueKind.Array:
                var items = new List<TemplateTree>();
                foreach (var item in json.EnumerateArray())
                {
                    if (Compile(item, scope, out problem) is not { } tree) return null;
                    items.Add(tree);
                }
                return new TemplateTree.ListNode(items);
            case JsonValueKind.Object:
                var entries = new List<KeyValuePair<string, TemplateTree>>();
                foreach (var member in json.EnumerateObject())
                {
                    if (Compile(member.Value, scope, out problem) is not { } tree) return null;
                    entries.Add(new(member.Name, tree));
                }
                return new TemplateTree.MapNode(entries);
            default:
                return new TemplateTree.Literal(Value.FromJson(json.GetRawText()));
        }
    }

    private static bool IsTemplate(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal)
        || text.Contains("{#", StringComparison.Ordinal);
}
