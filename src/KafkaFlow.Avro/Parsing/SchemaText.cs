using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// A schema as JSON text with all its attributes and no formatting, in the order and with the escapes of Apache Avro
/// for Java: schemas that differ only in how they were written have one text.
/// </summary>
internal sealed class SchemaText
{
    // What Java does not keep as an attribute, on whatever type it stands.
    private static readonly string[] Reserved =
        ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];

    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _seen;

    private SchemaText(IEnumerable<AvroSchema> known) =>
        _seen = new(NamedTypes.In(known).Select(type => type.Name!.Full), StringComparer.Ordinal);

    /// <param name="known">Types of these schemas appear by name only.</param>
    public static string Of(AvroSchema schema, IEnumerable<AvroSchema> known)
    {
        var text = new SchemaText(known);
        text.Schema(schema, "");
        return text._text.ToString();
    }

    private void Schema(AvroSchema schema, string space)
    {
        switch (schema)
        {
            case UnionSchema union:
                List(union.Branches, branch => Schema(branch, space));
                break;
            case ArraySchema array:
                Object("array", schema, () => Part("items", array.Items, space));
                break;
            case MapSchema map:
                Object("map", schema, () => Part("values", map.Values, space));
                break;
            case PrimitiveSchema when !schema.Attributes.Keys.Any(IsKept):
                String(AvroSchema.TypeName(schema.Type));
                break;
            case PrimitiveSchema:
                Object(AvroSchema.TypeName(schema.Type), schema, () => { });
                break;
            default:
                Named(schema, space);
                break;
        }
    }

    private void Named(AvroSchema schema, string space)
    {
        AvroName name = schema.Name!;
        if (!_seen.Add(name.Full))
        {
            String(Reference(name, space));
            return;
        }

        string type = schema is RecordSchema { IsError: true } ? "error" : AvroSchema.TypeName(schema.Type);
        Object(type, schema, () =>
        {
            Text("name", name.Simple);
            if (name.Namespace != space)
                Text("namespace", name.Namespace);
            if (schema.Doc is { } doc)
                Text("doc", doc);
            Body(schema);
        });
    }

    private void Body(AvroSchema schema)
    {
        switch (schema)
        {
            case RecordSchema record:
                Key("fields");
                List(record.Fields, field => Field(field, record.Name!.Namespace));
                break;
            case EnumSchema symbols:
                Key("symbols");
                List(symbols.Symbols, String);
                if (symbols.DefaultSymbol is { } fallback)
                    Text("default", fallback);
                break;
            case FixedSchema bytes:
                Key("size");
                _text.Append(bytes.Size.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                throw new InvalidOperationException($"a schema with a name and of type {schema.Type}");
        }
    }

    private void Field(RecordField field, string space)
    {
        _text.Append('{');
        Text("name", field.Name);
        Part("type", field.Type, space);
        if (field.Doc is { } doc)
            Text("doc", doc);
        if (field.DefaultJson is { } json)
        {
            Key("default");
            SchemaJson.Append(_text, json);
        }

        if (field.Order != FieldOrder.Ascending)
            Text("order", field.Order == FieldOrder.Descending ? "descending" : "ignore");
        if (field.Aliases.Count > 0)
        {
            Key("aliases");
            List([.. field.Aliases.Distinct()], String);
        }

        Extra(field.Attributes);
        _text.Append('}');
    }

    private void Object(string type, AvroSchema schema, Action body)
    {
        _text.Append('{');
        Text("type", type);
        body();
        Extra(schema.Attributes);
        if (schema.Aliases.Count > 0)
        {
            Key("aliases");
            List([.. schema.Aliases.Distinct()], alias => String(Reference(alias, schema.Name!.Namespace)));
        }

        _text.Append('}');
    }

    private void Extra(IReadOnlyDictionary<string, JsonElement> attributes)
    {
        foreach ((string key, JsonElement value) in attributes)
        {
            if (!IsKept(key))
                continue;
            Key(key);
            SchemaJson.Append(_text, value);
        }
    }

    private static bool IsKept(string attribute) => !Reserved.Contains(attribute);

    // A plain name lies in the namespace around it; one that is also a type's would be read as that type.
    private static string Reference(AvroName name, string space) =>
        name.Namespace == space && space.Length > 0 && !IsTypeName(name.Simple) ? name.Simple : name.Full;

    private static bool IsTypeName(string name) => name is not "error"
        && (Primitives.TryGet(name, out _) || name is "record" or "enum" or "array" or "map" or "union" or "fixed");

    private void Part(string key, AvroSchema schema, string space)
    {
        Key(key);
        Schema(schema, space);
    }

    private void Text(string key, string value)
    {
        Key(key);
        String(value);
    }

    private void Key(string key)
    {
        if (_text[^1] != '{')
            _text.Append(',');
        String(key);
        _text.Append(':');
    }

    private void List<T>(IReadOnlyList<T> items, Action<T> append)
    {
        _text.Append('[');
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _text.Append(',');
            append(items[i]);
        }

        _text.Append(']');
    }

    private void String(string value) => SchemaJson.AppendString(_text, value);
}
