using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KafkaFlow.Workers.Postgres;

/// <summary>
/// Values of Postgres, as the server prints them, to JSON: numbers (exact), true and false, json and jsonb as they are,
/// times with zone in RFC 3339 and UTC, times without zone in ISO 8601, arrays as lists, everything else as text.
/// </summary>
internal static class PostgresValues
{
    public static void Write(Utf8JsonWriter writer, string text, string typeName)
    {
        if (typeName.EndsWith("[]", StringComparison.Ordinal))
        {
            var at = text.IndexOf('{', StringComparison.Ordinal); // bounds such as [0:2]= may stand before
            if (at < 0) writer.WriteStringValue(text);
            else WriteArray(writer, text, ref at, typeName[..^2]);
            return;
        }
        var facets = typeName.IndexOf('(', StringComparison.Ordinal);
        switch (facets < 0 ? typeName : Without(typeName, facets))
        {
            case "smallint" or "integer" or "bigint" or "numeric" or "real" or "double precision" or "oid":
                WriteNumber(writer, text);
                break;
            case "boolean":
                writer.WriteBooleanValue(text is "t" or "true");
                break;
            case "json" or "jsonb":
                writer.WriteRawValue(text, skipInputValidation: true);
                break;
            case "timestamp with time zone":
                WriteInstant(writer, text);
                break;
            case "timestamp without time zone":
                writer.WriteStringValue(IsDate(text) ? text.Replace(' ', 'T') : text);
                break;
            default:
                writer.WriteStringValue(text);
                break;
        }
    }

    private static string Without(string typeName, int facets)
    {
        var end = typeName.IndexOf(')', facets);
        return end < 0 ? typeName[..facets] : typeName.Remove(facets, end - facets + 1);
    }

    private static void WriteNumber(Utf8JsonWriter writer, string text)
    {
        if (char.IsAsciiDigit(text[^1]) && text[0] != 'I') writer.WriteRawValue(text);
        else writer.WriteStringValue(text); // NaN, Infinity
    }

    private static void WriteInstant(Utf8JsonWriter writer, string text)
    {
        const DateTimeStyles toUtc = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal;
        if (IsDate(text) && DateTime.TryParse(text, CultureInfo.InvariantCulture, toUtc, out var at))
            writer.WriteStringValue(at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        else writer.WriteStringValue(text); // infinity, before Christ
    }

    private static bool IsDate(string text) =>
        char.IsAsciiDigit(text[0]) && !text.EndsWith("BC", StringComparison.Ordinal);

    /// <summary>From <c>{</c> to behind its <c>}</c>.</summary>
    private static void WriteArray(Utf8JsonWriter writer, string text, ref int at, string elementType)
    {
        writer.WriteStartArray();
        at++;
        while (at < text.Length && text[at] != '}')
        {
            if (text[at] == ',') at++;
            else if (text[at] == '{') WriteArray(writer, text, ref at, elementType);
            else WriteElement(writer, text, ref at, elementType);
        }
        at++;
        writer.WriteEndArray();
    }

    private static void WriteElement(Utf8JsonWriter writer, string text, ref int at, string elementType)
    {
        var quoted = text[at] == '"';
        if (quoted) at++;
        var value = new StringBuilder();
        while (at < text.Length && (quoted ? text[at] != '"' : text[at] is not (',' or '}')))
        {
            if (text[at] == '\\') at++;
            value.Append(text[at++]);
        }
        if (quoted) at++;
        if (!quoted && value.Equals("NULL")) writer.WriteNullValue();
        else Write(writer, value.ToString(), elementType);
    }
}
