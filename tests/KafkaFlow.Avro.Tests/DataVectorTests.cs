using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace KafkaFlow.Avro.Tests;

/// <summary>Schemas and data as Apache Avro for Java and avsc encode them.</summary>
[Trait("tier", "fast")]
public sealed class DataVectorTests
{
    [Fact]
    public void Canonical_forms_and_fingerprints_are_those_of_Java()
    {
        var wrong = new List<string>();
        IReadOnlyList<JsonNode> lines = VectorFile.Lines("java-data.jsonl");
        Assert.True(lines.Count >= 90);
        foreach (JsonNode line in lines)
        {
            if (!AvroSchema.TryParse(line.Text("schema"), out AvroSchema schema, out AvroError? error))
            {
                wrong.Add($"{line.Text("name")}: {error}");
                continue;
            }

            var rabin = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(rabin, schema.Fingerprint);
            if (schema.CanonicalForm != line.Text("canonical"))
                wrong.Add($"{line.Text("name")}: canonical form {schema.CanonicalForm}");
            if (Convert.ToHexString(rabin) != line.Text("rabin")
                || Convert.ToHexString(schema.Md5Fingerprint()) != line.Text("md5")
                || Convert.ToHexString(schema.Sha256Fingerprint()) != line.Text("sha256"))
            {
                wrong.Add($"{line.Text("name")}: fingerprints");
            }

            // The canonical form drops an empty namespace, so that a plain name inside lands in the enclosing one.
            bool stable = line.Text("name") != "empty namespace inside";
            if (stable != (AvroSchema.Parse(schema.CanonicalForm).CanonicalForm == schema.CanonicalForm))
                wrong.Add($"{line.Text("name")}: canonical form of the canonical form");
        }

        Assert.Equal("", string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("java-data.jsonl", 500)]
    [InlineData("avsc-data.jsonl", 270)]
    public void Data_made_elsewhere_decodes_to_the_same_datum_and_encodes_to_the_same_bytes(string file, int atLeast)
    {
        var wrong = new List<string>();
        int data = 0;
        foreach (JsonNode line in VectorFile.Lines(file).Where(line => line["refused"] is null))
        {
            AvroSchema schema = AvroSchema.Parse(line.Text("schema"));
            foreach (JsonNode made in line.Data())
            {
                data++;
                AvroValue expected = VectorFile.Datum(schema, made.Text("json"));
                if (!Decodes(schema, made.Text("hex"), expected))
                    wrong.Add($"{line.Text("name")}: {made} decodes differently");
                if (made["blocked"] is not null && !Decodes(schema, made.Text("blocked"), expected))
                    wrong.Add($"{line.Text("name")}: {made} decodes differently from blocks");
                var output = new ArrayBufferWriter<byte>();
                if (!AvroDatum.TryEncode(schema, expected, output, out AvroError? error)
                    || Convert.ToHexString(output.WrittenSpan) != made.Text("hex"))
                {
                    wrong.Add($"{line.Text("name")}: {made} encodes to {Convert.ToHexString(output.WrittenSpan)} {error}");
                }
            }
        }

        Assert.Equal("", string.Join('\n', wrong));
        Assert.True(data >= atLeast, $"{data} data");
    }

    [Fact]
    public void Fingerprints_are_those_of_avsc()
    {
        int compared = 0;
        var wrong = new List<string>();
        foreach (JsonNode line in VectorFile.Lines("avsc-data.jsonl").Where(line => line["refused"] is null))
        {
            AvroSchema schema = AvroSchema.Parse(line.Text("schema"));
            // avsc keeps the word error, which Java's canonical form turns into record.
            bool same = Convert.ToHexString(schema.Md5Fingerprint()) == line.Text("md5");
            compared++;
            if (same == (line.Text("name") == "error"))
                wrong.Add($"{line.Text("name")}: {schema.CanonicalForm} and {line.Text("canonical")}");
        }

        Assert.Equal("", string.Join('\n', wrong));
        Assert.True(compared >= 90, $"{compared} schemas");
    }

    [Fact]
    public void What_is_no_schema_is_refused_with_its_place()
    {
        var accepted = new List<string>();
        foreach (JsonNode line in VectorFile.Lines("java-refused.jsonl"))
        {
            if (AvroSchema.TryParse(line.Text("schema"), out _, out AvroError? error))
                accepted.Add(line.Text("name"));
            else
                Assert.StartsWith("$", error!.Path, StringComparison.Ordinal);
        }

        Assert.Equal("", string.Join('\n', accepted));
    }

    private static bool Decodes(AvroSchema schema, string hex, AvroValue expected) =>
        AvroDatum.TryDecode(schema, Convert.FromHexString(hex), out AvroValue value, out _) && value == expected;
}
