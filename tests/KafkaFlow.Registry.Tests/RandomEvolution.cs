using System.Text.Json.Nodes;

namespace KafkaFlow.Registry.Tests;

/// <summary>Random record schemas and what people do to them; the seed makes them again.</summary>
internal sealed class RandomEvolution(int seed)
{
    private static readonly string[] Primitives =
        ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

    private static readonly string[] Logical = ["int date", "long timestamp-millis", "string uuid", "long local-timestamp-micros"];
    private readonly Random _random = new(seed);
    private int _names;

    public int Next(int below) => _random.Next(below);

    public JsonObject Record(int depth = 0)
    {
        var name = Name("R");
        var record = new JsonObject { ["type"] = "record", ["name"] = name };
        if (Chance(4)) record["namespace"] = Pick("a.b", "c", "");
        if (Chance(5)) record["doc"] = Pick("says \"what\"\n", "ümläut / \\ \t", "");
        if (Chance(6)) record["x-owner"] = new JsonObject { ["team"] = "a", ["since"] = 1.50, ["n"] = 100000000.0 };
        if (Chance(8)) record["aliases"] = new JsonArray(Name("Old"), "q." + Name("Old"));
        var fields = new JsonArray();
        for (var i = _random.Next(1, 5); i > 0; i--) fields.Add((JsonNode)Field(depth));
        // A record inside itself, by its simple name.
        if (Chance(3)) fields.Add((JsonNode)Field("next", new JsonArray("null", name), "null"));
        record["fields"] = fields;
        return record;
    }

    /// <summary>One to three changes at random places.</summary>
    public JsonObject Evolve(JsonObject schema)
    {
        var next = (JsonObject)schema.DeepClone();
        for (var i = _random.Next(1, 4); i > 0; i--) Change(next);
        return next;
    }

    private void Change(JsonObject root)
    {
        var records = Objects(root).Where(o => o["fields"] is JsonArray).ToArray();
        var record = records[_random.Next(records.Length)];
        var fields = (JsonArray)record["fields"]!;
        var enums = Objects(root).Where(o => o["symbols"] is JsonArray).ToArray();
        var fixeds = Objects(root).Where(o => o.ContainsKey("size")).ToArray();
        switch (_random.Next(14))
        {
            case 0 or 1: fields.Insert(_random.Next(fields.Count + 1), Field(2)); break;
            case 2: fields.Add((JsonNode)Field(Name("f"), "int", "7")); break;
            case 3 when fields.Count > 0: fields.RemoveAt(_random.Next(fields.Count)); break;
            case 4 when fields.Count > 0: Rename((JsonObject)fields[_random.Next(fields.Count)]!, withAlias: Chance(2)); break;
            case 5: Rename(record, withAlias: Chance(2)); break;
            case 6 or 7 when fields.Count > 0: Retype((JsonObject)fields[_random.Next(fields.Count)]!); break;
            case 8 when enums.Length > 0: ChangeSymbols(enums[_random.Next(enums.Length)]); break;
            case 9 when fixeds.Length > 0: fixeds[_random.Next(fixeds.Length)]["size"] = _random.Next(1, 4); break;
            case 10 when fields.Count > 0: ((JsonObject)fields[_random.Next(fields.Count)]!).Remove("default"); break;
            case 11: record["doc"] = Name("doc"); break;
            case 12 when fields.Count > 1: Swap(fields); break;
            case 13: record["namespace"] = Pick("a.b", "z"); break;
            default: fields.Add((JsonNode)Field(Name("f"), new JsonArray("null", "string"), "null")); break;
        }
    }

    private void Retype(JsonObject field)
    {
        field.Remove("default");
        field["type"] = field["type"] switch
        {
            JsonValue type when (string)type! == "int" => Pick("long", "float", "double", "string"),
            JsonValue type when (string)type! == "long" => Pick("int", "float", "double"),
            JsonValue type when (string)type! == "string" => Pick("bytes", "int"),
            JsonValue type when (string)type! == "bytes" => Pick("string", "double"),
            JsonArray union when Chance(2) => Shuffled(union),
            JsonArray union => union.Count > 1 && Chance(2) ? union[_random.Next(union.Count)]!.DeepClone() : Widened(union),
            JsonNode type when Chance(2) => new JsonArray("null", type.DeepClone()),
            _ => Type(2),
        };
    }

    private void ChangeSymbols(JsonObject symbols)
    {
        var list = (JsonArray)symbols["symbols"]!;
        if (Chance(3)) symbols["default"] = (string)list[0]!;
        else if (Chance(2)) list.Add((JsonNode)Name("S"));
        else if (list.Count > 1 && !symbols.ContainsKey("default")) list.RemoveAt(_random.Next(1, list.Count));
    }

    private void Rename(JsonObject named, bool withAlias)
    {
        if (withAlias) named["aliases"] = new JsonArray((string)named["name"]!);
        named["name"] = Name("n");
    }

    private static void Swap(JsonArray fields)
    {
        var first = fields[0]!;
        fields.RemoveAt(0);
        fields.Add(first);
    }

    private JsonArray Shuffled(JsonArray union) => [.. union.Select(b => b!.DeepClone()).OrderBy(_ => _random.Next())];

    private JsonArray Widened(JsonArray union) =>
        [.. union.Select(b => b!.DeepClone()), Pick("boolean", "double", "bytes", "long")];

    private JsonObject Field(int depth)
    {
        var type = Type(depth);
        if (!Chance(3)) return Field(Name("f"), type, null);
        var standard = type switch
        {
            JsonValue v when (string)v! is "int" or "long" => Pick("5", "-1").ToString(),
            JsonValue v when (string)v! is "float" or "double" => Pick("1.5", "1e10", "0.1", "123456789.25", "2", "1.0E-5").ToString(),
            JsonValue v when (string)v! is "string" => "\"a\\u0001 \\\"b\\\" ü\"",
            JsonValue v when (string)v! is "boolean" => "true",
            JsonObject { } o when o.ContainsKey("items") => "[]",
            JsonObject { } o when o.ContainsKey("values") => "{}",
            JsonObject { } o when o["symbols"] is JsonArray s => s[0]!.ToJsonString(),
            _ => null,
        };
        return Field(Name("f"), type, standard);
    }

    private JsonObject Field(string name, JsonNode type, string? standard)
    {
        var field = new JsonObject { ["name"] = name, ["type"] = type };
        if (standard is not null) field["default"] = JsonNode.Parse(standard);
        if (Chance(10)) field["order"] = Pick("descending", "ignore", "ascending");
        if (Chance(10)) field["doc"] = "a field";
        if (Chance(12)) field["x-pii"] = true;
        return field;
    }

    private JsonNode Type(int depth) => _random.Next(depth < 3 ? 12 : 5) switch
    {
        0 or 1 or 2 or 3 => Primitives[_random.Next(Primitives.Length)],
        4 => LogicalType(Logical[_random.Next(Logical.Length)].Split(' ')),
        5 => new JsonObject { ["type"] = "array", ["items"] = Type(depth + 1) },
        6 => new JsonObject { ["type"] = "map", ["values"] = Type(depth + 1) },
        7 => new JsonObject { ["type"] = "enum", ["name"] = Name("E"), ["symbols"] = new JsonArray("A", "B", "C") },
        8 => new JsonObject { ["type"] = "fixed", ["name"] = Name("F"), ["size"] = _random.Next(1, 4) },
        9 => Union(depth),
        10 => new JsonArray("null", Pick("string", "int", "long")),
        _ => Record(depth + 1),
    };

    private static JsonObject LogicalType(string[] parts) => new() { ["type"] = parts[0], ["logicalType"] = parts[1] };

    private JsonArray Union(int depth)
    {
        var union = new JsonArray();
        foreach (var primitive in Primitives.OrderBy(_ => _random.Next()).Take(_random.Next(1, 4))) union.Add((JsonNode)primitive);
        if (Chance(2)) union.Add((JsonNode)Record(depth + 2));
        return union;
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == "default" ? [] : Objects(p.Value)).Prepend(o),
        JsonArray a => a.SelectMany(Objects),
        _ => [],
    };

    private bool Chance(int oneOf) => _random.Next(oneOf) == 0;

    private JsonNode Pick(params string[] values) => values[_random.Next(values.Length)];

    private string Name(string start) => $"{start}{++_names}";
}
