namespace KafkaFlow.Expressions.Library;

/// <summary>Optional values.</summary>
internal static class OptionalFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("optional.of", 1, 1, static (_, a) => Of(a[0])),
        new("optional.none", 0, 0, static (_, _) => Value.From(OptionalValue.None)),
        new("optional.ofNonZeroValue", 1, 1, static (_, a) => IsZero(a[0]) ? Value.From(OptionalValue.None) : Of(a[0])),
    ];

    public static readonly FunctionEntry[] Methods =
    [
        new("hasValue", 0, 0, static (_, a) => a[0].Object is OptionalValue o
            ? Value.Bool(o.HasValue)
            : Failure.NoOverload("hasValue", a)),
        new("value", 0, 0, static (_, a) => a[0].Object is not OptionalValue o
            ? Failure.NoOverload("value", a)
            : o.HasValue ? o.Content : Failure.Of("no_value", "value() of an optional without one")),
        new("or", 1, 1, static (_, a) => a[0].Object is OptionalValue o && a[1].Object is OptionalValue
            ? o.HasValue ? a[0] : a[1]
            : Failure.NoOverload("or", a)),
        new("orValue", 1, 1, static (_, a) => a[0].Object is OptionalValue o
            ? o.HasValue ? o.Content : a[1]
            : Failure.NoOverload("orValue", a)),
    ];

    private static Value Of(Value content) => Value.From(new OptionalValue(content));

    private static bool IsZero(Value value) => value.Kind switch
    {
        ValueKind.Timestamp => value.Bits == 0 && Timestamps.Nanos(value) == 0,
        ValueKind.Type => false,
        _ => !value.Truthy,
    };
}
