using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Avro.Parsing;
using KafkaFlow.Testing;

namespace KafkaFlow.Avro.Tests;

/// <summary>Data made by other people's libraries; tests/outside/avro/README.md says how.</summary>
internal static class VectorFile
{
    public static IReadOnlyList<JsonNode> Lines(string name)
    {
        string path = Path.Combine(TestEnvironment.RepositoryRoot, "tests", "KafkaFlow.Avro.Tests", "vectors", name);
        return [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!)];
    }

    public static string Text(this JsonNode node, string name) => node[name]!.GetValue<string>();

    public static IEnumerable<JsonNode> Data(this JsonNode node) => node["data"]!.AsArray().Select(item => item!);

    /// <summary>A datum in Avro's JSON encoding.</summary>
    public static AvroValue Datum(AvroSchema schema, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 10_000 });
        var reader = new JsonDatumReader(UnionForm.Tagged, field => field.HasDefault ? field.Default : null);
        return reader.TryRead(document.RootElement, schema, out AvroValue value)
            ? value
            : throw new InvalidOperationException($"{json} is no {schema}: {reader.Problem}");
    }
}
