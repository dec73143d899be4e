using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>Records, enums and fixed, and the names they bear.</summary>
internal sealed class NamedTypeParser(SchemaParser parser, ParseFailure failure)
{
    public RecordSchema? Record(JsonElement json, string space, SchemaPath path, bool isError)
    {
        if (NameOf(json, space, path) is not { } name || AliasesOf(json, name, path) is not { } aliases)
            return null;
        if (!json.TryGetProperty("fields", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            return failure.Set<RecordSchema>(path, $"record {name}: attribute fields must be a list of fields");
        var record = new RecordSchema(name)
        {
            IsError = isError,
            Doc = Attributes.Doc(json),
            Aliases = aliases,
            Attributes = Attributes.Extra(json, "name", "namespace", "aliases", "fields"),
        };
        if (!parser.Define(record, path))
            return null;
        var fields = new List<RecordField>(list.GetArrayLength());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement item in list.EnumerateArray())
        {
            SchemaPath at = path.Item("fields", fields.Count);
            if (Field(item, name, fields.Count, at) is not { } field)
                return null;
            if (!seen.Add(field.Name))
                return failure.Set<RecordSchema>(at, $"record {name} has two fields named {field.Name}");
            fields.Add(field);
        }

        record.Complete(fields);
        return record;
    }

    public EnumSchema? Enum(JsonElement json, string space, SchemaPath path)
    {
        if (NameOf(json, space, path) is not { } name || AliasesOf(json, name, path) is not { } aliases)
            return null;
        if (TextList(json, "symbols", path) is not { } symbols)
            return failure.Set<EnumSchema>(path, $"enum {name}: attribute symbols is missing");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string symbol in symbols)
        {
            if (!AvroName.IsPart(symbol) || !seen.Add(symbol))
            {
                string shown = Attributes.Show(symbol);
                return failure.Set<EnumSchema>(
                    path.To("symbols"), $"enum {name}: symbol {shown} is no name or stands there twice");
            }
        }

        string? fallback = null;
        if (json.TryGetProperty("default", out JsonElement given))
        {
            fallback = given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            if (fallback is null || !seen.Contains(fallback))
            {
                return failure.Set<EnumSchema>(
                    path.To("default"), $"enum {name}: expected one of its symbols, found {Attributes.Kind(given)}");
            }
        }

        var schema = new EnumSchema(name, symbols, fallback)
        {
            Doc = Attributes.Doc(json),
            Aliases = aliases,
            Attributes = Attributes.Extra(json, "name", "namespace", "aliases", "symbols", "default"),
        };
        return parser.Define(schema, path) ? schema : null;
    }

    public FixedSchema? Fixed(JsonElement json, string space, SchemaPath path)
    {
        if (NameOf(json, space, path) is not { } name || AliasesOf(json, name, path) is not { } aliases)
            return null;
        if (!json.TryGetProperty("size", out JsonElement given)
            || given.ValueKind != JsonValueKind.Number
            || !given.TryGetInt32(out int size)
            || size < 0)
        {
            return failure.Set<FixedSchema>(path, $"fixed {name}: attribute size must be a number of bytes, 0 or more");
        }

        var schema = new FixedSchema(name, size)
        {
            Doc = Attributes.Doc(json),
            Aliases = aliases,
            Logical = LogicalTypes.Of(json, AvroType.Fixed, size),
            Attributes = Attributes.Extra(json, "name", "namespace", "aliases", "size"),
        };
        return parser.Define(schema, path) ? schema : null;
    }

    private RecordField? Field(JsonElement json, AvroName record, int position, SchemaPath path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return failure.Set<RecordField>(path, $"expected a field, found {Attributes.Kind(json)}");
        if (Text(json, "name") is not { } name || !AvroName.IsPart(name))
            return failure.Set<RecordField>(path, $"a field of {record} without a valid name");
        if (!json.TryGetProperty("type", out JsonElement typeJson))
            return failure.Set<RecordField>(path, $"field {name} of {record}: attribute type is missing");
        if (parser.Parse(typeJson, record.Namespace, path.To("type")) is not { } type)
            return null;
        IReadOnlyList<string> aliases = [];
        if (json.TryGetProperty("aliases", out _))
        {
            if (TextList(json, "aliases", path) is not { } given)
                return null;
            aliases = given;
        }

        FieldOrder order = FieldOrder.Ascending;
        if (json.TryGetProperty("order", out JsonElement orderJson) && !TryOrder(orderJson, out order))
        {
            return failure.Set<RecordField>(
                path.To("order"), $"expected ascending, descending or ignore, found {Attributes.Kind(orderJson)}");
        }

        return new RecordField(name, type, position)
        {
            Doc = Attributes.Doc(json),
            Aliases = aliases,
            Order = order,
            DefaultJson = json.TryGetProperty("default", out JsonElement value) ? value : null,
            Attributes = Attributes.Extra(json, "name", "aliases", "order", "default"),
        };
    }

    private AvroName? NameOf(JsonElement json, string space, SchemaPath path)
    {
        if (Text(json, "name") is not { } text)
            return failure.Set<AvroName>(path, "attribute name is missing or no text");
        string enclosing = space;
        if (json.TryGetProperty("namespace", out JsonElement given) && given.ValueKind != JsonValueKind.Null)
        {
            if (given.ValueKind != JsonValueKind.String)
                return failure.Set<AvroName>(path.To("namespace"), $"expected text, found {Attributes.Kind(given)}");
            enclosing = given.GetString()!;
        }

        if (!AvroName.TryParse(text, enclosing, out AvroName name))
        {
            string shown = Attributes.Show(name.Full);
            return failure.Set<AvroName>(
                path.To("name"), $"{shown} is no name: parts [A-Za-z_][A-Za-z0-9_]*, joined by dots");
        }

        return Primitives.TryGet(name.Simple, out _)
            ? failure.Set<AvroName>(path.To("name"), $"{name.Simple} is the name of a primitive type")
            : name;
    }

    private List<AvroName>? AliasesOf(JsonElement json, AvroName owner, SchemaPath path)
    {
        var aliases = new List<AvroName>();
        if (!json.TryGetProperty("aliases", out _))
            return aliases;
        if (TextList(json, "aliases", path) is not { } texts)
            return null;
        foreach (string text in texts)
        {
            if (!AvroName.TryParse(text, owner.Namespace, out AvroName alias))
                return failure.Set<List<AvroName>>(path.To("aliases"), $"{Attributes.Show(text)} is no name");
            aliases.Add(alias);
        }

        return aliases;
    }

    private List<string>? TextList(JsonElement json, string attribute, SchemaPath path)
    {
        if (!json.TryGetProperty(attribute, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            return failure.Set<List<string>>(path.To(attribute), "expected a list of names");
        var texts = new List<string>(list.GetArrayLength());
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return failure.Set<List<string>>(
                    path.Item(attribute, texts.Count), $"expected text, found {Attributes.Kind(item)}");
            }

            texts.Add(item.GetString()!);
        }

        return texts;
    }

    private static string? Text(JsonElement json, string attribute) =>
        json.TryGetProperty(attribute, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool TryOrder(JsonElement json, out FieldOrder order)
    {
        FieldOrder? found = json.ValueKind != JsonValueKind.String ? null : json.GetString() switch
        {
            "ascending" => FieldOrder.Ascending,
            "descending" => FieldOrder.Descending,
            "ignore" => FieldOrder.Ignore,
            _ => null,
        };
        order = found ?? default;
        return found is not null;
    }
}
