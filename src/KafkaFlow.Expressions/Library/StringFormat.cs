using System.Globalization;
using System.Numerics;
using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary><c>'..%s..'.format([..])</c> with the verbs s d f e b o x X.</summary>
internal static class StringFormat
{
    private const int MaxPrecision = 1_000;

    public static Value Format(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string pattern || a[1].Object is not ValueList arguments)
            return Failure.NoOverload("format", a);
        if (!frame.ChargeText(pattern.Length))
            return frame.Stopped;
        var result = new StringBuilder();
        int next = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                result.Append(pattern[i]);
                continue;
            }
            i++;
            if (i < pattern.Length && pattern[i] == '%')
            {
                result.Append('%');
                continue;
            }
            if (!TryPrecision(pattern, ref i, out int precision) || i >= pattern.Length)
                return Failure.Invalid("format() has an unfinished or malformed verb");
            if (next >= arguments.Count)
                return Failure.Of("index_out_of_range", "format() has more verbs than arguments");
            string? problem = Append(frame, result, pattern[i], precision, arguments[next++]);
            if (problem is not null)
                return Failure.Invalid($"format(): {problem}");
            if (!frame.Charge(1) || result.Length > ExpressionLimits.TextChars)
                break;
        }
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static bool TryPrecision(string pattern, ref int at, out int precision)
    {
        precision = 6;
        if (at >= pattern.Length || pattern[at] != '.')
            return true;
        int start = ++at;
        while (at < pattern.Length && char.IsAsciiDigit(pattern[at]))
            at++;
        return at - start is > 0 and <= 4
            && int.TryParse(pattern.AsSpan(start, at - start), CultureInfo.InvariantCulture, out precision)
            && precision <= MaxPrecision;
    }

    private static string? Append(Frame frame, StringBuilder result, char verb, int precision, Value value)
    {
        string? text = verb switch
        {
            's' => Text(frame, value, 0),
            'd' => Decimal(value),
            'f' => Fixed(value, precision),
            'e' => Scientific(value, precision),
            'b' => value.Kind == ValueKind.Bool ? (value.Bits != 0 ? "1" : "0") : Radix(value, 2),
            'o' => Radix(value, 8),
            'x' => Hex(value),
            'X' => Hex(value)?.ToUpperInvariant(),
            _ => null,
        };
        if (text is null)
            return $"verb %{verb} does not take {KindName.Of(value)}";
        result.Append(text);
        return null;
    }

    private static string? Text(Frame frame, Value value, int depth)
    {
        if (depth > ExpressionLimits.DataDepth || !frame.Charge(1))
            return null;
        switch (value.Kind)
        {
            case ValueKind.Double:
                return ValueText.CelText(value.Number);
            case ValueKind.Bytes:
                return Encoding.UTF8.GetString(((BytesValue)value.Object!).Data);
            case ValueKind.List:
                var list = (ValueList)value.Object!;
                var items = new string[list.Count];
                for (int i = 0; i < items.Length; i++)
                {
                    if (Text(frame, list[i], depth + 1) is not { } item)
                        return null;
                    items[i] = item;
                }
                return Bounded(frame, '[', items, ']');
            case ValueKind.Map:
                var map = (ValueMap)value.Object!;
                var entries = new string[map.Count];
                var keys = new string[map.Count];
                for (int i = 0; i < entries.Length; i++)
                {
                    if (Text(frame, map.KeyAt(i), depth + 1) is not { } key
                        || Text(frame, map.ValueAt(i), depth + 1) is not { } entry)
                        return null;
                    keys[i] = key;
                    entries[i] = $"{key}: {entry}";
                }
                Array.Sort(keys, entries, CodePointOrder.Instance);
                return Bounded(frame, '{', entries, '}');
            case ValueKind.Optional or ValueKind.Missing or ValueKind.Error:
                return null;
            default:
                return ValueText.Of(value);
        }
    }

    private static string? Bounded(Frame frame, char open, string[] pieces, char close)
    {
        long length = 2;
        foreach (string piece in pieces)
            length += piece.Length + 2;
        return frame.ChargeText(length) ? $"{open}{string.Join(", ", pieces)}{close}" : null;
    }

    private static string? Decimal(Value value)
    {
        if (value.Kind is ValueKind.Int or ValueKind.UInt)
            return ValueText.Of(value);
        return value.Kind == ValueKind.Double && !double.IsFinite(value.Number) ? ValueText.CelText(value.Number)
            : null;
    }

    private static string? Fixed(Value value, int precision)
    {
        if (!Numbers.TryToDouble(value, out double number))
            return null;
        return double.IsFinite(number) ? DecimalRounding.Fixed(number, precision) : ValueText.CelText(number);
    }

    private static string? Scientific(Value value, int precision)
    {
        if (!Numbers.TryToDouble(value, out double number))
            return null;
        return double.IsFinite(number)
            ? number.ToString($"0.{new string('0', precision)}e+00", CultureInfo.InvariantCulture)
                .Replace(".e", "e", StringComparison.Ordinal)
            : ValueText.CelText(number);
    }

    private static string? Radix(Value value, int radix)
    {
        if (value.Kind is not (ValueKind.Int or ValueKind.UInt))
            return null;
        bool negative = value.Kind == ValueKind.Int && value.Bits < 0;
        ulong magnitude = negative ? unchecked((ulong)-value.Bits) : value.Unsigned;
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (magnitude % (ulong)radix)));
            magnitude /= (ulong)radix;
        }
        while (magnitude != 0);
        return negative ? "-" + digits : digits.ToString();
    }

    private static string? Hex(Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Int when value.Bits < 0:
                return "-" + unchecked((ulong)-value.Bits).ToString("x", CultureInfo.InvariantCulture);
            case ValueKind.Int or ValueKind.UInt:
                return value.Unsigned.ToString("x", CultureInfo.InvariantCulture);
            case ValueKind.String:
                return Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value.Text));
            case ValueKind.Bytes:
                return Convert.ToHexStringLower(((BytesValue)value.Object!).Data);
            default:
                return null;
        }
    }
}

/// <summary>Rounding of a double's exact value to decimal places, halves to even, as C and Python do.</summary>
internal static class DecimalRounding
{
    public static string Fixed(double number, int precision)
    {
        bool negative = double.IsNegative(number);
        string digits =
            Scaled(Math.Abs(number), precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        string whole = digits[..^precision];
        string text = precision == 0 ? whole : $"{whole}.{digits[^precision..]}";
        return negative ? "-" + text : text;
    }

    /// <summary>The number times ten to the precision, which may be negative, rounded half to even.</summary>
    public static BigInteger Scaled(double magnitude, int precision)
    {
        long bits = BitConverter.DoubleToInt64Bits(magnitude);
        int exponent = (int)(bits >> 52) & 0x7FF;
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        int shift = (exponent == 0 ? 1 : exponent) - 1075;
        BigInteger numerator =
            mantissa * BigInteger.Pow(10, Math.Max(precision, 0)) * (BigInteger.One << Math.Max(shift, 0));
        BigInteger denominator = BigInteger.Pow(10, Math.Max(-precision, 0)) * (BigInteger.One << Math.Max(-shift, 0));
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
