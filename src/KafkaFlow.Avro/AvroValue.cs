using System.Globalization;

namespace KafkaFlow.Avro;

/// <summary>
/// A datum of any Avro type; immutable. A union's datum is the datum of its branch, which its type (and, for named
/// types, its name) tells. Logical types keep their underlying value. The default value is null.
/// </summary>
public readonly struct AvroValue : IEquatable<AvroValue>
{
    private readonly object? _object;
    private readonly long _bits;

    private AvroValue(AvroType type, long bits, object? reference = null)
    {
        Type = type;
        _bits = bits;
        _object = reference;
    }

    /// <summary>Any but <see cref="AvroType.Union"/>.</summary>
    public AvroType Type { get; }

    public bool IsNull => Type == AvroType.Null;

    public static AvroValue Null => default;

    public static AvroValue Of(bool value) => new(AvroType.Boolean, value ? 1 : 0);

    public static AvroValue Of(int value) => new(AvroType.Int, value);

    public static AvroValue Of(long value) => new(AvroType.Long, value);

    public static AvroValue Of(float value) => new(AvroType.Float, BitConverter.SingleToInt32Bits(value));

    public static AvroValue Of(double value) => new(AvroType.Double, BitConverter.DoubleToInt64Bits(value));

    public static AvroValue Of(string value) => new(AvroType.String, 0, value);

    /// <summary>The array is not copied and must not change.</summary>
    public static AvroValue Of(byte[] value) => new(AvroType.Bytes, 0, value);

    public static AvroValue Of(AvroRecord value) => new(AvroType.Record, 0, value);

    /// <summary>The list is not copied and must not change.</summary>
    public static AvroValue Of(IReadOnlyList<AvroValue> items) => new(AvroType.Array, 0, items);

    /// <summary>The map is not copied and must not change.</summary>
    public static AvroValue Of(IReadOnlyDictionary<string, AvroValue> map) => new(AvroType.Map, 0, map);

    /// <exception cref="ArgumentOutOfRangeException">The schema has no such symbol.</exception>
    public static AvroValue Of(EnumSchema schema, int ordinal) => (uint)ordinal < (uint)schema.Symbols.Count
        ? new AvroValue(AvroType.Enum, ordinal, schema)
        : throw new ArgumentOutOfRangeException(nameof(ordinal), $"enum {schema} has no symbol number {ordinal}");

    /// <summary>The array is not copied and must not change.</summary>
    /// <exception cref="ArgumentException">Not of the schema's size.</exception>
    public static AvroValue Of(FixedSchema schema, byte[] value) => value.Length == schema.Size
        ? new AvroValue(AvroType.Fixed, 0, new FixedBytes(schema, value))
        : throw new ArgumentException($"fixed {schema} has {schema.Size} bytes, given {value.Length}", nameof(value));

    public bool AsBoolean() => Bits(AvroType.Boolean) != 0;

    public int AsInt() => (int)Bits(AvroType.Int);

    public long AsLong() => Bits(AvroType.Long);

    public float AsFloat() => BitConverter.Int32BitsToSingle((int)Bits(AvroType.Float));

    public double AsDouble() => BitConverter.Int64BitsToDouble(Bits(AvroType.Double));

    public string AsString() => (string)Reference(AvroType.String);

    /// <summary>Of bytes or of a fixed.</summary>
    public ReadOnlyMemory<byte> AsBytes() => Type == AvroType.Fixed
        ? ((FixedBytes)_object!).Bytes
        : (byte[])Reference(AvroType.Bytes);

    public AvroRecord AsRecord() => (AvroRecord)Reference(AvroType.Record);

    public IReadOnlyList<AvroValue> AsArray() => (IReadOnlyList<AvroValue>)Reference(AvroType.Array);

    public IReadOnlyDictionary<string, AvroValue> AsMap() =>
        (IReadOnlyDictionary<string, AvroValue>)Reference(AvroType.Map);

    public int AsEnumOrdinal() => (int)Bits(AvroType.Enum);

    public string AsEnumSymbol() => ((EnumSchema)Reference(AvroType.Enum)).Symbols[(int)_bits];

    /// <summary>The record, enum or fixed this is a datum of; null for other types.</summary>
    public AvroSchema? NamedSchema => _object switch
    {
        AvroRecord record => record.Schema,
        EnumSchema schema => schema,
        FixedBytes bytes => bytes.Schema,
        _ => null,
    };

    public static bool operator ==(AvroValue left, AvroValue right) => left.Equals(right);

    public static bool operator !=(AvroValue left, AvroValue right) => !left.Equals(right);

    /// <summary>By content; floating point numbers by their bits, so that NaN equals itself.</summary>
    public bool Equals(AvroValue other) => Type == other.Type && Type switch
    {
        AvroType.String => AsString() == other.AsString(),
        AvroType.Bytes => AsBytes().Span.SequenceEqual(other.AsBytes().Span),
        AvroType.Fixed => NamedSchema!.Name == other.NamedSchema!.Name
            && AsBytes().Span.SequenceEqual(other.AsBytes().Span),
        AvroType.Enum => NamedSchema!.Name == other.NamedSchema!.Name && AsEnumSymbol() == other.AsEnumSymbol(),
        AvroType.Record => AsRecord().Equals(other.AsRecord()),
        AvroType.Array => AsArray().SequenceEqual(other.AsArray()),
        AvroType.Map => SameEntries(AsMap(), other.AsMap()),
        _ => _bits == other._bits,
    };

    public override bool Equals(object? obj) => obj is AvroValue other && Equals(other);

    public override int GetHashCode() => Type switch
    {
        AvroType.String => AsString().GetHashCode(StringComparison.Ordinal),
        AvroType.Enum => AsEnumSymbol().GetHashCode(StringComparison.Ordinal),
        AvroType.Bytes or AvroType.Fixed => AsBytes().Length,
        AvroType.Record => AsRecord().GetHashCode(),
        AvroType.Array => AsArray().Count,
        AvroType.Map => AsMap().Count,
        _ => HashCode.Combine(Type, _bits),
    };

    /// <summary>For messages: the type, and the value of a scalar.</summary>
    public override string ToString() => Type switch
    {
        AvroType.Null => "null",
        AvroType.Boolean => AsBoolean() ? "true" : "false",
        AvroType.Int or AvroType.Long => _bits.ToString(CultureInfo.InvariantCulture),
        AvroType.Float => AsFloat().ToString(CultureInfo.InvariantCulture),
        AvroType.Double => AsDouble().ToString(CultureInfo.InvariantCulture),
        AvroType.String => AsString(),
        AvroType.Enum => AsEnumSymbol(),
        _ => Describe(),
    };

    /// <summary>The datum's type for messages, by name if it has one.</summary>
    internal string Describe() => NamedSchema?.ToString() ?? AvroSchema.TypeName(Type);

    private static bool SameEntries(
        IReadOnlyDictionary<string, AvroValue> left,
        IReadOnlyDictionary<string, AvroValue> right) =>
        left.Count == right.Count
        && left.All(entry => right.TryGetValue(entry.Key, out AvroValue value) && value.Equals(entry.Value));

    private long Bits(AvroType type) => Type == type ? _bits : throw WrongType(type);

    private object Reference(AvroType type) => Type == type ? _object! : throw WrongType(type);

    private InvalidOperationException WrongType(AvroType asked) =>
        new($"the datum is of type {AvroSchema.TypeName(Type)}, not {AvroSchema.TypeName(asked)}");

    private sealed record FixedBytes(FixedSchema Schema, byte[] Bytes);
}
