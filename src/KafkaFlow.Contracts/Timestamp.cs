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

    /// <summary>Reads RFC 3339 with any offset; digits below the microsecond are cut. A time without offset, a date
    /// alone and leap seconds are refused.</summary>
    public static bool TryParse(string text, out Timestamp value)
    {
        const string upToSeconds = "yyyy-MM-dd'T'HH:mm:ss";
        const int secondsEnd = 19;
        value = default;
        if (text.Length <= secondsEnd || text[10] is not ('T' or 't' or ' ')) return false;
        if (!DateTime.TryParseExact($"{text[..10]}T{text[11..secondsEnd]}", upToSeconds, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var seconds))
            return false;
        var rest = text.AsSpan(secondsEnd);
        if (!TryReadFraction(ref rest, out var micros) || !TryReadOffset(rest, out var offsetMinutes)) return false;
        var unixMicros = (seconds.Ticks - EpochTicks) / 10 + micros - offsetMinutes * 60_000_000L;
        if (unixMicros < -EpochTicks / 10 || unixMicros > (DateTime.MaxValue.Ticks - EpochTicks) / 10) return false;
        value = new Timestamp(unixMicros);
        return true;
    }

    private static bool TryReadFraction(ref ReadOnlySpan<char> rest, out long micros)
    {
        const int microDigits = 6;
        micros = 0;
        if (rest is not ['.', ..]) return true;
        var digits = 1;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits])) digits++;
        for (var i = 1; i <= microDigits; i++) micros = micros * 10 + (i < digits ? rest[i] - '0' : 0);
        rest = rest[digits..];
        return digits > 1;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> rest, out int minutes)
    {
        minutes = 0;
        if (rest is ['Z'] or ['z']) return true;
        if (rest is not ['+' or '-', _, _, ':', _, _]) return false;
        var culture = CultureInfo.InvariantCulture;
        if (!byte.TryParse(rest[1..3], NumberStyles.None, culture, out var hours) || hours > 23) return false;
        if (!byte.TryParse(rest[4..6], NumberStyles.None, culture, out var sixtieths) || sixtieths > 59) return false;
        minutes = (hours * 60 + sixtieths) * (rest[0] == '-' ? -1 : 1);
        return true;
    }

    /// <summary>RFC 3339, UTC, with microseconds.</summary>
    public override string ToString() => ToDateTime().ToString(Format, CultureInfo.InvariantCulture);
}
