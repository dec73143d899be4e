using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>Recognises the logical types of Avro 1.12; what is unknown or invalid is no logical type.</summary>
internal static class LogicalTypes
{
    public static LogicalType? Of(JsonElement schema, AvroType type, int fixedSize = 0)
    {
        if (!schema.TryGetProperty("logicalType", out JsonElement name) || name.ValueKind != JsonValueKind.String)
            return null;
        LogicalKind? kind = (name.GetString(), type) switch
        {
            ("big-decimal", AvroType.Bytes) => LogicalKind.BigDecimal,
            ("uuid", AvroType.String) => LogicalKind.Uuid,
            ("uuid", AvroType.Fixed) when fixedSize == 16 => LogicalKind.Uuid,
            ("date", AvroType.Int) => LogicalKind.Date,
            ("time-millis", AvroType.Int) => LogicalKind.TimeMillis,
            ("time-micros", AvroType.Long) => LogicalKind.TimeMicros,
            ("timestamp-millis", AvroType.Long) => LogicalKind.TimestampMillis,
            ("timestamp-micros", AvroType.Long) => LogicalKind.TimestampMicros,
            ("timestamp-nanos", AvroType.Long) => LogicalKind.TimestampNanos,
            ("local-timestamp-millis", AvroType.Long) => LogicalKind.LocalTimestampMillis,
            ("local-timestamp-micros", AvroType.Long) => LogicalKind.LocalTimestampMicros,
            ("local-timestamp-nanos", AvroType.Long) => LogicalKind.LocalTimestampNanos,
            ("duration", AvroType.Fixed) when fixedSize == 12 => LogicalKind.Duration,
            ("decimal", AvroType.Bytes or AvroType.Fixed) => LogicalKind.Decimal,
            _ => null,
        };
        return kind switch
        {
            null => null,
            LogicalKind.Decimal => Decimal(schema, type, fixedSize),
            _ => new LogicalType(kind.Value),
        };
    }

    private static LogicalType? Decimal(JsonElement schema, AvroType type, int fixedSize)
    {
        if (!TryInt(schema, "precision", out int? precision) || !TryInt(schema, "scale", out int? scale))
            return null;
        int digits = precision ?? 0;
        if (digits <= 0 || scale < 0 || scale > digits)
            return null;
        if (type == AvroType.Fixed && digits > MaxDigits(fixedSize))
            return null;
        return new LogicalType(LogicalKind.Decimal, digits, scale ?? 0);
    }

    // Decimal digits that always fit into a two's complement number of so many bytes.
    private static double MaxDigits(int bytes) => bytes == 0 ? 0 : Math.Floor(((8.0 * bytes) - 1) * Math.Log10(2));

    private static bool TryInt(JsonElement schema, string name, out int? value)
    {
        value = null;
        if (!schema.TryGetProperty(name, out JsonElement element))
            return true;
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int number))
            return false;
        value = number;
        return true;
    }
}
