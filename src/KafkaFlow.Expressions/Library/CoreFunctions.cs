using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>Size, type and the conversions of the CEL standard.</summary>
internal static class CoreFunctions
{
    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static readonly FunctionEntry[] Globals =
    [
        new("size", 1, 1, Size),
        new("type", 1, 1, static (_, a) => KindName.TypeOf(a[0])),
        new("dyn", 1, 1, static (_, a) => a[0]),
        new("bool", 1, 1, static (_, a) => ToBool(a[0])),
        new("int", 1, 1, static (_, a) => ToInt(a[0])),
        new("uint", 1, 1, static (_, a) => ToUInt(a[0])),
        new("double", 1, 1, static (_, a) => ToDouble(a[0])),
        new("string", 1, 1, ToText),
        new("bytes", 1, 1, ToBytes),
        new("timestamp", 1, 1, static (_, a) => ToTimestamp(a[0])),
        new("duration", 1, 1, static (_, a) => ToDuration(a[0])),
    ];

    public static readonly FunctionEntry[] Methods =
    [
        new("size", 0, 0, Size),
        new("contains", 1, 1, static (f, a) =>
            TextPair(f, a, "contains", static (x, y) => x.Contains(y, StringComparison.Ordinal))),
        new("startsWith", 1, 1, static (f, a) =>
            TextPair(f, a, "startsWith", static (x, y) => x.StartsWith(y, StringComparison.Ordinal))),
        new("endsWith", 1, 1, static (f, a) =>
            TextPair(f, a, "endsWith", static (x, y) => x.EndsWith(y, StringComparison.Ordinal))),
    ];

    public static Value Size(Frame frame, ReadOnlySpan<Value> a)
    {
        switch (a[0].Object)
        {
            case string text:
                frame.Charge(text.Length / 16);
                return Value.Int(CodePoints.Count(text));
            case BytesValue bytes:
                return Value.Int(bytes.Data.Length);
            case ValueList list:
                return Value.Int(list.Count);
            case ValueMap map:
                return Value.Int(map.Count);
            default:
                return Failure.NoOverload("size", a);
        }
    }

    private static Value TextPair(Frame frame, ReadOnlySpan<Value> a, string name, Func<string, string, bool> judge)
    {
        if (a[0].Object is not string text || a[1].Object is not string part)
            return Failure.NoOverload(name, a);
        return frame.Charge(text.Length / 16) ? Value.Bool(judge(text, part)) : frame.Stopped;
    }

    private static Value ToBool(Value value) => value.Kind switch
    {
        ValueKind.Bool => value,
        ValueKind.String => value.Text switch
        {
            "1" or "t" or "true" or "TRUE" or "True" => Value.Bool(true),
            "0" or "f" or "false" or "FALSE" or "False" => Value.Bool(false),
            _ => Failure.Invalid("bool() of a text that is neither true nor false"),
        },
        _ => Failure.NoOverload("bool", [value]),
    };

    private static Value ToInt(Value value) => value.Kind switch
    {
        ValueKind.Int => value,
        ValueKind.UInt => value.Bits < 0 ? Failure.Overflow("int()") : Value.Int(value.Bits),
        ValueKind.Double => Numbers.ToInt(value.Number),
        ValueKind.Timestamp => Value.Int(value.Bits),
        ValueKind.String =>
            long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n)
            ? Value.Int(n)
            : Failure.Invalid("int() of a text that is no whole number of 64 bits"),
        _ => Failure.NoOverload("int", [value]),
    };

    private static Value ToUInt(Value value) => value.Kind switch
    {
        ValueKind.UInt => value,
        ValueKind.Int => value.Bits < 0 ? Failure.Overflow("uint()") : Value.UInt((ulong)value.Bits),
        ValueKind.Double => Numbers.ToUInt(value.Number),
        ValueKind.String => ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n)
            ? Value.UInt(n)
            : Failure.Invalid("uint() of a text that is no whole number of 64 bits"),
        _ => Failure.NoOverload("uint", [value]),
    };

    private static Value ToDouble(Value value)
    {
        if (Numbers.TryToDouble(value, out double number))
            return Value.Double(number);
        if (value.Object is not string text)
            return Failure.NoOverload("double", [value]);
        const NumberStyles style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out number))
            return Value.Double(number);
        return text.ToUpperInvariant() switch
        {
            "NAN" => Value.Double(double.NaN),
            "INF" or "+INF" or "INFINITY" => Value.Double(double.PositiveInfinity),
            "-INF" or "-INFINITY" => Value.Double(double.NegativeInfinity),
            _ => Failure.Invalid("double() of a text that is no number"),
        };
    }

    private static Value ToText(Frame frame, ReadOnlySpan<Value> a)
    {
        switch (a[0].Kind)
        {
            case ValueKind.String:
                return a[0];
            case ValueKind.Double:
                return Value.String(ValueText.CelText(a[0].Number));
            case ValueKind.Bool or ValueKind.Int or ValueKind.UInt
                or ValueKind.Timestamp or ValueKind.Duration or ValueKind.Type:
                return Value.String(ValueText.Of(a[0]));
            case ValueKind.Bytes:
                byte[] data = ((BytesValue)a[0].Object!).Data;
                if (!frame.ChargeText(data.Length))
                    return frame.Stopped;
                try
                {
                    return Value.String(StrictUtf8.GetString(data));
                }
                catch (DecoderFallbackException)
                {
                    return Failure.Invalid("string() of bytes that are not UTF-8");
                }
            default:
                return Failure.NoOverload("string", a);
        }
    }

    private static Value ToBytes(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is BytesValue)
            return a[0];
        if (a[0].Object is not string text)
            return Failure.NoOverload("bytes", a);
        return frame.ChargeText(text.Length) ? Value.Bytes(Encoding.UTF8.GetBytes(text)) : frame.Stopped;
    }

    private static Value ToTimestamp(Value value) => value.Kind switch
    {
        ValueKind.Timestamp => value,
        ValueKind.Int => Timestamps.Of(value.Bits, 0),
        ValueKind.String => Timestamps.Parse(value.Text),
        _ => Failure.NoOverload("timestamp", [value]),
    };

    private static Value ToDuration(Value value) => value.Kind switch
    {
        ValueKind.Duration => value,
        ValueKind.String => Durations.Parse(value.Text),
        _ => Failure.NoOverload("duration", [value]),
    };
}
