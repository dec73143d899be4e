using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaFlow.Wire;

/// <summary>
/// Reads or writes the fields of messages in the order they are named. A reader stands on bytes it does not own; a
/// writer owns a pooled buffer until disposed. Not for several threads at once.
/// </summary>
/// <exception cref="WireException">Reading: the bytes end early, or a length or count cannot be.</exception>
public sealed class Codec : IDisposable
{
    /// <summary>Most elements of all arrays of one message read: bounds the memory a small hostile request can ask for.
    /// </summary>
    public const int MaxElements = 200_000;

    /// <summary>Records up to this length are copied even where they could be left out.</summary>
    private const int MaxCopied = 8 * 1024;

    private const int FirstBuffer = 512;
    private const int MaxVarintShift = 28;
    private static readonly UTF8Encoding Utf8 = new(false);
    private readonly ReadOnlyMemory<byte> _source;
    private readonly bool _writes;
    private byte[] _buffer = [];
    private List<(int Position, RecordData Records)>? _deferred;
    private long _deferredBytes;
    private int _position;
    private int _elements;

    private Codec(ReadOnlyMemory<byte> source, bool writes)
    {
        _source = source;
        _writes = writes;
        if (writes) _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    }

    public short Version { get; set; }

    public bool IsFlexible { get; set; }

    public int Position => _position;

    public int Remaining => _source.Length - _position;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _position);

    /// <summary>A writer leaves large records out of its buffer and names them in <see cref="Deferred"/>.</summary>
    public bool DefersRecords { get; private init; }

    /// <summary>Records that belong at a position of what is written, in order.</summary>
    public IReadOnlyList<(int Position, RecordData Records)> Deferred => _deferred ?? [];

    /// <summary>Bytes written, with those left out.</summary>
    public long TotalLength => _position + _deferredBytes;

    public static Codec Reader(ReadOnlyMemory<byte> source, short version = 0, bool flexible = false) =>
        new(source, false) { Version = version, IsFlexible = flexible };

    public static Codec Writer(short version = 0, bool flexible = false, bool defersRecords = false) =>
        new(ReadOnlyMemory<byte>.Empty, true)
        {
            Version = version, IsFlexible = flexible, DefersRecords = defersRecords,
        };

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Overwrites four bytes written before, as a length that is known only at the end.</summary>
    public void SetInt32(int at, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(at, 4), value);

    public void Bool(ref bool value)
    {
        if (_writes) Room(1)[0] = value ? (byte)1 : (byte)0;
        else value = Take(1)[0] != 0;
    }

    public void Int8(ref sbyte value)
    {
        if (_writes) Room(1)[0] = (byte)value;
        else value = (sbyte)Take(1)[0];
    }

    public void Int16(ref short value)
    {
        if (_writes) BinaryPrimitives.WriteInt16BigEndian(Room(2), value);
        else value = BinaryPrimitives.ReadInt16BigEndian(Take(2));
    }

    public void Int32(ref int value)
    {
        if (_writes) BinaryPrimitives.WriteInt32BigEndian(Room(4), value);
        else value = BinaryPrimitives.ReadInt32BigEndian(Take(4));
    }

    public void Int64(ref long value)
    {
        if (_writes) BinaryPrimitives.WriteInt64BigEndian(Room(8), value);
        else value = BinaryPrimitives.ReadInt64BigEndian(Take(8));
    }

    public void Float64(ref double value)
    {
        if (_writes) BinaryPrimitives.WriteDoubleBigEndian(Room(8), value);
        else value = BinaryPrimitives.ReadDoubleBigEndian(Take(8));
    }

    public void Uuid(ref Guid value)
    {
        if (_writes) value.TryWriteBytes(Room(16), bigEndian: true, out _);
        else value = new(Take(16), bigEndian: true);
    }

    public void String(ref string value)
    {
        string? any = value;
        NullableString(ref any);
        value = any ?? throw Bad("a string", "null");
    }

    public void NullableString(ref string? value)
    {
        if (_writes)
        {
            WriteLength(value is null ? -1 : Utf8.GetByteCount(value), isString: true);
            if (value is not null) Utf8.GetBytes(value, Room(Utf8.GetByteCount(value)));
            return;
        }
        var length = ReadLength(isString: true);
        value = length < 0 ? null : Utf8.GetString(Take(length));
    }

    public void Bytes(ref byte[] value)
    {
        byte[]? any = value;
        NullableBytes(ref any);
        value = any ?? throw Bad("bytes", "null");
    }

    public void NullableBytes(ref byte[]? value)
    {
        if (_writes)
        {
            WriteLength(value?.Length ?? -1, isString: false);
            value?.CopyTo(Room(value.Length));
            return;
        }
        var length = ReadLength(isString: false);
        value = length < 0 ? null : Take(length).ToArray();
    }

    public void Records(ref RecordData? value)
    {
        if (_writes)
        {
            WriteLength(value?.Length ?? -1, isString: false);
            if (value is not null) WriteRecords(value);
            return;
        }
        var length = ReadLength(isString: false);
        if (length < 0)
        {
            value = null;
            return;
        }
        Take(length);
        value = new RecordMemory(_source.Slice(_position - length, length));
    }

    public void Struct<T>(ref T value) where T : IWire => value.Code(this);

    /// <summary>The value of a tag: present where its tag is.</summary>
    public void Optional<T>(ref T? value) where T : class, IWire, new() => (value ??= new()).Code(this);

    public void Array<T>(ref List<T> values) where T : IWire, new()
    {
        List<T>? any = values;
        NullableArray(ref any);
        values = any ?? throw Bad("an array", "null");
    }

    public void NullableArray<T>(ref List<T>? values) where T : IWire, new()
    {
        if (_writes)
        {
            WriteCount(values?.Count ?? -1);
            if (values is null) return;
            foreach (var value in values) value.Code(this);
            return;
        }
        var count = ReadCount();
        values = count < 0 ? null : new(count);
        for (var i = 0; i < count; i++)
        {
            var value = new T();
            value.Code(this);
            values!.Add(value);
        }
    }

    public void Int32s(ref List<int> values)
    {
        List<int>? any = values;
        NullableInt32s(ref any);
        values = any ?? throw Bad("an array", "null");
    }

    public void NullableInt32s(ref List<int>? values) =>
        Simple(ref values, static (Codec c, ref int value) => c.Int32(ref value));

    public void Int64s(ref List<long> values)
    {
        List<long>? any = values;
        Simple(ref any, static (Codec c, ref long value) => c.Int64(ref value));
        values = any ?? throw Bad("an array", "null");
    }

    public void Strings(ref List<string> values)
    {
        List<string>? any = values;
        NullableStrings(ref any);
        values = any ?? throw Bad("an array", "null");
    }

    public void NullableStrings(ref List<string>? values) =>
        Simple(ref values, static (Codec c, ref string value) => c.String(ref value));

    /// <summary>The tag section of a structure that knows no tags: unknown ones are passed over.</summary>
    public void NoTags()
    {
        var tags = new TagSection();
        while (tags.Next(this))
        {
            // Next passes over what the caller does not read.
        }
    }

    /// <summary>The tag section of a structure with tags 0, 1, ..</summary>
    /// <param name="present">Which of them are written; reading takes what is there.</param>
    public static TagSection Tags(params ReadOnlySpan<bool> present) => new(present);

    internal bool Writes => _writes;

    internal void WriteUnsigned(uint value)
    {
        var room = Room(Varint.SizeOf(value));
        Varint.Write(room, value);
    }

    internal uint ReadUnsigned()
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Take(1)[0];
            value |= (uint)(b & 0x7F) << shift;
            if ((b & 0x80) == 0) return value;
            if (shift == MaxVarintShift) throw Bad("a varint of at most 5 bytes", "a longer one");
        }
    }

    internal void SkipTo(int position)
    {
        if (position < _position) throw Bad("a tag within its size", $"{_position - position} bytes more");
        _position = position;
    }

    /// <summary>Puts the size of what was written since <paramref name="start"/> before it.</summary>
    internal void PrefixWithSize(int start)
    {
        var size = _position - start;
        var prefix = Varint.SizeOf((uint)size);
        Room(prefix);
        _buffer.AsSpan(start, size).CopyTo(_buffer.AsSpan(start + prefix));
        Varint.Write(_buffer.AsSpan(start), (uint)size);
    }

    internal WireException Bad(string expected, string found) =>
        new($"at byte {_position} of {_source.Length}, version {Version}: expected {expected}, found {found}");

    private delegate void OneValue<T>(Codec c, ref T value);

    private void Simple<T>(ref List<T>? values, OneValue<T> code)
    {
        if (_writes)
        {
            WriteCount(values?.Count ?? -1);
            foreach (var value in values ?? [])
            {
                var one = value;
                code(this, ref one);
            }
            return;
        }
        var count = ReadCount();
        values = count < 0 ? null : new(count);
        for (var i = 0; i < count; i++)
        {
            var one = default(T)!;
            code(this, ref one);
            values!.Add(one);
        }
    }

    private void WriteRecords(RecordData records)
    {
        if (!DefersRecords || records.Length <= MaxCopied)
        {
            records.CopyTo(0, Room(records.Length));
            return;
        }
        (_deferred ??= []).Add((_position, records));
        _deferredBytes += records.Length;
    }

    private void WriteCount(int count)
    {
        if (IsFlexible) WriteUnsigned((uint)(count + 1));
        else Int32(ref count);
    }

    private int ReadCount()
    {
        var count = ReadLength(isString: false);
        _elements += Math.Max(0, count);
        if (_elements > MaxElements) throw Bad($"at most {MaxElements} array elements", $"{_elements}");
        return count;
    }

    private void WriteLength(int length, bool isString)
    {
        if (IsFlexible)
        {
            WriteUnsigned((uint)(length + 1));
        }
        else if (isString)
        {
            if (length > short.MaxValue) throw Bad($"a string of at most {short.MaxValue} bytes", $"{length}");
            var small = (short)length;
            Int16(ref small);
        }
        else
        {
            Int32(ref length);
        }
    }

    /// <summary>A length or count; it cannot exceed the bytes that remain, since every element takes one.</summary>
    private int ReadLength(bool isString)
    {
        int length = 0;
        if (IsFlexible)
        {
            length = (int)Math.Min(ReadUnsigned(), int.MaxValue) - 1;
        }
        else if (isString)
        {
            short small = 0;
            Int16(ref small);
            length = small;
        }
        else
        {
            Int32(ref length);
        }
        if (length < -1 || length > Remaining) throw Bad($"a length of at most {Remaining}", $"{length}");
        return length;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining) throw Bad($"{count} bytes", $"{Remaining}");
        var taken = _source.Span.Slice(_position, count);
        _position += count;
        return taken;
    }

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - _position < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(_position + count)));
            _buffer.AsSpan(0, _position).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        _position += count;
        return _buffer.AsSpan(_position - count, count);
    }
}
