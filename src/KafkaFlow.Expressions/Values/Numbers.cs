namespace KafkaFlow.Expressions.Values;

/// <summary>Numbers on one line, as CEL orders them, and arithmetic that reports overflow.</summary>
internal static class Numbers
{
    /// <summary>What <see cref="Compare"/> gives when a NaN is involved: neither less, equal nor greater.</summary>
    public const int Unordered = int.MinValue;
    private const double TwoTo63 = 9223372036854775808.0;
    private const double TwoTo64 = 18446744073709551616.0;

    public static bool IsNumber(Value value) => value.Kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double;

    public static bool TryToDouble(Value value, out double number)
    {
        number = value.Kind switch
        {
            ValueKind.Int => value.Bits,
            ValueKind.UInt => value.Unsigned,
            ValueKind.Double => value.Number,
            _ => 0,
        };
        return IsNumber(value);
    }

    /// <summary>Compares two numbers of any kinds. An integer within range of a double is compared as one.</summary>
    public static int Compare(Value left, Value right)
    {
        ValueKind a = left.Kind;
        ValueKind b = right.Kind;
        if (a == ValueKind.Double || b == ValueKind.Double)
        {
            TryToDouble(left, out double x);
            TryToDouble(right, out double y);
            if (double.IsNaN(x) || double.IsNaN(y))
                return Unordered;
            return x.CompareTo(y) is var order && x == y ? 0 : order;
        }
        if (a == b)
            return a == ValueKind.Int ? left.Bits.CompareTo(right.Bits) : left.Unsigned.CompareTo(right.Unsigned);
        if (a == ValueKind.Int)
            return left.Bits < 0 ? -1 : ((ulong)left.Bits).CompareTo(right.Unsigned);
        return right.Bits < 0 ? 1 : left.Unsigned.CompareTo((ulong)right.Bits);
    }

    public static Value ToInt(double number)
    {
        if (double.IsNaN(number) || number <= -TwoTo63 || number >= TwoTo63)
            return Failure.Overflow("int()");
        return Value.Int((long)number);
    }

    public static Value ToUInt(double number)
    {
        if (double.IsNaN(number) || number < 0 || number >= TwoTo64)
            return Failure.Overflow("uint()");
        return Value.UInt((ulong)number);
    }

    /// <summary>The list index a number stands for: integral values of any numeric kind.</summary>
    public static bool TryToIndex(Value value, out long index)
    {
        switch (value.Kind)
        {
            case ValueKind.Int:
                index = value.Bits;
                return true;
            case ValueKind.UInt:
                index = value.Bits < 0 ? long.MaxValue : value.Bits;
                return true;
            case ValueKind.Double when Math.Floor(value.Number) == value.Number && Math.Abs(value.Number) < TwoTo63:
                index = (long)value.Number;
                return true;
            default:
                index = 0;
                return false;
        }
    }
}
