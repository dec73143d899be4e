using System.Collections.ObjectModel;
using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>Reads the attributes of one JSON object of a schema.</summary>
internal static class Attributes
{
    // Names from outside appear in messages cut to this many characters.
    private const int MaxShown = 80;

    public static string? Doc(JsonElement json) =>
        json.TryGetProperty("doc", out JsonElement doc) && doc.ValueKind == JsonValueKind.String
            ? doc.GetString()
            : null;

    /// <summary>All but type, doc and the attributes that this kind of schema defines.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Extra(JsonElement json, params ReadOnlySpan<string> known)
    {
        Dictionary<string, JsonElement>? extra = null;
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (property.Name is not ("type" or "doc") && !known.Contains(property.Name))
                (extra ??= new(StringComparer.Ordinal))[property.Name] = property.Value;
        }

        return extra is null ? ReadOnlyDictionary<string, JsonElement>.Empty : extra.AsReadOnly();
    }

    public static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text " + Show(json.GetString()!),
        JsonValueKind.Number => "number " + Cut(json.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    public static string Show(string text) => $"\"{Cut(text)}\"";

    private static string Cut(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "...";
}
