using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// JSON of the types without parts. Bytes and fixed are text whose code points 0 to 255 are the bytes.
/// </summary>
internal static class JsonScalars
{
    public static bool TryRead(JsonElement json, AvroSchema schema, out AvroValue value)
    {
        value = default;
        switch (schema.Type)
        {
            case AvroType.Null:
                return json.ValueKind == JsonValueKind.Null;
            case AvroType.Boolean:
                value = AvroValue.Of(json.ValueKind == JsonValueKind.True);
                return json.ValueKind is JsonValueKind.True or JsonValueKind.False;
            case AvroType.Int or AvroType.Long or AvroType.Float or AvroType.Double:
                return TryNumber(json, schema.Type, out value);
            default:
                return json.ValueKind == JsonValueKind.String && TryText(json.GetString()!, schema, out value);
        }
    }

    public static string Expected(AvroSchema schema) => schema switch
    {
        FixedSchema @fixed => $"text of {@fixed.Size} characters up to U+00FF for fixed {@fixed}",
        EnumSchema @enum => $"a symbol of enum {@enum}",
        { Type: AvroType.Bytes } => "text of characters up to U+00FF",
        _ => AvroSchema.TypeName(schema.Type),
    };

    private static bool TryNumber(JsonElement json, AvroType type, out AvroValue value)
    {
        value = default;
        if (json.ValueKind == JsonValueKind.String && type is (AvroType.Float or AvroType.Double))
            return TrySpecial(json.GetString()!, type, out value);
        if (json.ValueKind != JsonValueKind.Number)
            return false;
        if (type == AvroType.Int && json.TryGetInt32(out int narrow))
            value = AvroValue.Of(narrow);
        else if (type == AvroType.Long && json.TryGetInt64(out long wide))
            value = AvroValue.Of(wide);
        else if (type == AvroType.Float && json.TryGetSingle(out float single))
            value = AvroValue.Of(single);
        else if (type == AvroType.Double && json.TryGetDouble(out double number))
            value = AvroValue.Of(number);
        else
            return false;
        return true;
    }

    // JSON has no such numbers; Java writes them as text.
    private static bool TrySpecial(string text, AvroType type, out AvroValue value)
    {
        double? number = text switch
        {
            "NaN" => double.NaN,
            "Infinity" or "INF" => double.PositiveInfinity,
            "-Infinity" or "-INF" => double.NegativeInfinity,
            _ => null,
        };
        // .NET's own NaN has the sign bit set; the quiet NaN without it is what other libraries write.
        if (number is double.NaN)
            number = BitConverter.UInt64BitsToDouble(0x7ff8_0000_0000_0000);
        value = type == AvroType.Float ? AvroValue.Of((float)(number ?? 0)) : AvroValue.Of(number ?? 0);
        return number is not null;
    }

    private static bool TryText(string text, AvroSchema schema, out AvroValue value)
    {
        value = default;
        switch (schema)
        {
            case EnumSchema @enum when @enum.OrdinalOf(text) is var ordinal and >= 0:
                value = AvroValue.Of(@enum, ordinal);
                return true;
            case FixedSchema @fixed when text.Length == @fixed.Size && TryLatin1(text, out byte[] content):
                value = AvroValue.Of(@fixed, content);
                return true;
            case { Type: AvroType.Bytes } when TryLatin1(text, out byte[] content):
                value = AvroValue.Of(content);
                return true;
            case { Type: AvroType.String }:
                value = AvroValue.Of(text);
                return true;
            default:
                return false;
        }
    }

    private static bool TryLatin1(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] > 0xff)
                return false;
            bytes[i] = (byte)text[i];
        }

        return true;
    }
}
