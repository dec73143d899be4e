using System.Text.Json;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Schemas;

/// <summary>A schema as a request brings it, not yet looked at.</summary>
internal sealed record SubmittedSchema(string Text, IReadOnlyList<Reference> References)
{
    private const int MaxReferences = 1_000;

    /// <returns>False with a refusal if the body is not of a request that brings a schema.</returns>
    public static bool TryRead(JsonElement? body, out SubmittedSchema schema, out Answer? refusal)
    {
        schema = new("", []);
        refusal = null;
        if (body is not { ValueKind: JsonValueKind.Object } json || TextOf(json, "schema") is not { Length: > 0 } text)
            refusal = Answer.InvalidSchema("Empty schema");
        else if ((TextOf(json, "schemaType") ?? "AVRO") is var type && type != "AVRO")
            refusal = Answer.InvalidSchema($"Schema type {type} is not supported: expected AVRO");
        else if (json.TryGetProperty("id", out var id) && id.TryGetInt32Safe(out var given) && given >= 0)
            refusal = Answer.Refuse(422, 42205, "A fixed id is not supported: ids are given by the registry");
        else if (TryReferences(json, out var references, out refusal))
            schema = new(text, references);
        return refusal is null;
    }

    private static bool TryReferences(JsonElement json, out IReadOnlyList<Reference> references, out Answer? refusal)
    {
        refusal = null;
        references = [];
        if (!json.TryGetProperty("references", out var list) || list.ValueKind == JsonValueKind.Null) return true;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxReferences)
        {
            refusal = Answer.InvalidSchema($"Invalid schema: references: expected a list of at most {MaxReferences}");
            return false;
        }
        var found = new List<Reference>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || TextOf(item, "name") is not { } name
                || TextOf(item, "subject") is not { } subject || !item.TryGetProperty("version", out var version)
                || !version.TryGetInt32Safe(out var number))
            {
                refusal = Answer.InvalidSchema(
                    $"Invalid schema: references[{found.Count}]: expected name, subject and version");
                return false;
            }
            found.Add(new(name, subject, number));
        }
        references = found;
        return true;
    }

    private static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

internal static class JsonNumbers
{
    /// <summary>False, not an exception, for what is no number.</summary>
    public static bool TryGetInt32Safe(this JsonElement json, out int number)
    {
        number = 0;
        return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out number);
    }
}
