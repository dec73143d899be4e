namespace KafkaFlow.Expressions.Compile;

/// <summary>Arithmetic on values. Whole numbers report overflow; numbers of different kinds meet as doubles.</summary>
internal static class Operators
{
    public static string Sign(Operator op) => op switch
    {
        Operator.Less => "<",
        Operator.LessEqual => "<=",
        Operator.Greater => ">",
        Operator.GreaterEqual => ">=",
        _ => op.ToString(),
    };

    public static Value Add(Frame frame, Value a, Value b)
    {
        switch (a.Kind, b.Kind)
        {
            case (ValueKind.Int, ValueKind.Int):
                long sum = unchecked(a.Bits + b.Bits);
                return ((a.Bits ^ sum) & (b.Bits ^ sum)) < 0 ? Failure.Overflow("+") : Value.Int(sum);
            case (ValueKind.UInt, ValueKind.UInt):
                ulong total = unchecked(a.Unsigned + b.Unsigned);
                return total < a.Unsigned ? Failure.Overflow("+") : Value.UInt(total);
            case (ValueKind.String, ValueKind.String):
                return Join(frame, a.Text, b.Text);
            case (ValueKind.Bytes, ValueKind.Bytes):
                byte[] left = ((BytesValue)a.Object!).Data;
                byte[] right = ((BytesValue)b.Object!).Data;
                return frame.ChargeText((long)left.Length + right.Length) ? Value.Bytes([.. left, .. right])
                    : frame.Stopped;
            case (ValueKind.List, ValueKind.List):
                return Collections.Concat(frame, (ValueList)a.Object!, (ValueList)b.Object!);
            case (ValueKind.Duration, ValueKind.Duration):
                long nanos = unchecked(a.Bits + b.Bits);
                return ((a.Bits ^ nanos) & (b.Bits ^ nanos)) < 0 ? Failure.Overflow("+") : Durations.Of(nanos);
            case (ValueKind.Timestamp, ValueKind.Duration):
                return Timestamps.Add(a, b.Bits);
            case (ValueKind.Duration, ValueKind.Timestamp):
                return Timestamps.Add(b, a.Bits);
            default:
                return Doubles(a, b, out double x, out double y) ? Value.Double(x + y) : Failure.NoOverload("+", a, b);
        }
    }

    public static Value Subtract(Value a, Value b)
    {
        switch (a.Kind, b.Kind)
        {
            case (ValueKind.Int, ValueKind.Int):
                long difference = unchecked(a.Bits - b.Bits);
                return ((a.Bits ^ b.Bits) & (a.Bits ^ difference)) < 0 ? Failure.Overflow("-") : Value.Int(difference);
            case (ValueKind.UInt, ValueKind.UInt):
                return b.Unsigned > a.Unsigned ? Failure.Overflow("-") : Value.UInt(a.Unsigned - b.Unsigned);
            case (ValueKind.Duration, ValueKind.Duration):
                long nanos = unchecked(a.Bits - b.Bits);
                return ((a.Bits ^ b.Bits) & (a.Bits ^ nanos)) < 0 ? Failure.Overflow("-") : Durations.Of(nanos);
            case (ValueKind.Timestamp, ValueKind.Duration):
                return Timestamps.Add(a, -(Int128)b.Bits);
            case (ValueKind.Timestamp, ValueKind.Timestamp):
                return Timestamps.Subtract(a, b);
            default:
                return Doubles(a, b, out double x, out double y) ? Value.Double(x - y) : Failure.NoOverload("-", a, b);
        }
    }

    public static Value Multiply(Value a, Value b)
    {
        switch (a.Kind, b.Kind)
        {
            case (ValueKind.Int, ValueKind.Int):
                long high = Math.BigMul(a.Bits, b.Bits, out long low);
                return high == low >> 63 ? Value.Int(low) : Failure.Overflow("*");
            case (ValueKind.UInt, ValueKind.UInt):
                ulong upper = Math.BigMul(a.Unsigned, b.Unsigned, out ulong lower);
                return upper == 0 ? Value.UInt(lower) : Failure.Overflow("*");
            default:
                return Doubles(a, b, out double x, out double y) ? Value.Double(x * y) : Failure.NoOverload("*", a, b);
        }
    }

    public static Value Divide(Value a, Value b)
    {
        switch (a.Kind, b.Kind)
        {
            case (ValueKind.Int, ValueKind.Int):
                if (b.Bits == 0)
                    return Failure.Of("divide_by_zero", "division by zero");
                return a.Bits == long.MinValue && b.Bits == -1 ? Failure.Overflow("/") : Value.Int(a.Bits / b.Bits);
            case (ValueKind.UInt, ValueKind.UInt):
                return b.Bits == 0
                    ? Failure.Of("divide_by_zero", "division by zero")
                    : Value.UInt(a.Unsigned / b.Unsigned);
            default:
                return Doubles(a, b, out double x, out double y) ? Value.Double(x / y) : Failure.NoOverload("/", a, b);
        }
    }

    public static Value Remainder(Value a, Value b)
    {
        bool whole = a.Kind == b.Kind && a.Kind is ValueKind.Int or ValueKind.UInt;
        if (!whole)
            return Failure.NoOverload("%", a, b);
        if (b.Bits == 0)
            return Failure.Of("divide_by_zero", "remainder by zero");
        if (a.Kind == ValueKind.UInt)
            return Value.UInt(a.Unsigned % b.Unsigned);
        return b.Bits == -1 ? Value.Int(0) : Value.Int(a.Bits % b.Bits);
    }

    /// <summary>Jinja's <c>~</c>: both operands as text.</summary>
    public static Value Concat(Frame frame, Value a, Value b)
    {
        string? left = ValueText.Bounded(a);
        string? right = ValueText.Bounded(b);
        if (left is not null && right is not null)
            return Join(frame, left, right);
        frame.ChargeText(long.MaxValue);
        return frame.Stopped;
    }

    private static Value Join(Frame frame, string left, string right) =>
        frame.ChargeText((long)left.Length + right.Length) ? Value.String(string.Concat(left, right)) : frame.Stopped;

    private static bool Doubles(Value a, Value b, out double x, out double y)
    {
        y = 0;
        return Numbers.TryToDouble(a, out x) && Numbers.TryToDouble(b, out y);
    }
}
