using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>JSON values without formatting, as Jackson writes them: few escapes, doubles as Java prints them.</summary>
internal static class SchemaJson
{
    public static void Append(StringBuilder text, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(text, json);
                break;
            case JsonValueKind.Array:
                char before = '[';
                foreach (JsonElement item in json.EnumerateArray())
                {
                    text.Append(before);
                    Append(text, item);
                    before = ',';
                }

                text.Append(before == '[' ? "[]" : "]");
                break;
            case JsonValueKind.String:
                AppendString(text, json.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(json.GetRawText()));
                break;
            default:
                text.Append(json.GetRawText());
                break;
        }
    }

    public static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    // A name that stands there twice counts once, with its last value at its first place.
    private static void AppendObject(StringBuilder text, JsonElement json)
    {
        var properties = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in json.EnumerateObject())
            properties[property.Name] = property.Value;
        char before = '{';
        foreach ((string name, JsonElement value) in properties)
        {
            text.Append(before);
            AppendString(text, name);
            text.Append(':');
            Append(text, value);
            before = ',';
        }

        text.Append(before == '{' ? "{}" : "}");
    }

    private static string Number(string raw)
    {
        if (raw.AsSpan().IndexOfAny(".eE") < 0)
            return raw == "-0" ? "0" : raw;
        double number = double.Parse(raw, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
            return raw;
        string sign = double.IsNegative(number) ? "-" : "";
        if (number == 0)
            return sign + "0.0";
        (string digits, int exponent) = Shortest(Math.Abs(number));
        if (exponent is >= -3 and < 7)
            return sign + Plain(digits, exponent);
        return $"{sign}{digits[0]}.{(digits.Length > 1 ? digits[1..] : "0")}E{exponent}";
    }

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0)
            return $"0.{new string('0', -exponent - 1)}{digits}";
        string padded = digits.PadRight(exponent + 2, '0');
        return $"{padded[..(exponent + 1)]}.{padded[(exponent + 1)..]}";
    }

    /// <summary>The fewest digits that read back as the number, and the power of ten of the first.</summary>
    private static (string Digits, int Exponent) Shortest(double number)
    {
        string[] parts = number.ToString("R", CultureInfo.InvariantCulture).Split('E');
        int exponent = parts.Length == 1 ? 0 : int.Parse(parts[1], CultureInfo.InvariantCulture);
        string[] halves = parts[0].Split('.');
        string all = string.Concat(halves);
        string significant = all.TrimStart('0');
        int leading = all.Length - significant.Length;
        return (significant.TrimEnd('0'), exponent + halves[0].Length - 1 - leading);
    }
}
