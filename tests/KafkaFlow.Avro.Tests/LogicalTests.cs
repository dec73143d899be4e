using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace KafkaFlow.Avro.Tests;

/// <summary>Logical types: which are recognised, and what their data mean.</summary>
[Trait("tier", "fast")]
public sealed class LogicalTests
{
    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    [Fact]
    public void Values_of_logical_types_have_the_bytes_that_Java_gives_them()
    {
        IReadOnlyList<JsonNode> lines = VectorFile.Lines("java-logical.jsonl");
        var kinds = new HashSet<LogicalKind>();
        foreach (JsonNode line in lines)
        {
            AvroSchema schema = AvroSchema.Parse(line.Text("schema"));
            LogicalKind kind = schema.Logical!.Kind;
            kinds.Add(kind);
            byte[] bytes = Convert.FromHexString(line.Text("hex"));
            Assert.True(AvroDatum.TryDecode(schema, bytes, out AvroValue value, out _));
            // Java cuts what is finer than its unit, and so does the text compared.
            bool coarse = kind is LogicalKind.TimestampMillis or LogicalKind.LocalTimestampMillis
                && line.Text("text").Contains("00001Z", StringComparison.Ordinal);
            if (!coarse && !line.Text("text").Contains("999999Z", StringComparison.Ordinal))
                Assert.Equal(line.Text("text"), Text(value, schema));
            AvroValue back = Back(Text(value, schema), schema);
            Assert.Equal(value, back);
        }

        Assert.Equal(11, kinds.Count);
    }

    [Fact]
    public void What_one_side_cannot_hold_is_refused()
    {
        AvroSchema money = AvroSchema.Parse("""{"type":"bytes","logicalType":"decimal","precision":3,"scale":1}""");
        Assert.True(LogicalValues.TryOfUnscaled(-999, money, out _));
        Assert.False(LogicalValues.TryOfUnscaled(1000, money, out _));
        Assert.False(LogicalValues.TryOfUnscaled(1, AvroSchema.Parse("\"bytes\""), out _));
        AvroValue huge = AvroValue.Of(BigInteger.Pow(2, 96).ToByteArray(isBigEndian: true));
        Assert.False(LogicalValues.TryToDecimal(huge, money.Logical!, out _));
        Assert.False(LogicalValues.TryToDate(AvroValue.Of(int.MaxValue), out _));
        Assert.False(LogicalValues.TryToTime(AvroValue.Of(86_400_000), out _));
        Assert.False(LogicalValues.TryToTime(AvroValue.Of(-1L), out _));
        Assert.False(LogicalValues.TryToDateTime(AvroValue.Of(long.MaxValue), LogicalKind.TimestampMillis, out _));
        Assert.False(LogicalValues.TryOfDateTime(DateTime.MaxValue, LogicalKind.TimestampNanos, out _));
        Assert.False(LogicalValues.TryToGuid(AvroValue.Of("no id"), out _));
    }

    [Fact]
    public void Time_before_1970_is_counted_backwards()
    {
        Assert.True(LogicalValues.TryToDateTime(AvroValue.Of(-1L), LogicalKind.TimestampNanos, out DateTime at));
        Assert.Equal(DateTime.UnixEpoch.AddTicks(-1), at);
        Assert.True(LogicalValues.TryOfDateTime(at, LogicalKind.TimestampNanos, out AvroValue nanos));
        Assert.Equal(-100, nanos.AsLong());
        Assert.True(LogicalValues.TryOfDateTime(at, LogicalKind.TimestampMicros, out AvroValue micros));
        Assert.Equal(-1, micros.AsLong());
    }

    [Fact]
    public void A_duration_is_three_little_endian_numbers()
    {
        var schema = (FixedSchema)AvroSchema.Parse("""{"type":"fixed","name":"D","size":12,"logicalType":"duration"}""");
        var duration = new AvroDuration(1, 2, uint.MaxValue);
        AvroValue value = duration.ToValue(schema);
        Assert.Equal("0100000002000000FFFFFFFF", Convert.ToHexString(value.AsBytes().Span));
        Assert.True(AvroDuration.TryFrom(value, out AvroDuration read));
        Assert.Equal(duration, read);
    }

    [Theory]
    [InlineData("""{"type":"bytes","logicalType":"decimal"}""")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":0}""")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}""")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":2,"scale":-1}""")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":"2"}""")]
    [InlineData("""{"type":"fixed","name":"F","size":1,"logicalType":"decimal","precision":3}""")]
    [InlineData("""{"type":"fixed","name":"F","size":11,"logicalType":"duration"}""")]
    [InlineData("""{"type":"fixed","name":"F","size":15,"logicalType":"uuid"}""")]
    [InlineData("""{"type":"int","logicalType":"timestamp-micros"}""")]
    [InlineData("""{"type":"long","logicalType":"date"}""")]
    [InlineData("""{"type":"long","logicalType":7}""")]
    [InlineData("""{"type":"long","logicalType":"no-such-type"}""")]
    public void An_unknown_or_invalid_logical_type_is_ignored_and_kept_as_an_attribute(string text)
    {
        AvroSchema schema = AvroSchema.Parse(text);
        Assert.Null(schema.Logical);
        Assert.True(schema.Attributes.ContainsKey("logicalType"));
    }

    private static string Text(AvroValue value, AvroSchema schema)
    {
        CultureInfo free = CultureInfo.InvariantCulture;
        switch (schema.Logical!.Kind)
        {
            case LogicalKind.Decimal:
                Assert.True(LogicalValues.TryToDecimal(value, schema.Logical, out decimal number));
                return number.ToString(free);
            case LogicalKind.Uuid:
                Assert.True(LogicalValues.TryToGuid(value, out Guid guid));
                return guid.ToString();
            case LogicalKind.Date:
                Assert.True(LogicalValues.TryToDate(value, out DateOnly date));
                return date.ToString("yyyy-MM-dd", free);
            case LogicalKind.TimeMillis or LogicalKind.TimeMicros:
                Assert.True(LogicalValues.TryToTime(value, out TimeOnly time));
                return time.ToString("HH:mm:ss.FFFFFF", free);
            default:
                Assert.True(LogicalValues.TryToDateTime(value, schema.Logical.Kind, out DateTime at));
                return at.ToString(Iso, free);
        }
    }

    private static AvroValue Back(string text, AvroSchema schema)
    {
        CultureInfo free = CultureInfo.InvariantCulture;
        AvroValue value;
        switch (schema.Logical!.Kind)
        {
            case LogicalKind.Decimal:
                var unscaled = (BigInteger)(decimal.Parse(text, free) * 10_000);
                Assert.True(LogicalValues.TryOfUnscaled(unscaled, schema, out value));
                return value;
            case LogicalKind.Uuid:
                return LogicalValues.OfGuid(Guid.Parse(text), schema);
            case LogicalKind.Date:
                return LogicalValues.OfDate(DateOnly.Parse(text, free));
            case LogicalKind.TimeMillis or LogicalKind.TimeMicros:
                return LogicalValues.OfTime(TimeOnly.Parse(text, free), schema.Logical.Kind);
            default:
                DateTime at = DateTime.ParseExact(
                    text, Iso, free, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
                Assert.True(LogicalValues.TryOfDateTime(at, schema.Logical.Kind, out value));
                return value;
        }
    }
}
