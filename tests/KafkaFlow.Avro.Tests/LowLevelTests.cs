using System.Buffers;

namespace KafkaFlow.Avro.Tests;

/// <summary>The reader and writer that hand-written codecs use.</summary>
[Trait("tier", "fast")]
public sealed class LowLevelTests
{
    [Fact]
    public void What_the_writer_writes_the_reader_reads_and_neither_allocates()
    {
        var output = new ArrayBufferWriter<byte>(4096);
        long sum = 0;
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            output.ResetWrittenCount();
            long before = GC.GetAllocatedBytesForCurrentThread();
            sum = RoundTrip(output);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
        Assert.Equal(1 + 2 - 3 + long.MinValue + 4, sum);
    }

    private static long RoundTrip(ArrayBufferWriter<byte> output)
    {
        var writer = new AvroWriter(output);
        writer.WriteBoolean(true);
        writer.WriteInt(2);
        writer.WriteNullableLong(-3);
        writer.WriteNullableLong(null);
        writer.WriteLong(long.MinValue);
        writer.WriteString("żółw");
        writer.WriteDouble(4);
        Assert.True(writer.Flush());

        var reader = new AvroReader(output.WrittenSpan);
        bool all = reader.TryReadBoolean(out bool flag)
            & reader.TryReadInt(out int two)
            & reader.TryReadNullableLong(out long? minusThree)
            & reader.TryReadNullableLong(out long? none)
            & reader.TryReadLong(out long least)
            & reader.TryReadUtf8(out ReadOnlySpan<byte> text)
            & reader.TryReadDouble(out double four);
        Assert.True(all && none is null && reader.Remaining == 0 && text.SequenceEqual("żółw"u8));
        return (flag ? 1 : 0) + two + minusThree!.Value + least + (long)four;
    }

    [Theory]
    [InlineData("", AvroReadFailure.Truncated)]
    [InlineData("80", AvroReadFailure.Truncated)]
    [InlineData("8080808010", AvroReadFailure.NumberTooLarge)]
    [InlineData("808080808000", AvroReadFailure.NumberTooLarge)]
    [InlineData("80808080808080808002", AvroReadFailure.NumberTooLarge)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF", AvroReadFailure.NumberTooLarge)]
    public void An_int_that_is_cut_off_or_too_long_is_refused(string hex, AvroReadFailure expected)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        Assert.False(reader.TryReadInt(out _));
        Assert.Equal(expected, reader.Failure);
        Assert.Equal(0, reader.Position);
        Assert.False(reader.TryReadBoolean(out _));
    }

    [Theory]
    [InlineData("FEFFFFFFFFFFFFFFFF01", long.MaxValue, AvroReadFailure.None)]
    [InlineData("FFFFFFFFFFFFFFFFFF01", long.MinValue, AvroReadFailure.None)]
    [InlineData("FEFFFFFFFFFFFFFFFF03", 0, AvroReadFailure.NumberTooLarge)]
    [InlineData("8080808080808080808000", 0, AvroReadFailure.NumberTooLarge)]
    public void A_long_has_64_bits_and_no_more(string hex, long expected, AvroReadFailure failure)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        Assert.Equal(failure == AvroReadFailure.None, reader.TryReadLong(out long value));
        Assert.Equal(expected, value);
        Assert.Equal(failure, reader.Failure);
    }

    [Theory]
    [InlineData("8080808010", AvroReadFailure.LengthBeyondInput)]
    [InlineData("01", AvroReadFailure.NegativeLength)]
    [InlineData("FFFFFFFFFFFFFFFFFF01", AvroReadFailure.NegativeLength)]
    [InlineData("04C328", AvroReadFailure.NotUtf8)]
    [InlineData("06EDA080", AvroReadFailure.NotUtf8)]
    public void A_string_of_impossible_length_or_bytes_is_refused(string hex, AvroReadFailure expected)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        Assert.False(reader.TryReadString(out _));
        Assert.Equal(expected, reader.Failure);
        Assert.Equal(0, reader.Position);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_not_written()
    {
        var writer = new AvroWriter(new ArrayBufferWriter<byte>());
        writer.WriteString("a\ud800b");
        Assert.False(writer.Flush());
    }

    [Fact]
    public void A_single_object_carries_marker_and_fingerprint()
    {
        AvroSchema schema = AvroSchema.Parse("\"int\"");
        var output = new ArrayBufferWriter<byte>();
        var writer = new AvroWriter(output);
        SingleObject.WriteHeader(ref writer, schema.Fingerprint);
        Assert.True(AvroDatum.TryEncode(schema, AvroValue.Of(1), ref writer, out _));
        writer.Flush();
        Assert.Equal("C3018F5C393F1AD5757202", Convert.ToHexString(output.WrittenSpan));
        Assert.True(SingleObject.TryRead(output.WrittenSpan, out ulong fingerprint, out ReadOnlySpan<byte> datum));
        Assert.Equal(schema.Fingerprint, fingerprint);
        Assert.True(AvroDatum.TryDecode(schema, datum, out AvroValue value, out _));
        Assert.Equal(1, value.AsInt());
        for (int length = 0; length < SingleObject.HeaderBytes; length++)
            Assert.False(SingleObject.TryRead(output.WrittenSpan[..length], out _, out _));
    }
}
