namespace KafkaFlow.Contracts.Tests;

[Trait("tier", "fast")]
public sealed class TimestampTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0L)]
    [InlineData("1970-01-01t00:00:00.000001z", 1L)]
    [InlineData("1970-01-01 01:00:00.0000019+01:00", 1L)]
    [InlineData("1969-12-31T23:59:59.5-00:30", 1_799_500_000L)]
    [InlineData("2026-02-28T23:59:59.123456789123Z", 1_772_323_199_123_456L)]
    [InlineData("0001-01-01T00:00:00Z", -62_135_596_800_000_000L)]
    [InlineData("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999L)]
    public void A_time_of_rfc_3339_is_read(string text, long unixMicros)
    {
        Assert.True(Timestamp.TryParse(text, out var read));
        Assert.Equal(unixMicros, read.UnixMicros);
        Assert.True(Timestamp.TryParse(read.ToString(), out var again));
        Assert.Equal(read, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T10:00:00")]
    [InlineData("2026-01-31T10:00Z")]
    [InlineData("2026-02-30T10:00:00Z")]
    [InlineData("2026-01-31T24:00:00Z")]
    [InlineData("2026-06-30T23:59:60Z")]
    [InlineData("2026-01-31T10:00:00.Z")]
    [InlineData("2026-01-31T10:00:00+1:00")]
    [InlineData("2026-01-31T10:00:00+24:00")]
    [InlineData("2026-01-31T10:00:00+01:00Z")]
    [InlineData("2026-01-31T10:00:00Z ")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("1767225600")]
    public void Anything_else_is_refused(string text) => Assert.False(Timestamp.TryParse(text, out _));
}
