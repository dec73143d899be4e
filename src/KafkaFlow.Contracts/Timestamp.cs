using System.Globalization;

namespace KafkaFlow.Contracts;

/// <summary>A point in time in microseconds since 1970-01-01T00:00:00Z: Avro's <c>timestamp-micros</c>.</summary>
public readonly record struct Timestamp(long UnixMicros) : IComparable<Timestamp>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly long EpochTicks = DateTime.UnixEpoch.Ticks;

    public static Timestamp FromUnixMillis(long unixMs) => new(unixMs * 1000);

    public static Timestamp FromDateTime(DateTime utc) => new((utc.ToUniversalTime().Ticks - EpochTicks) / 10);

    public DateTime ToDateTime() => new(EpochTicks + UnixMicros * 10, DateTimeKind.Utc);

    public Timestamp Plus(TimeSpan duration) => new(UnixMicros + duration.Ticks / 10);

    public Timestamp PlusMillis(long ms) => new(UnixMicros + ms * 1000);

    public int CompareTo(Timestamp other) => UnixMicros.CompareTo(other.UnixMicros);

    public static bool operator <(Timestamp a, Timestamp b) => a.UnixMicros < b.UnixMicros;

    public static bool operator >(Timestamp a, Timestamp b) => a.UnixMicros > b.UnixMicros;

    public static bool operator <=(Timestamp a, Timestamp b) => a.UnixMicros <= b.UnixMicros;

    public static bool operator >=(Timestamp a, Timestamp b) => a.UnixMicros >= b.UnixMicros;

    public static Timestamp Max(Timestamp a, Timestamp b) => a >= b ? a : b;

    /// <summary>Reads RFC 3339 with any offset; digits below the microsecond are cut.</summary>
    public static bool TryParse(string text, out Timestamp value)
    {
        var ok = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at);
        value = ok ? FromDateTime(at.UtcDateTime) : default;
        return ok;
    }

    /// <summary>RFC 3339, UTC, with microseconds.</summary>
    public override string ToString() => ToDateTime().ToString(Format, CultureInfo.InvariantCulture);
}
