using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// One parse of one schema text: dispatches on the form of each JSON element and owns the names defined so far.
/// A method returns null after <see cref="ParseFailure.Set"/>; the first failure wins.
/// </summary>
internal sealed class SchemaParser
{
    private readonly Dictionary<string, AvroSchema> _named = new(StringComparer.Ordinal);
    private readonly List<RecordSchema> _records = [];
    private readonly ParseFailure _failure = new();
    private readonly NamedTypeParser _namedTypes;
    private int _depth;

    private SchemaParser() => _namedTypes = new NamedTypeParser(this, _failure);

    public static bool TryParse(
        string json, IEnumerable<AvroSchema> known, out AvroSchema schema, out AvroError? error)
    {
        schema = null!;
        var utf8 = new byte[Encoding.UTF8.GetByteCount(json)];
        if (Utf8.FromUtf16(json, utf8, out _, out int size, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            error = new AvroError("$", "text is not valid Unicode: it holds half of a surrogate pair");
            return false;
        }

        return TryParse(utf8.AsSpan(0, size), known, out schema, out error);
    }

    /// <param name="known">Types of these schemas can be named without being defined.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8, IEnumerable<AvroSchema> known, out AvroSchema schema, out AvroError? error)
    {
        schema = null!;
        if (!JsonText.TryLoad(utf8, out JsonElement root, out string? problem))
        {
            error = new AvroError("$", problem!);
            return false;
        }

        var parser = new SchemaParser();
        foreach (AvroSchema type in NamedTypes.In(known))
        {
            if (parser._named.TryAdd(type.Name!.Full, type))
                continue;
            error = new AvroError("$", $"two of the known schemas define {type.Name}");
            return false;
        }

        AvroSchema? parsed = parser.Parse(root, "", SchemaPath.Root);
        if (parsed is not null && new DefaultValues(parser._failure).TryResolve(parser._records))
            schema = parsed;
        error = parser._failure.Error;
        return error is null;
    }

    /// <summary>Any schema: a name, a union or an object.</summary>
    public AvroSchema? Parse(JsonElement json, string space, SchemaPath path)
    {
        if (_depth == AvroLimits.MaxDepth)
            return _failure.Set(path, $"schema nests deeper than {AvroLimits.MaxDepth} levels");
        _depth++;
        AvroSchema? schema = json.ValueKind switch
        {
            JsonValueKind.String => Reference(json.GetString()!, space, path),
            JsonValueKind.Array => Union(json, space, path),
            JsonValueKind.Object => Object(json, space, path),
            _ => _failure.Set(path, $"expected a schema (text, list or object), found {Attributes.Kind(json)}"),
        };
        _depth--;
        return schema;
    }

    /// <summary>Makes a name known, to its own definition too.</summary>
    public bool Define(AvroSchema schema, SchemaPath path)
    {
        if (!_named.TryAdd(schema.Name!.Full, schema))
        {
            _failure.Set(path, $"name {schema.Name} is defined twice");
            return false;
        }

        if (schema is RecordSchema record)
            _records.Add(record);
        return true;
    }

    private AvroSchema? Reference(string name, string space, SchemaPath path)
    {
        if (Primitives.TryGet(name, out AvroType type))
            return new PrimitiveSchema(type);
        // Like Java, a plain name that the enclosing namespace lacks is looked for outside all namespaces.
        string full = name.Contains('.', StringComparison.Ordinal) || space.Length == 0 ? name : space + "." + name;
        if (_named.TryGetValue(full, out AvroSchema? known) || _named.TryGetValue(name, out known))
            return known;
        return _failure.Set(
            path, $"unknown type {Attributes.Show(name)}: no primitive, and not defined before this place");
    }

    private UnionSchema? Union(JsonElement json, string space, SchemaPath path)
    {
        var branches = new List<AvroSchema>(json.GetArrayLength());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement item in json.EnumerateArray())
        {
            SchemaPath at = path.Item(branches.Count);
            if (Parse(item, space, at) is not { } branch)
                return null;
            if (branch.Type == AvroType.Union)
                return _failure.Set<UnionSchema>(at, "a union directly inside a union");
            if (!seen.Add(branch.Name?.Full ?? "unnamed " + branch))
                return _failure.Set<UnionSchema>(at, $"a second {branch} in one union");
            branches.Add(branch);
        }

        return new UnionSchema(branches);
    }

    private AvroSchema? Object(JsonElement json, string space, SchemaPath path)
    {
        if (!json.TryGetProperty("type", out JsonElement type))
            return _failure.Set(path, "attribute type is missing");
        // An object or list in place of the type's name stands for the type itself.
        if (type.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            return Parse(type, space, path.To("type"));
        if (type.ValueKind != JsonValueKind.String)
            return _failure.Set(path.To("type"), $"expected the name of a type, found {Attributes.Kind(type)}");
        string name = type.GetString()!;
        return name switch
        {
            "record" or "error" => _namedTypes.Record(json, space, path, name == "error"),
            "enum" => _namedTypes.Enum(json, space, path),
            "fixed" => _namedTypes.Fixed(json, space, path),
            "array" => Part(json, "items", space, path) is { } items
                ? new ArraySchema(items) { Doc = Attributes.Doc(json), Attributes = Attributes.Extra(json, "items") }
                : null,
            "map" => Part(json, "values", space, path) is { } values
                ? new MapSchema(values) { Doc = Attributes.Doc(json), Attributes = Attributes.Extra(json, "values") }
                : null,
            _ => Primitives.TryGet(name, out AvroType primitive)
                ? Primitive(json, primitive)
                : Reference(name, space, path.To("type")),
        };
    }

    private static PrimitiveSchema Primitive(JsonElement json, AvroType type) => new(type)
    {
        Doc = Attributes.Doc(json),
        Logical = LogicalTypes.Of(json, type),
        Attributes = Attributes.Extra(json),
    };

    private AvroSchema? Part(JsonElement json, string attribute, string space, SchemaPath path) =>
        json.TryGetProperty(attribute, out JsonElement part)
            ? Parse(part, space, path.To(attribute))
            : _failure.Set(path, $"attribute {attribute} is missing");
}
