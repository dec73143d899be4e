using System.Buffers;
using System.Text;
using KafkaFlow.Testing;

namespace KafkaFlow.Avro.Tests;

/// <summary>What holds for every schema and every datum, drawn from a seed that is printed.</summary>
[Trait("tier", "fast")]
public sealed class RandomTests
{
    private const int Schemas = 600;
    private const int DataPerSchema = 5;
    private const int MutationsPerDatum = 20;

    // Data up to this many bytes are cut at every byte, longer ones at as many places.
    private const int CutsPerDatum = 300;

    private static int Seed()
    {
        int seed = TestSeed.Next();
        Console.WriteLine($"seed {seed} (Avro)");
        return seed;
    }

    [Fact]
    public void Every_datum_survives_encoding_and_every_cut_of_it_is_refused()
    {
        int seed = Seed();
        var random = new RandomAvro(seed);
        for (int i = 0; i < Schemas; i++)
        {
            string text = random.Schema();
            AvroSchema schema = AvroSchema.Parse(text);
            for (int j = 0; j < DataPerSchema; j++)
            {
                AvroValue datum = random.Datum(schema);
                byte[] bytes = Encode(schema, datum);
                Assert.True(AvroDatum.TryDecode(schema, bytes, out AvroValue read, out AvroError? error), $"{error} {text}");
                Assert.True(datum == read, $"seed {seed}: {text} {Convert.ToHexString(bytes)}");
                int step = 1 + (bytes.Length / CutsPerDatum);
                for (int length = 0; length < bytes.Length; length += step)
                    Assert.False(AvroDatum.TryDecode(schema, bytes.AsSpan(0, length), out _, out _), $"seed {seed}: {text}");
            }
        }

        Assert.Equal(Enum.GetValues<AvroType>(), random.Drawn.Order());
    }

    [Fact]
    public void A_canonical_form_reads_the_same_bytes()
    {
        int seed = Seed();
        var random = new RandomAvro(seed);
        for (int i = 0; i < Schemas; i++)
        {
            string text = random.Schema();
            AvroSchema schema = AvroSchema.Parse(text);
            // A plain name inside a namespace changes its meaning there: a gap of the specification.
            if (text.Contains("ns.", StringComparison.Ordinal))
                continue;
            AvroSchema canonical = AvroSchema.Parse(schema.CanonicalForm);
            Assert.Equal(schema.Fingerprint, canonical.Fingerprint);
            AvroValue datum = random.Datum(schema);
            Assert.True(AvroDatum.TryDecode(canonical, Encode(schema, datum), out AvroValue read, out _));
            Assert.Equal(datum, read);
        }
    }

    [Fact]
    public void Damaged_bytes_are_read_or_refused_but_never_throw_and_what_is_read_can_be_written()
    {
        int seed = Seed();
        var random = new RandomAvro(seed);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < Schemas; i++)
        {
            AvroSchema schema = AvroSchema.Parse(random.Schema());
            byte[] bytes = Encode(schema, random.Datum(schema));
            for (int j = 0; j < MutationsPerDatum; j++)
            {
                byte[] damaged = Damage(bytes, random);
                if (!AvroDatum.TryDecode(schema, damaged, out AvroValue value, out AvroError? error))
                {
                    refused++;
                    Assert.NotNull(error);
                    continue;
                }

                read++;
                Assert.True(AvroDatum.TryDecode(schema, Encode(schema, value), out AvroValue again, out _));
                Assert.True(value == again, $"seed {seed}: {schema.CanonicalForm} {Convert.ToHexString(damaged)}");
            }
        }

        Assert.True(read > Schemas && refused > Schemas, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Damaged_schema_texts_are_parsed_or_refused_but_never_throw_and_what_is_parsed_has_a_canonical_form()
    {
        int seed = Seed();
        var random = new RandomAvro(seed);
        int parsed = 0;
        int refused = 0;
        string[] texts = [.. VectorFile.Lines("java-data.jsonl").Select(line => line.Text("schema"))];
        for (int i = 0; i < Schemas * MutationsPerDatum; i++)
        {
            byte[] damaged = Damage(Encoding.UTF8.GetBytes(texts[random.Next(texts.Length)]), random);
            if (!AvroSchema.TryParse(damaged, out AvroSchema schema, out AvroError? error))
            {
                refused++;
                Assert.NotNull(error);
                continue;
            }

            parsed++;
            Assert.NotEqual("", schema.CanonicalForm);
            AvroDatum.TryDecode(schema, damaged, out _, out _);
        }

        Assert.True(parsed > 100 && refused > Schemas, $"{parsed} parsed, {refused} refused");
    }

    [Fact]
    public void Any_two_schemas_resolve_or_are_refused_but_never_throw()
    {
        int seed = Seed();
        var random = new RandomAvro(seed);
        int resolved = 0;
        AvroSchema? last = null;
        for (int i = 0; i < Schemas; i++)
        {
            AvroSchema schema = AvroSchema.Parse(random.Schema());
            byte[] bytes = Encode(schema, random.Datum(schema));
            if (last is not null && SchemaResolution.TryCreate(schema, last, out SchemaResolution plan, out _)
                && plan.TryDecode(bytes, out AvroValue value, out _))
            {
                resolved++;
                Encode(last, value);
            }

            last = schema;
        }

        Assert.True(resolved > 0);
    }

    internal static byte[] Encode(AvroSchema schema, AvroValue datum)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(AvroDatum.TryEncode(schema, datum, output, out AvroError? error), error?.ToString());
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Damage(byte[] bytes, RandomAvro random)
    {
        byte[] damaged = [.. bytes];
        for (int n = random.Next(3); n >= 0 && damaged.Length > 0; n--)
        {
            int at = random.Next(damaged.Length);
            damaged = random.Next(4) switch
            {
                0 => [.. damaged[..at], .. damaged[(at + 1)..]],
                1 => [.. damaged[..at], .. random.Bytes(1 + random.Next(10)), .. damaged[at..]],
                2 => [.. damaged[..at], 0xff, .. damaged[(at + 1)..]],
                _ => [.. damaged[..at], (byte)(damaged[at] ^ (1 << random.Next(8))), .. damaged[(at + 1)..]],
            };
        }

        return damaged;
    }
}
