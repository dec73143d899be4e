using System.Globalization;
using System.Text;

namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// "Parsing Canonical Form" of the Avro specification. Names are ASCII by the parser's rule, so that no string needs
/// escaping.
/// </summary>
internal static class CanonicalForm
{
    public static string Of(AvroSchema schema)
    {
        var text = new StringBuilder();
        Append(text, schema, new HashSet<string>(StringComparer.Ordinal));
        return text.ToString();
    }

    private static void Append(StringBuilder text, AvroSchema schema, HashSet<string> seen)
    {
        if (schema.Name is { } name && !seen.Add(name.Full))
        {
            AppendQuoted(text, name.Full);
            return;
        }

        switch (schema)
        {
            case UnionSchema union:
                text.Append('[');
                AppendAll(text, union.Branches, (branch) => Append(text, branch, seen));
                text.Append(']');
                break;
            case ArraySchema array:
                text.Append("{\"type\":\"array\",\"items\":");
                Append(text, array.Items, seen);
                text.Append('}');
                break;
            case MapSchema map:
                text.Append("{\"type\":\"map\",\"values\":");
                Append(text, map.Values, seen);
                text.Append('}');
                break;
            case PrimitiveSchema:
                AppendQuoted(text, AvroSchema.TypeName(schema.Type));
                break;
            default:
                AppendNamed(text, schema, seen);
                break;
        }
    }

    private static void AppendNamed(StringBuilder text, AvroSchema schema, HashSet<string> seen)
    {
        text.Append("{\"name\":");
        AppendQuoted(text, schema.Name!.Full);
        text.Append(",\"type\":");
        AppendQuoted(text, AvroSchema.TypeName(schema.Type));
        switch (schema)
        {
            case RecordSchema record:
                text.Append(",\"fields\":[");
                AppendAll(text, record.Fields, field => AppendField(text, field, seen));
                text.Append("]}");
                break;
            case EnumSchema @enum:
                text.Append(",\"symbols\":[");
                AppendAll(text, @enum.Symbols, symbol => AppendQuoted(text, symbol));
                text.Append("]}");
                break;
            case FixedSchema @fixed:
                text.Append(",\"size\":").Append(@fixed.Size.ToString(CultureInfo.InvariantCulture)).Append('}');
                break;
            default:
                throw new InvalidOperationException($"a schema with a name and of type {schema.Type}");
        }
    }

    private static void AppendField(StringBuilder text, RecordField field, HashSet<string> seen)
    {
        text.Append("{\"name\":");
        AppendQuoted(text, field.Name);
        text.Append(",\"type\":");
        Append(text, field.Type, seen);
        text.Append('}');
    }

    private static void AppendAll<T>(StringBuilder text, IReadOnlyList<T> items, Action<T> append)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            append(items[i]);
        }
    }

    private static void AppendQuoted(StringBuilder text, string name) => text.Append('"').Append(name).Append('"');
}
