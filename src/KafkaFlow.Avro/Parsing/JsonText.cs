using System.Text.Json;
using System.Text.Unicode;

namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// Loads JSON from outside so that nothing in the loaded document can throw later: System.Text.Json reports a lone
/// surrogate escape only when the string is read.
/// </summary>
internal static class JsonText
{
    public static bool TryLoad(ReadOnlySpan<byte> utf8, out JsonElement root, out string? problem)
    {
        root = default;
        if (utf8.Length > AvroLimits.MaxSchemaBytes)
            return Refuse($"text of {utf8.Length} bytes, at most {AvroLimits.MaxSchemaBytes} allowed", out problem);
        if (!Utf8.IsValid(utf8))
            return Refuse("text is not valid UTF-8", out problem);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = AvroLimits.MaxJsonDepth });
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    _ = reader.GetString();
            }

            reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = AvroLimits.MaxJsonDepth });
            root = JsonElement.ParseValue(ref reader);
            problem = null;
            return true;
        }
        catch (JsonException e)
        {
            return Refuse($"text is not valid JSON: {e.Message}", out problem);
        }
        catch (InvalidOperationException e)
        {
            return Refuse($"text holds a string that is not valid Unicode: {e.Message}", out problem);
        }
    }

    private static bool Refuse(string text, out string? problem)
    {
        problem = text;
        return false;
    }
}
