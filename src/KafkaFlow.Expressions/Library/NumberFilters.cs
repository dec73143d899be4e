using System.Globalization;
using System.Numerics;

namespace KafkaFlow.Expressions.Library;

/// <summary>Filters on numbers, with the behaviour they have in Jinja.</summary>
internal static class NumberFilters
{
    private const int MaxPrecision = 300;

    public static readonly FunctionEntry[] All =
    [
        new("int", 0, 2, ToInt, ["default", "base"]),
        new("float", 0, 1, ToFloat, ["default"]),
        new("round", 0, 2, Round, ["precision", "method"]),
        new("abs", 0, 0, static (_, a) => a[0].Kind switch
        {
            ValueKind.Int when a[0].Bits != long.MinValue => Value.Int(Math.Abs(a[0].Bits)),
            ValueKind.UInt => a[0],
            ValueKind.Double => Value.Double(Math.Abs(a[0].Number)),
            ValueKind.Int => Failure.Overflow("abs"),
            _ => Failure.NoOverload("abs", a),
        }, []),
    ];

    private static Value ToInt(Frame frame, ReadOnlySpan<Value> a)
    {
        Value otherwise = a[1].IsMissing ? Value.Int(0) : a[1];
        switch (a[0].Kind)
        {
            case ValueKind.Int:
                return a[0];
            case ValueKind.Bool:
                return Value.Int(a[0].Bits);
            case ValueKind.UInt:
                return a[0].Bits < 0 ? Failure.Overflow("int") : Value.Int(a[0].Bits);
            case ValueKind.Double:
                return double.IsNaN(a[0].Number) ? otherwise : Numbers.ToInt(a[0].Number);
            case ValueKind.String:
                break;
            default:
                return otherwise;
        }
        if (!a[2].IsMissing && !a[2].IsInt)
            return Failure.NoOverload("int", a);
        string text = a[0].Text.Trim();
        if (!frame.ChargeText(text.Length))
            return frame.Stopped;
        if (TryWhole(text, a[2].IsMissing ? 10 : a[2].Bits, out BigInteger whole))
            return whole < long.MinValue || whole > long.MaxValue ? Failure.Overflow("int") : Value.Int((long)whole);
        return TryFloat(text, out double number) && double.IsFinite(number) ? Numbers.ToInt(number) : otherwise;
    }

    private static bool TryWhole(string text, long radix, out BigInteger whole)
    {
        whole = 0;
        const int maxDigits = 400;
        ReadOnlySpan<char> digits = text;
        bool negative = digits.StartsWith("-", StringComparison.Ordinal);
        if (negative || digits.StartsWith("+", StringComparison.Ordinal))
            digits = digits[1..];
        string prefix = radix switch { 2 => "0b", 8 => "0o", 16 => "0x", _ => "" };
        if (prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            digits = digits[2..];
        if (digits.Length is 0 or > maxDigits || digits[0] == '_' || digits[^1] == '_' || radix is < 2 or > 36)
            return false;
        char before = '0';
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : 99;
            if (c == '_' ? before == '_' : digit >= radix)
                return false;
            if (c != '_')
                whole = (whole * radix) + digit;
            before = c;
        }
        if (negative)
            whole = -whole;
        return true;
    }

    private static bool TryFloat(string text, out double number)
    {
        const NumberStyles style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out number)
            && text.AsSpan().IndexOfAnyInRange('0', '9') >= 0)
            return true;
        number = text.ToUpperInvariant() switch
        {
            "NAN" or "+NAN" or "-NAN" => double.NaN,
            "INF" or "+INF" or "INFINITY" or "+INFINITY" => double.PositiveInfinity,
            "-INF" or "-INFINITY" => double.NegativeInfinity,
            _ => 0,
        };
        return number != 0;
    }

    private static Value ToFloat(Frame frame, ReadOnlySpan<Value> a)
    {
        if (Numbers.TryToDouble(a[0], out double number))
            return Value.Double(number);
        if (a[0].IsBool)
            return Value.Double(a[0].Bits);
        if (a[0].Object is string text)
        {
            if (!frame.ChargeText(text.Length))
                return frame.Stopped;
            if (TryFloat(text.Trim(), out number))
                return Value.Double(number);
        }
        return a[1].IsMissing ? Value.Double(0) : a[1];
    }

    private static Value Round(Frame frame, ReadOnlySpan<Value> a)
    {
        string method = a[2].IsMissing ? "common" : a[2].AsString ?? "";
        if (!Numbers.IsNumber(a[0]) || (!a[1].IsMissing && !a[1].IsInt))
            return Failure.NoOverload("round", a);
        long precision = a[1].IsMissing ? 0 : a[1].Bits;
        if (method is not ("common" or "ceil" or "floor") || Math.Abs(precision) > MaxPrecision)
            return Failure.Invalid($"round: the method is common, ceil or floor, the precision within {MaxPrecision}");
        if (!frame.Charge(1 + (Math.Abs(precision) / 16)))
            return frame.Stopped;
        Numbers.TryToDouble(a[0], out double number);
        if (method != "common")
        {
            double scale = Math.Pow(10, precision);
            double whole = method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale);
            // Python's ceil is an integer, which has no negative zero.
            return Value.Double((whole + 0.0) / scale);
        }
        if (a[0].Kind != ValueKind.Double && precision >= 0)
            return a[0];
        if (!double.IsFinite(number))
            return a[0];
        BigInteger scaled = DecimalRounding.Scaled(Math.Abs(number), (int)precision);
        double rounded = double.Parse($"{scaled}E{-precision}", NumberStyles.Float, CultureInfo.InvariantCulture);
        rounded = double.IsNegative(number) ? -rounded : rounded;
        return a[0].Kind == ValueKind.Double ? Value.Double(rounded) : Numbers.ToInt(rounded);
    }
}
