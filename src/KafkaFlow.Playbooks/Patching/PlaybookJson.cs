using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Patching;

/// <summary>
/// A playbook as JSON in which <c>workflow</c> is a map from the name of a step to the step, and back to a source.
/// </summary>
internal static class PlaybookJson
{
    private const string Workflow = "workflow";
    private const string Step = "step";

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 2 * PlaybookLimits.MaxDepth,
    };

    /// <param name="source">A source that compiles.</param>
    public static JsonObject Read(string source)
    {
        var root = (JsonObject)NodeOf(YamlReader.Read(source, new DiagnosticList(""))
            ?? throw new InvalidOperationException("a compiled playbook's source cannot be read"))!;
        var steps = (JsonArray)root[Workflow]!;
        var byName = new JsonObject();
        foreach (var step in steps.ToList())
        {
            var fields = (JsonObject)step!;
            var name = (string)fields[Step]!;
            fields.Remove(Step);
            steps.Remove(step);
            byName.Add(name, fields);
        }
        root[Workflow] = byName;
        return root;
    }

    /// <returns>The source; null, with a diagnostic, if the document is no longer one of steps by name.</returns>
    public static string? Write(JsonNode? document, DiagnosticList problems)
    {
        if (document is not JsonObject root)
            return Refuse(problems, "the patched playbook is no map", "a playbook as a map");
        if (root[Workflow] is not JsonObject byName)
            return Refuse(problems, "workflow of the patched playbook is no map", "a map from step names to steps");
        var steps = new JsonArray();
        foreach (var (name, step) in byName)
        {
            if (step is not JsonObject fields)
                return Refuse(problems, $"step '{name}' of the patched playbook is no map",
                    "a map with tool, next, ..");
            if (fields.ContainsKey(Step))
                return Refuse(problems, $"step '{name}' of the patched playbook has a key 'step'",
                    "the name as the key of the step alone");
            var named = new JsonObject { [Step] = name };
            foreach (var (key, value) in fields) named[key] = value?.DeepClone();
            steps.Add(named);
        }
        var playbook = new JsonObject();
        foreach (var (key, value) in root) playbook[key] = key == Workflow ? steps : value?.DeepClone();
        return TextOf(playbook);
    }

    private static string TextOf(JsonObject playbook)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Layout)) playbook.WriteTo(writer);
        // Line breaks of YAML that JSON takes for letters.
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length)
            .Replace("\u0085", "\\u0085", StringComparison.Ordinal)
            .Replace("\u2028", "\\u2028", StringComparison.Ordinal)
            .Replace("\u2029", "\\u2029", StringComparison.Ordinal);
    }

    private static string? Refuse(DiagnosticList problems, string message, string expected)
    {
        problems.Error(new(1, 1), DiagnosticCodes.PatchFailed, message, null, expected);
        return null;
    }

    private static JsonNode? NodeOf(YamlNode node)
    {
        switch (node)
        {
            case YamlMap map:
                var members = new JsonObject();
                foreach (var entry in map.Entries) members.Add(entry.Key.Text, NodeOf(entry.Value));
                return members;
            case YamlList list:
                return new JsonArray([.. list.Items.Select(NodeOf)]);
            case YamlScalar { IsText: true } text:
                return JsonValue.Create(text.Text);
            case YamlScalar scalar:
                return JsonNode.Parse(PlainValue.Of(scalar).ToJson());
            default:
                throw new InvalidOperationException($"node of unknown kind {node.GetType().Name}");
        }
    }
}
