namespace KafkaFlow.Expressions.Values;

/// <summary>What stands in a value's object field unless that is the text of a string. Immutable.</summary>
internal abstract class ValueObject(ValueKind kind)
{
    public readonly ValueKind Kind = kind;
}

/// <summary>Marks a scalar whose payload is in the value's bits.</summary>
internal sealed class Tag : ValueObject
{
    public static readonly Tag Bool = new(ValueKind.Bool);
    public static readonly Tag Int = new(ValueKind.Int);
    public static readonly Tag UInt = new(ValueKind.UInt);
    public static readonly Tag Double = new(ValueKind.Double);
    public static readonly Tag Duration = new(ValueKind.Duration);

    private Tag(ValueKind kind) : base(kind)
    {
    }
}

/// <summary>A double that came from JSON and still has its text; arithmetic gives plain doubles.</summary>
internal sealed class WrittenNumber(string text) : ValueObject(ValueKind.Double)
{
    public readonly string Text = text;
}

internal sealed class BytesValue(byte[] data) : ValueObject(ValueKind.Bytes)
{
    public readonly byte[] Data = data;
}

/// <summary>The nanoseconds of a timestamp; its seconds since 1970 are in the value's bits.</summary>
internal sealed class TimestampPart(int nanos) : ValueObject(ValueKind.Timestamp)
{
    public static readonly TimestampPart Zero = new(0);
    public readonly int Nanos = nanos;
}

internal sealed class TypeValue(string name) : ValueObject(ValueKind.Type)
{
    public readonly string Name = name;
}

internal sealed class OptionalValue : ValueObject
{
    public static readonly OptionalValue None = new();
    public readonly bool HasValue;
    public readonly Value Content;

    private OptionalValue() : base(ValueKind.Optional)
    {
    }

    public OptionalValue(Value content) : base(ValueKind.Optional)
    {
        HasValue = true;
        Content = content;
    }
}

/// <summary>An error, or a missing name or key. </summary>
internal sealed class Failure(ValueKind kind, EvalError error) : ValueObject(kind)
{
    public static readonly Failure Absent =
        new(ValueKind.Missing, new EvalError("missing", "the value is missing", 0, 0));

    public readonly EvalError Error = error;
    private Failure? _strict;

    /// <summary>The error that a missing value is to whatever does not handle it; made once.</summary>
    public Failure Strict => Kind == ValueKind.Error ? this : _strict ??= new Failure(ValueKind.Error, Error);

    public static Value Of(string code, string message) =>
        Value.From(new Failure(ValueKind.Error, new EvalError(code, message, 0, 0)));

    public static Value NoOverload(string operation, Value left, Value right) =>
        Of("no_such_overload", $"no such overload: {KindName.Of(left)} {operation} {KindName.Of(right)}");

    public static Value NoOverload(string operation, ReadOnlySpan<Value> arguments)
    {
        var kinds = new string[arguments.Length];
        for (int i = 0; i < kinds.Length; i++)
            kinds[i] = KindName.Of(arguments[i]);
        return Of("no_such_overload", $"no such overload: {operation}({string.Join(", ", kinds)})");
    }

    public static Value Overflow(string operation) => Of("overflow", $"the result of {operation} is out of range");
    public static Value Invalid(string message) => Of("invalid_argument", message);
}

/// <summary>Names of kinds as the language spells its types.</summary>
internal static class KindName
{
    private static readonly TypeValue[] Types =
    [
        new("missing"), new("null_type"), new("bool"), new("int"), new("uint"), new("double"), new("string"),
        new("bytes"), new("list"), new("map"), new("google.protobuf.Timestamp"), new("google.protobuf.Duration"),
        new("type"), new("optional_type"), new("error"),
    ];

    public static string Of(Value value) => Types[(int)value.Kind].Name;
    public static Value TypeOf(Value value) => Value.From(Types[(int)value.Kind]);

    public static Value? TypeNamed(string name)
    {
        for (int i = (int)ValueKind.Null; i < (int)ValueKind.Error; i++)
        {
            if (Types[i].Name == name)
                return Value.From(Types[i]);
        }
        return null;
    }
}
