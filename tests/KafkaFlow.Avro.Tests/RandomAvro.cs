using System.Text;
using System.Text.Json.Nodes;

namespace KafkaFlow.Avro.Tests;

/// <summary>Random schemas, data of them, and evolved readers, all out of one seed.</summary>
internal sealed class RandomAvro(int seed)
{
    private const int MaxLevels = 4;

    private static readonly string[] Primitives =
        ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

    private static readonly string[] Texts = ["", "a", "żółw", "\0", "\"\\\n", "日本", "😀", new string('x', 70)];

    private readonly Random _random = new(seed);
    private readonly List<string> _names = [];
    private int _named;

    /// <summary>Types drawn so far, so that a test can say what it covered.</summary>
    public HashSet<AvroType> Drawn { get; } = [];

    public int Next(int below) => _random.Next(below);

    public string Schema()
    {
        _names.Clear();
        return Node(0).ToJsonString();
    }

    public AvroValue Datum(AvroSchema schema, int level = 0)
    {
        Drawn.Add(schema.Type);
        return schema switch
        {
            UnionSchema union => Datum(Branch(union, level), level),
            RecordSchema record => AvroValue.Of(
                new AvroRecord(record, [.. record.Fields.Select(field => Datum(field.Type, level + 1))])),
            EnumSchema @enum => AvroValue.Of(@enum, Next(@enum.Symbols.Count)),
            FixedSchema @fixed => AvroValue.Of(@fixed, Bytes(@fixed.Size)),
            ArraySchema array => AvroValue.Of(
                Enumerable.Range(0, Size(level)).Select(_ => Datum(array.Items, level + 1)).ToList()),
            MapSchema map => AvroValue.Of(Enumerable.Range(0, Size(level)).Select(_ => $"{Text()}{Next(99)}").Distinct()
                .ToDictionary(key => key, _ => Datum(map.Values, level + 1))),
            _ => Primitive(schema.Type),
        };
    }

    public byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        _random.NextBytes(bytes);
        return bytes;
    }

    private AvroValue Primitive(AvroType type) => type switch
    {
        AvroType.Null => AvroValue.Null,
        AvroType.Boolean => AvroValue.Of(Next(2) == 1),
        AvroType.Int => AvroValue.Of((int)Whole()),
        AvroType.Long => AvroValue.Of(Whole()),
        AvroType.Float => AvroValue.Of(BitConverter.UInt32BitsToSingle((uint)Whole())),
        AvroType.Double => AvroValue.Of(BitConverter.Int64BitsToDouble(Whole())),
        AvroType.Bytes => AvroValue.Of(Bytes(Next(20))),
        AvroType.String => AvroValue.Of(Text()),
        _ => throw new InvalidOperationException($"no primitive {type}"),
    };

    // Every length of a number is as likely as every other.
    private long Whole() => (_random.NextInt64(long.MinValue, long.MaxValue) >> Next(64)) * (Next(2) == 0 ? 1 : -1);

    private string Text() => Texts[Next(Texts.Length)];

    private int Size(int level) => level > MaxLevels + 2 ? 0 : Next(level < 2 ? 5 : 3);

    private AvroSchema Branch(UnionSchema union, int level) =>
        level > MaxLevels + 2 && union.Branches.FirstOrDefault(branch => branch.Type == AvroType.Null) is { } end
            ? end
            : union.Branches[Next(union.Branches.Count)];

    private JsonNode Node(int level)
    {
        if (level >= MaxLevels)
            return Primitives[Next(Primitives.Length)];
        return Next(10) switch
        {
            0 or 1 => Record(level),
            2 => new JsonObject { ["type"] = "array", ["items"] = Node(level + 1) },
            3 => new JsonObject { ["type"] = "map", ["values"] = Node(level + 1) },
            4 or 5 => Union(level),
            6 => Enum(),
            7 => new JsonObject { ["type"] = "fixed", ["name"] = NewName(), ["size"] = Next(9) },
            _ => Primitives[Next(Primitives.Length)],
        };
    }

    private JsonObject Record(int level)
    {
        string name = NewName();
        var fields = new JsonArray();
        for (int i = Next(6); i > 0; i--)
            fields.Add(new JsonObject { ["name"] = $"f{i}", ["type"] = Node(level + 1) });
        // Recursion always has a way out.
        if (Next(3) == 0)
            fields.Add(new JsonObject { ["name"] = "again", ["type"] = new JsonArray("null", name) });
        if (Next(3) == 0)
        {
            var more = new JsonObject { ["type"] = "array", ["items"] = name };
            fields.Add(new JsonObject { ["name"] = "more", ["type"] = more });
        }

        return new JsonObject { ["type"] = "record", ["name"] = name, ["fields"] = fields };
    }

    private JsonArray Union(int level)
    {
        var union = new JsonArray();
        var kinds = new HashSet<string>();
        for (int i = Next(4) + 1; i > 0; i--)
        {
            JsonNode branch = Node(level + 1);
            bool unnamed = branch is JsonObject container && container["name"] is null;
            string kind = branch is JsonObject named
                ? (named["name"] ?? named["type"])!.GetValue<string>()
                : branch is JsonValue ? branch.GetValue<string>() : "union";
            if (kind != "union" && kinds.Add(unnamed ? $"a {kind}" : kind))
                union.Add(branch);
        }

        if (union.Count == 0)
            union.Add("null");
        return union;
    }

    private JsonObject Enum()
    {
        var symbols = new JsonArray();
        for (int i = Next(5); i >= 0; i--)
            symbols.Add($"S{i}");
        return new JsonObject { ["type"] = "enum", ["name"] = NewName(), ["symbols"] = symbols };
    }

    private string NewName()
    {
        var name = new StringBuilder(Next(3) == 0 ? "ns." : "");
        _names.Add(name.Append('T').Append(_named++).ToString());
        return name.ToString();
    }
}
