using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace KafkaFlow.Avro.Tests;

/// <summary>Bytes made to exhaust, crash or hang: each answers with an error, at once and with little memory.</summary>
[Trait("tier", "fast")]
public sealed class HostileDataTests
{
    private const string Null40 = "808080808040"; // 2^40 as a block count
    private const string Min = "FFFFFFFFFFFFFFFFFF01"; // -2^63

    [Theory]
    [InlineData("\"string\"", "8080808010", "a length of 2147483648 with 0 bytes left")]
    [InlineData("\"bytes\"", "8080808010", "a length of 2147483648 with 0 bytes left")]
    [InlineData("\"bytes\"", "FEFFFFFFFFFFFFFFFF01", "a length of 9223372036854775807 with 0 bytes left")]
    [InlineData("\"bytes\"", Min, "a length of -9223372036854775808, expected 0 or more")]
    [InlineData("""{"type":"array","items":"int"}""", "8080808010", "the input ends here")]
    [InlineData("""{"type":"array","items":"int"}""", Min, "impossible count or byte size -9223372036854775808")]
    [InlineData("""{"type":"map","values":"int"}""", Min, "impossible count or byte size -9223372036854775808")]
    [InlineData("""{"type":"array","items":"int"}""", "01" + Min, "impossible count or byte size -9223372036854775808")]
    [InlineData("""{"type":"array","items":"int"}""", "0101020200", "impossible count or byte size -1")]
    [InlineData("""{"type":"array","items":"int"}""", "0180808080100200", "byte size 2147483648")]
    [InlineData("""{"type":"array","items":"int"}""", "01040200", "a block said to end at byte 4 ends here")]
    [InlineData("""{"type":"array","items":"int"}""", "FDFFFFFFFFFFFFFFFF010202", "the input ends here")]
    [InlineData("""{"type":"array","items":"null"}""", Null40 + "00", "values without a byte of their own")]
    [InlineData("""{"type":"array","items":{"type":"fixed","name":"Z","size":0}}""", Null40 + "00", "values without a byte")]
    [InlineData("""{"type":"array","items":{"type":"record","name":"Z","fields":[]}}""", Null40 + "00", "values without a byte")]
    [InlineData("""{"type":"array","items":{"type":"array","items":"null"}}""", "02" + Null40 + "00", "values without a byte")]
    [InlineData("""{"type":"fixed","name":"F","size":2147483647}""", "00", "2147483647 bytes expected, 1 left")]
    [InlineData("\"boolean\"", "02", "expected a boolean (0 or 1), found byte 2")]
    [InlineData("[\"null\",\"int\"]", "04", "index 2, which the schema does not have")]
    [InlineData("[\"null\",\"int\"]", "01", "index -1, which the schema does not have")]
    [InlineData("[]", "00", "index 0, which the schema does not have")]
    [InlineData("""{"type":"enum","name":"E","symbols":["A"]}""", "02", "index 1, which the schema does not have")]
    [InlineData("""{"type":"enum","name":"E","symbols":[]}""", "00", "index 0, which the schema does not have")]
    [InlineData("\"string\"", "02FF", "not valid UTF-8")]
    [InlineData("""{"type":"map","values":"null"}""", "0202FF00", "not valid UTF-8")]
    [InlineData("\"int\"", "0000", "1 bytes are left over")]
    [InlineData("\"int\"", "8080808010", "a number longer than its type allows")]
    public void Impossible_data_are_refused(string schemaText, string hex, string expected)
    {
        AvroSchema schema = AvroSchema.Parse(schemaText);
        AssertRefused(schema, Convert.FromHexString(hex), expected);
        AssertSkipRefused(schemaText, hex, expected);
    }

    [Fact]
    public void Nesting_is_read_to_its_limit_and_refused_beyond()
    {
        AvroSchema schema = AvroSchema.Parse(
            """{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}""");
        AssertRefused(schema, List(10_000), "nests deeper than 256 levels");
        AssertRefused(schema, List(AvroLimits.MaxDepth + 1), "nests deeper than 256 levels");
        Assert.True(AvroDatum.TryDecode(schema, List(AvroLimits.MaxDepth), out AvroValue deepest, out _));
        var output = new ArrayBufferWriter<byte>();
        Assert.True(AvroDatum.TryEncode(schema, deepest, output, out _));
        Assert.Equal(List(AvroLimits.MaxDepth), output.WrittenSpan.ToArray());

        AvroValue deeper = AvroValue.Of(new AvroRecord((RecordSchema)schema, deepest));
        Assert.False(AvroDatum.TryEncode(schema, deeper, new ArrayBufferWriter<byte>(), out AvroError? error));
        Assert.Contains("nests deeper than 256 levels", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_contains_itself_or_doubles_without_bytes_ends()
    {
        AvroSchema endless = AvroSchema.Parse(
            """{"type":"record","name":"R","fields":[{"name":"a","type":"R"},{"name":"b","type":"R"}]}""");
        AssertRefused(endless, [], "nests deeper than 256 levels");

        // 2^40 empty records out of no input.
        var text = new StringBuilder("""{"type":"record","name":"R0","fields":[]}""");
        for (int i = 1; i <= 40; i++)
        {
            string inner = text.ToString();
            text.Clear().Append($$"""{"type":"record","name":"R{{i}}","fields":[{"name":"a","type":{{inner}}},""");
            text.Append($$"""{"name":"b","type":"R{{i - 1}}"}]}""");
        }

        AssertRefused(AvroSchema.Parse(text.ToString()), [], "values without a byte of their own");
    }

    [Fact]
    public void What_a_reader_would_refuse_is_not_written()
    {
        AvroSchema schema = AvroSchema.Parse("""{"type":"array","items":"null"}""");
        AvroValue most = AvroValue.Of(new AvroValue[AvroLimits.MaxFreeValues]);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(AvroDatum.TryEncode(schema, most, output, out _));
        Assert.True(AvroDatum.TryDecode(schema, output.WrittenSpan, out AvroValue read, out _));
        Assert.Equal(most, read);
        AvroValue more = AvroValue.Of(new AvroValue[AvroLimits.MaxFreeValues + 100]);
        Assert.False(AvroDatum.TryEncode(schema, more, new ArrayBufferWriter<byte>(), out _));
    }

    [Fact]
    public void A_failure_names_the_place_in_the_datum()
    {
        AvroSchema schema = AvroSchema.Parse(
            """{"type":"map","values":{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"f","type":["null","boolean"]}]}}}""");
        Assert.False(AvroDatum.TryDecode(schema, Convert.FromHexString("02026B040002050000"), out _, out AvroError? error));
        Assert.Equal("$.k[1].f (byte 6): expected a boolean (0 or 1), found byte 5", error!.ToString());
    }

    private static byte[] List(int nodes) => [.. Enumerable.Repeat((byte)2, nodes - 1), 0];

    // The same bytes in a field that the reader does not have.
    private static void AssertSkipRefused(string schemaText, string hex, string expected)
    {
        if (expected.Contains("left over", StringComparison.Ordinal))
            return;
        AvroSchema writer = AvroSchema.Parse($$"""{"type":"record","name":"R","fields":[{"name":"f","type":{{schemaText}}}]}""");
        AvroSchema reader = AvroSchema.Parse("""{"type":"record","name":"R","fields":[]}""");
        Assert.True(SchemaResolution.TryCreate(writer, reader, out SchemaResolution resolution, out _));
        bool read = resolution.TryDecode(Convert.FromHexString(hex), out _, out AvroError? error);
        // A block of known size is skipped unread, its content unseen.
        if (expected.StartsWith("a block said", StringComparison.Ordinal))
            return;
        Assert.False(read);
        Assert.Contains(expected, error!.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(AvroSchema schema, byte[] data, string expected)
    {
        AvroDatum.TryDecode(schema, data, out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        Assert.False(AvroDatum.TryDecode(schema, data, out _, out AvroError? error));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Contains(expected, error!.Message, StringComparison.Ordinal);
    }
}
