using System.Runtime.CompilerServices;

namespace KafkaFlow.Expressions;

public enum ValueKind : byte
{
    Missing, Null, Bool, Int, UInt, Double, String, Bytes, List, Map, Timestamp, Duration, Type, Optional, Error,
}

/// <summary>
/// A value of the expression language: a closed union over JSON-like data; free for scalars. Two words: an object,
/// which is the text of a string, a tag of a scalar's kind or a heap value, and 64 bits of payload. The default is
/// null.
/// </summary>
public readonly struct Value
{
    internal readonly object? Object;
    internal readonly long Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Value(object? content, long bits)
    {
        Object = content;
        Bits = bits;
    }

    public ValueKind Kind
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            object? content = Object;
            if (content is null)
                return ValueKind.Null;
            return content.GetType() == typeof(string) ? ValueKind.String : Unsafe.As<ValueObject>(content).Kind;
        }
    }

    public static Value Null => default;
    /// <summary>A name or key that is absent; distinct from null.</summary>
    public static Value Missing => new(Failure.Absent, 0);
    public static Value Bool(bool value) => new(Tag.Bool, value ? 1 : 0);
    public static Value Int(long value) => new(Tag.Int, value);
    public static Value UInt(ulong value) => new(Tag.UInt, unchecked((long)value));
    public static Value Double(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static Value String(string value) => new(value ?? throw new ArgumentNullException(nameof(value)), 0);
    public static Value Bytes(byte[] value) => new(new BytesValue(value), 0);

    public static Value List(IReadOnlyList<Value> items) =>
        new(items.Count == 0 ? ValueList.Empty : new ValueList(items), 0);

    /// <summary>A map in the given order. Later entries of the same key win.</summary>
    public static Value Map(IReadOnlyList<KeyValuePair<string, Value>> entries)
    {
        var builder = new StringMapBuilder(entries.Count);
        for (int i = 0; i < entries.Count; i++)
            builder.Add(entries[i].Key, entries[i].Value);
        return new(builder.Build(), 0);
    }

    /// <summary>
    /// Parses JSON text; integers up to 64 bits stay exact, other numbers keep their text while only passed through.
    /// Malformed text, or nesting deeper than <see cref="ExpressionLimits.DataDepth"/>, gives an error value.
    /// </summary>
    public static Value FromJson(string json) => JsonReader.Parse(json, ExpressionLimits.DataDepth);

    public bool IsError => Object is Failure { Kind: ValueKind.Error };

    /// <summary>What went wrong, with line and column in the expression; null if this is no error.</summary>
    public EvalError? Error => Object is Failure { Kind: ValueKind.Error } failure ? failure.Error : null;

    /// <summary>Python's truth: false for 0, "", [], {}, null, missing and false.</summary>
    public bool Truthy => Kind switch
    {
        ValueKind.Missing or ValueKind.Null or ValueKind.Error => false,
        ValueKind.Bool or ValueKind.Int or ValueKind.UInt or ValueKind.Duration => Bits != 0,
        ValueKind.Double => BitConverter.Int64BitsToDouble(Bits) != 0,
        ValueKind.String => ((string)Object!).Length > 0,
        ValueKind.Bytes => ((BytesValue)Object!).Data.Length > 0,
        ValueKind.List => ((ValueList)Object!).Count > 0,
        ValueKind.Map => ((ValueMap)Object!).Count > 0,
        ValueKind.Optional => ((OptionalValue)Object!).HasValue,
        _ => true,
    };

    /// <summary>The text of a String value; null for other kinds.</summary>
    public string? AsString => Object as string;
    public bool? AsBool => ReferenceEquals(Object, Tag.Bool) ? Bits != 0 : null;
    public long? AsInt => ReferenceEquals(Object, Tag.Int) ? Bits : null;
    /// <summary>The number of an Int, UInt or Double value; null for other kinds.</summary>
    public double? AsDouble => Numbers.TryToDouble(this, out double number) ? number : null;

    /// <summary>The entry of a map, or Missing.</summary>
    public Value Get(string key) => Object is ValueMap map && map.TryGet(key, out Value value) ? value : Missing;

    /// <summary>Entries of a map in order; empty for other kinds. A key that is no string stands as its text.</summary>
    public IEnumerable<KeyValuePair<string, Value>> Entries => Object is ValueMap map ? map.TextEntries() : [];

    /// <summary>Items of a list; empty for other kinds.</summary>
    public IReadOnlyList<Value> Items => Object is ValueList list ? list.AsReadOnlyList() : [];

    /// <summary>
    /// Compact JSON; keys in map order; Missing is null, bytes are base64, times are text, NaN and infinities are their
    /// names as text. An error value throws.
    /// </summary>
    /// <exception cref="InvalidOperationException">An error value, or nesting beyond the limit.</exception>
    public string ToJson() => JsonWriter.Write(this);

    /// <summary>CEL's name of the kind, such as <c>int</c> or <c>google.protobuf.Timestamp</c>.</summary>
    public string TypeName => KindName.Of(this);

    /// <summary>The kind, for debuggers; never the content.</summary>
    public override string ToString() => Kind.ToString();

    internal bool IsInt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(Object, Tag.Int);
    }

    internal bool IsBool
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(Object, Tag.Bool);
    }

    internal bool IsTrue
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(Object, Tag.Bool) && Bits != 0;
    }

    /// <summary>An error or a missing value: what every strict operation passes on.</summary>
    internal bool IsFailure
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Object is Failure;
    }

    /// <summary>
    /// This value, but an error if it is missing: for operations that do not handle a missing operand.
    /// </summary>
    internal Value Strict => Object is Failure failure ? From(failure.Strict) : this;

    internal bool IsMissing => Object is Failure { Kind: ValueKind.Missing };
    internal string Text => (string)Object!;
    internal double Number => BitConverter.Int64BitsToDouble(Bits);
    internal ulong Unsigned => unchecked((ulong)Bits);
    internal static Value From(ValueObject content) => new(content, 0);
}
