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
        if (rest is not ("Z" or "z")
            && !(rest.Length == 6 && rest[0] is '+' or '-' && Zones.TryOffset(rest, out offset)))
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

/// <summary>Durations: signed nanoseconds in 64 bits.</summary>
internal static class Durations
{
    public const long NanosPerSecond = 1_000_000_000;
    private static readonly (string Name, decimal Nanos)[] Units =
    [
        ("ns", 1m), ("us", 1_000m), ("µs", 1_000m), ("μs", 1_000m), ("ms", 1_000_000m),
        ("s", 1_000_000_000m), ("m", 60_000_000_000m), ("h", 3_600_000_000_000m),
    ];

    public static Value Of(long nanos) => new(Tag.Duration, nanos);

    /// <summary>Reads Go's form: <c>1h34us</c>, <c>-1.5h</c>, <c>0</c>.</summary>
    public static Value Parse(string text)
    {
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith("-", StringComparison.Ordinal);
        if (negative || rest.StartsWith("+", StringComparison.Ordinal))
            rest = rest[1..];
        if (rest is "0")
            return Of(0);
        decimal total = 0;
        bool any = false;
        while (rest.Length > 0)
        {
            int digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
                digits++;
            int end = digits;
            while (end < rest.Length && !char.IsAsciiDigit(rest[end]) && rest[end] != '.')
                end++;
            if (!TryPart(rest[..digits], rest[digits..end], out decimal nanos))
                return Failure.Invalid("duration text is not like '1h30m' or '1.5s'");
            total += nanos;
            if (total > 2m * long.MaxValue)
                return Failure.Overflow("duration()");
            any = true;
            rest = rest[end..];
        }
        if (!any)
            return Failure.Invalid("duration text is empty");
        total = decimal.Truncate(negative ? -total : total);
        return total is < long.MinValue or > long.MaxValue ? Failure.Overflow("duration()") : Of((long)total);
    }

    public static string Format(long nanos)
    {
        var text = new StringBuilder();
        UInt128 magnitude = nanos < 0 ? (UInt128)(-(Int128)nanos) : (UInt128)nanos;
        if (nanos < 0)
            text.Append('-');
        text.Append(CultureInfo.InvariantCulture, $"{(ulong)(magnitude / NanosPerSecond)}");
        AppendFraction(text, (int)(magnitude % NanosPerSecond));
        return text.Append('s').ToString();
    }

    public static void AppendFraction(StringBuilder text, int nanos)
    {
        if (nanos != 0)
            text.Append('.').Append(nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0'));
    }

    private static bool TryPart(ReadOnlySpan<char> number, ReadOnlySpan<char> unit, out decimal nanos)
    {
        nanos = 0;
        if (number.Length is 0 or > 24
            || !decimal.TryParse(
                number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count))
            return false;
        foreach ((string name, decimal size) in Units)
        {
            if (!unit.SequenceEqual(name))
                continue;
            // Held below what overflows a decimal, yet beyond what a duration can be.
            nanos = Math.Min(count, 3m * long.MaxValue / size) * size;
            return true;
        }
        return false;
    }
}
