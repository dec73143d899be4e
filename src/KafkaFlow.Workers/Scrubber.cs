using System.Text.Json;

namespace KafkaFlow.Workers;

/// <summary>
/// Replaces secrets in text. Long ones wherever they stand; short ones, which also occur in ordinary words, only in
/// messages and only as whole words, so that results keep their meaning. Immutable.
/// </summary>
internal sealed class Scrubber
{
    public const string Replacement = "***";
    private const int MinLengthInResults = 6;
    private readonly string[] _secrets;

    public Scrubber(IEnumerable<string> secrets) =>
        _secrets = [.. secrets.Where(s => s.Length > 0).Distinct().OrderByDescending(s => s.Length)];

    /// <summary>For results: the JSON text of data.</summary>
    public string Result(string json)
    {
        var suspects = _secrets.Where(secret => secret.Length >= MinLengthInResults
            && (json.Contains(secret, StringComparison.Ordinal)
                || json.Contains(Escaped(secret), StringComparison.Ordinal))).ToList();
        if (suspects.Count == 0) return json;
        using var document = JsonDocument.Parse(json, Json.Reading);
        return Json.Text(writer => Copy(document.RootElement, writer, suspects));
    }

    /// <summary>For error messages, details and logs.</summary>
    public string Message(string text)
    {
        foreach (var secret in _secrets)
            text = secret.Length >= MinLengthInResults
                ? text.Replace(secret, Replacement, StringComparison.Ordinal)
                : ReplaceWords(text, secret);
        return text;
    }

    private static void Copy(JsonElement value, Utf8JsonWriter writer, List<string> secrets)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(Without(property.Name, secrets));
                    Copy(property.Value, writer, secrets);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Copy(item, writer, secrets);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Without(value.GetString()!, secrets));
                break;
            case JsonValueKind.Number when secrets.Contains(value.GetRawText()):
                writer.WriteStringValue(Replacement);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static string Without(string text, List<string> secrets)
    {
        foreach (var secret in secrets) text = text.Replace(secret, Replacement, StringComparison.Ordinal);
        return text;
    }

    private static string Escaped(string secret) => Json.Text(writer => writer.WriteStringValue(secret))[1..^1];

    private static string ReplaceWords(string text, string word)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0;)
        {
            var end = at + word.Length;
            var isWhole = (at == 0 || !IsWord(text[at - 1])) && (end == text.Length || !IsWord(text[end]));
            if (isWhole) text = string.Concat(text.AsSpan(0, at), Replacement, text.AsSpan(end));
            at = text.IndexOf(word, isWhole ? at + Replacement.Length : at + 1, StringComparison.Ordinal);
        }
        return text;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
