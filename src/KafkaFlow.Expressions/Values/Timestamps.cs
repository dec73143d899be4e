using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Values;

/// <summary>Timestamps: seconds since 1970 and nanoseconds, years 1 to 9999, printed as RFC 3339 in UTC.</summary>
internal static class Timestamps
{
    private const long MinSeconds = -62135596800;
    private const long MaxSeconds = 253402300799;

    public static Value Of(long seconds, int nanos)
    {
        if (seconds is < MinSeconds or > MaxSeconds)
            return Failure.Overflow("timestamp");
        return new Value(nanos == 0 ? TimestampPart.Zero : new TimestampPart(nanos), seconds);
    }

    public static int Nanos(Value timestamp) => ((TimestampPart)timestamp.Object!).Nanos;

    public static int Compare(Value left, Value right) =>
        left.Bits != right.Bits ? left.Bits.CompareTo(right.Bits) : Nanos(left).CompareTo(Nanos(right));

    public static Value Add(Value timestamp, Int128 nanos)
    {
        Int128 total = ((Int128)timestamp.Bits * Durations.NanosPerSecond) + Nanos(timestamp) + nanos;
        Int128 seconds = total / Durations.NanosPerSecond;
        Int128 rest = total % Durations.NanosPerSecond;
        if (rest < 0)
        {
            rest += Durations.NanosPerSecond;
            seconds -= 1;
        }
        if (seconds < MinSeconds || seconds > MaxSeconds)
            return Failure.Overflow("timestamp");
        return Of((long)seconds, (int)rest);
    }

    public static Value Subtract(Value left, Value right)
    {
        Int128 nanos = (((Int128)left.Bits - right.Bits) * Durations.NanosPerSecond) + Nanos(left) - Nanos(right);
        return nanos < long.MinValue || nanos > long.MaxValue
            ? Failure.Overflow("timestamp difference")
            : Durations.Of((long)nanos);
    }

    /// <summary>Reads RFC 3339 with up to nine digits of fraction.</summary>
    public static Value Parse(string text)
    {
        const int dateLength = 19;
        if (text.Length < dateLength + 1
            || !DateTime.TryParseExact(text[..dateLength].ToUpperInvariant(), "yyyy-MM-ddTHH:mm:ss",
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out DateTime date))
            return Failure.Invalid("timestamp text is not like '2009-02-13T23:31:30Z'");
        ReadOnlySpan<char> rest = text.AsSpan(dateLength);
        int nanos = 0;
        if (rest[0] == '.')
        {
            int digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            if (digits is 1 or > 10)
                return Failure.Invalid("the fraction of a timestamp has 1 to 9 digits");
            nanos = int.Parse(rest[1..digits].ToString().PadRight(9, '0'), CultureInfo.InvariantCulture);
            rest = rest[digits..];
        }
        long offset = 0;
        if (rest is not ("Z" or "z") && !(rest.Length == 6 && rest[0] is '+' or '-' && Zones.TryOffset(rest, out offset)))
            return Failure.Invalid("a timestamp ends in Z or an offset such as +02:00");
        long seconds = (date.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
        return Of(seconds - offset, nanos);
    }

    public static string Format(Value timestamp)
    {
        var text = new StringBuilder(DateTime.UnixEpoch.AddSeconds(timestamp.Bits)
            .ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        Durations.AppendFraction(text, Nanos(timestamp));
        return text.Append('Z').ToString();
    }
}

/// <summary>Time zones: UTC, fixed offsets, and names of the IANA database of the machine.</summary>
internal static class Zones
{
    /// <summary>Reads <c>+11:00</c>, <c>-02:30</c> or <c>02:00</c>; the result is in seconds.</summary>
    public static bool TryOffset(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = 0;
        bool negative = text.StartsWith("-", StringComparison.Ordinal);
        if (negative || text.StartsWith("+", StringComparison.Ordinal))
            text = text[1..];
        int colon = text.IndexOf(':');
        if (colon is < 1 or > 2 || text.Length != colon + 3
            || !int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out int hours)
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes)
            || hours > 23 || minutes > 59)
            return false;
        seconds = ((hours * 60) + minutes) * 60;
        if (negative)
            seconds = -seconds;
        return true;
    }

    /// <summary>The local date and time of a timestamp, whole seconds.</summary>
    public static bool TryLocal(Value timestamp, string zone, out DateTime local)
    {
        local = DateTime.UnixEpoch.AddSeconds(timestamp.Bits);
        long offset = 0;
        if (zone is not ("UTC" or "") && !TryOffset(zone, out offset))
        {
            if (zone.Length > 64 || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found))
                return false;
            offset = (long)found.GetUtcOffset(local).TotalSeconds;
        }
        long ticks = local.Ticks + (offset * TimeSpan.TicksPerSecond);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            return false;
        local = new DateTime(ticks, DateTimeKind.Unspecified);
        return true;
    }
}
