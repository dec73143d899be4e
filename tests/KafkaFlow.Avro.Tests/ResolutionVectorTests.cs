using System.Text.Json.Nodes;

namespace KafkaFlow.Avro.Tests;

/// <summary>Writer and reader pairs as Apache Avro for Java and avsc resolve them.</summary>
[Trait("tier", "fast")]
public sealed class ResolutionVectorTests
{
    // Where a library parts from the specification or from the data, with the reason. Each must really differ.
    private static readonly Dictionary<string, string> Differences = new()
    {
        ["java: bytes to string"] = "Java replaces what is no UTF-8, which loses data",
        ["java: bytes to union of string"] = "the same",
        ["java: array items refused"] = "Java notices that items do not match only at the first item",
        ["java: map values refused"] = "the same",
        ["java: same name in two namespaces"] = "Java swaps the branches that differ by namespace only",
        ["java: decimal other scale"] = "Java compares no logical types; the numbers would change",
        ["avsc: bytes to string"] = "avsc replaces what is no UTF-8",
        ["avsc: bytes to union of string"] = "the same",
        ["avsc: decimal other scale"] = "avsc compares no logical types by itself",
        ["avsc: namespace changed"] = "avsc compares full names, the specification unqualified ones",
        ["avsc: optional field became required"] = "avsc refuses a union as soon as one branch has no counterpart",
        ["avsc: writer union, reader plain"] = "the same",
        ["avsc: union narrowed"] = "the same",
        ["avsc: record of union dropped"] = "the same",
        ["avsc: enum symbol gone, no default"] = "avsc refuses an enum as soon as one symbol has no counterpart",
        ["avsc: plain to union, exact behind promotion"] = "avsc promotes; Java and this library prefer the exact type",
    };

    [Theory]
    [InlineData("java", 750)]
    [InlineData("avsc", 350)]
    public void Data_resolves_to_what_the_other_library_makes_of_it_or_fails_like_there(string library, int atLeast)
    {
        var wrong = new List<string>();
        var differing = new HashSet<string>();
        int data = 0;
        IReadOnlyList<JsonNode> lines = VectorFile.Lines($"{library}-resolution.jsonl");
        foreach (JsonNode line in lines.Where(line => line["refused"] is null))
        {
            AvroSchema writer = AvroSchema.Parse(line.Text("writer"));
            AvroSchema reader = AvroSchema.Parse(line.Text("reader"));
            foreach (JsonNode made in line.Data())
            {
                data++;
                if (Difference(writer, reader, made) is not { } difference)
                    continue;
                string name = $"{library}: {line.Text("name")}";
                if (Differences.ContainsKey(name))
                    differing.Add(name);
                else
                    wrong.Add($"{name}: {made.ToJsonString()}: {difference}");
            }
        }

        Assert.Equal("", string.Join('\n', wrong));
        Assert.Equal(Differences.Keys.Where(name => name.StartsWith(library)).Order(), differing.Order());
        Assert.True(data >= atLeast, $"{data} data");
    }

    private static string? Difference(AvroSchema writer, AvroSchema reader, JsonNode made)
    {
        AvroValue value = default;
        bool read = SchemaResolution.TryCreate(writer, reader, out SchemaResolution resolution, out AvroError? error)
            && resolution.TryDecode(Convert.FromHexString(made.Text("hex")), out value, out error);
        if (made["error"] is not null)
            return read ? $"found {value}" : null;
        if (!read)
            return $"failed with {error}";
        return value == VectorFile.Datum(reader, made.Text("json")) ? null : $"found {value}";
    }
}
