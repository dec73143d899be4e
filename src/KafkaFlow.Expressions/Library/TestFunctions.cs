namespace KafkaFlow.Expressions.Library;

/// <summary>The tests that may follow <c>is</c>; <c>defined</c> and <c>undefined</c> are nodes of their own.</summary>
internal static class TestFunctions
{
    public static readonly FunctionEntry[] All =
    [
        Kinds("none", ValueKind.Null),
        Kinds("null", ValueKind.Null),
        Kinds("string", ValueKind.String),
        Kinds("number", ValueKind.Int, ValueKind.UInt, ValueKind.Double, ValueKind.Bool),
        Kinds("integer", ValueKind.Int, ValueKind.UInt),
        Kinds("float", ValueKind.Double),
        Kinds("boolean", ValueKind.Bool),
        Kinds("mapping", ValueKind.Map),
        Kinds("sequence", ValueKind.List, ValueKind.Map, ValueKind.String),
        Kinds("iterable", ValueKind.List, ValueKind.Map, ValueKind.String),
        Judging("true", static v => v.IsBool && v.Bits != 0),
        Judging("false", static v => v.IsBool && v.Bits == 0),
        new("even", 0, 0, static (_, a) => a[0].IsInt ? Value.Bool(a[0].Bits % 2 == 0) : Failure.NoOverload("even", a)),
        new("odd", 0, 0, static (_, a) => a[0].IsInt ? Value.Bool(a[0].Bits % 2 != 0) : Failure.NoOverload("odd", a)),
        new("divisibleby", 1, 1, static (_, a) => a[0].IsInt && a[1].IsInt && a[1].Bits is not (0 or -1)
            ? Value.Bool(a[0].Bits % a[1].Bits == 0)
            : Failure.NoOverload("divisibleby", a)),
        new("in", 1, 1, static (f, a) => new InNode(new ConstNode(a[0]), new ConstNode(a[1]), negated: false).Eval(f)),
        Equal("equalto"),
        Equal("eq"),
        new("ne", 1, 1, static (f, a) => Value.Bool(!Equality.AreEqual(f, a[0], a[1]))),
        Order("lt", Operator.Less),
        Order("le", Operator.LessEqual),
        Order("gt", Operator.Greater),
        Order("ge", Operator.GreaterEqual),
    ];

    /// <summary>Stands for a test whose node judges without it.</summary>
    public static Value Never(Frame frame, ReadOnlySpan<Value> arguments) => Value.Bool(false);

    private static FunctionEntry Judging(string name, Func<Value, bool> judge) =>
        new(name, 0, 0, (_, a) => Value.Bool(judge(a[0])), AcceptsMissing: true);

    private static FunctionEntry Kinds(string name, params ValueKind[] kinds) =>
        Judging(name, v => Array.IndexOf(kinds, v.Kind) >= 0);

    private static FunctionEntry Equal(string name) =>
        new(name, 1, 1, static (f, a) => Value.Bool(Equality.AreEqual(f, a[0], a[1])));

    private static FunctionEntry Order(string name, Operator op) =>
        new(name, 1, 1, (f, a) => new CompareNode(op, new ConstNode(a[0]), new ConstNode(a[1])).Eval(f));
}
