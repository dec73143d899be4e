using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Values;

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
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count))
            return false;
        foreach ((string name, decimal size) in Units)
        {
            if (!unit.SequenceEqual(name))
                continue;
            if (count > long.MaxValue)
                return false;
            nanos = count * size;
            return true;
        }
        return false;
    }
}
