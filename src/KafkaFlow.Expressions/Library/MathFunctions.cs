namespace KafkaFlow.Expressions.Library;

/// <summary>The math extension.</summary>
internal static class MathFunctions
{
    private const int MaxShift = 63;

    public static readonly FunctionEntry[] Globals =
    [
        new("math.greatest", 1, 1_000, static (f, a) => Extreme(f, a, "math.greatest", 1)),
        new("math.least", 1, 1_000, static (f, a) => Extreme(f, a, "math.least", -1)),
        Rounding("math.ceil", Math.Ceiling),
        Rounding("math.floor", Math.Floor),
        Rounding("math.round", static x => Math.Round(x, MidpointRounding.AwayFromZero)),
        Rounding("math.trunc", Math.Truncate),
        new("math.abs", 1, 1, static (_, a) => Abs(a)),
        new("math.sign", 1, 1, static (_, a) => Sign(a)),
        new("math.sqrt", 1, 1, static (_, a) => Numbers.TryToDouble(a[0], out double x)
            ? Value.Double(Math.Sqrt(x))
            : Failure.NoOverload("math.sqrt", a)),
        Judging("math.isNaN", double.IsNaN),
        Judging("math.isInf", double.IsInfinity),
        Judging("math.isFinite", double.IsFinite),
        Bits("math.bitAnd", static (x, y) => x & y),
        Bits("math.bitOr", static (x, y) => x | y),
        Bits("math.bitXor", static (x, y) => x ^ y),
        new("math.bitNot", 1, 1, static (_, a) => a[0].Kind is ValueKind.Int or ValueKind.UInt
            ? new Value(a[0].Object, ~a[0].Bits)
            : Failure.NoOverload("math.bitNot", a)),
        Shift("math.bitShiftLeft", static (x, n) => x << n),
        Shift("math.bitShiftRight", static (x, n) => (long)((ulong)x >> n)),
    ];

    private static Value Extreme(Frame frame, ReadOnlySpan<Value> a, string name, int wanted)
    {
        if (a.Length == 1 && a[0].Object is ValueList list)
        {
            if (!Collections.TryItems(frame, a[0], out Value[] items))
                return frame.Stopped;
            return items.Length == 0 ? Failure.Invalid($"{name}() of an empty list")
                : Best(items, name, wanted, list: true);
        }
        return Best(a, name, wanted, list: false);
    }

    private static Value Best(ReadOnlySpan<Value> items, string name, int wanted, bool list)
    {
        Value best = items[0];
        foreach (Value item in items)
        {
            if (!Numbers.IsNumber(item))
                return list ? Failure.Invalid($"{name}() needs numbers, found {KindName.Of(item)}")
                    : Failure.NoOverload(name, items);
            int order = Numbers.Compare(item, best);
            if (order != Numbers.Unordered && Math.Sign(order) == wanted)
                best = item;
        }
        return best;
    }

    private static FunctionEntry Rounding(string name, Func<double, double> round) =>
        new(name, 1, 1, (_, a) => a[0].Kind == ValueKind.Double
            ? Value.Double(round(a[0].Number))
            : Failure.NoOverload(name, a));

    private static FunctionEntry Judging(string name, Func<double, bool> judge) =>
        new(name, 1, 1, (_, a) => a[0].Kind == ValueKind.Double
            ? Value.Bool(judge(a[0].Number))
            : Failure.NoOverload(name, a));

    private static FunctionEntry Bits(string name, Func<long, long, long> combine) =>
        new(name, 2, 2, (_, a) => a[0].Kind == a[1].Kind && a[0].Kind is ValueKind.Int or ValueKind.UInt
            ? new Value(a[0].Object, combine(a[0].Bits, a[1].Bits))
            : Failure.NoOverload(name, a));

    private static FunctionEntry Shift(string name, Func<long, int, long> shift) =>
        new(name, 2, 2, (_, a) =>
        {
            if (a[0].Kind is not (ValueKind.Int or ValueKind.UInt) || !a[1].IsInt)
                return Failure.NoOverload(name, a);
            if (a[1].Bits < 0)
                return Failure.Invalid($"{name}() by a negative number of bits");
            return new Value(a[0].Object, a[1].Bits > MaxShift ? 0 : shift(a[0].Bits, (int)a[1].Bits));
        });

    private static Value Abs(ReadOnlySpan<Value> a) => a[0].Kind switch
    {
        ValueKind.Int => a[0].Bits == long.MinValue ? Failure.Overflow("math.abs()") : Value.Int(Math.Abs(a[0].Bits)),
        ValueKind.UInt => a[0],
        ValueKind.Double => Value.Double(Math.Abs(a[0].Number)),
        _ => Failure.NoOverload("math.abs", a),
    };

    private static Value Sign(ReadOnlySpan<Value> a) => a[0].Kind switch
    {
        ValueKind.Int => Value.Int(Math.Sign(a[0].Bits)),
        ValueKind.UInt => Value.UInt(a[0].Bits == 0 ? 0UL : 1UL),
        ValueKind.Double => Value.Double(double.IsNaN(a[0].Number) ? double.NaN : Math.Sign(a[0].Number)),
        _ => Failure.NoOverload("math.sign", a),
    };
}
