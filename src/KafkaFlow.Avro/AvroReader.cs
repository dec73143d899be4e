using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace KafkaFlow.Avro;

/// <summary>
/// Reads Avro's binary encoding from a span, without allocating except for strings.
/// A method that returns false has set <see cref="Failure"/> and left <see cref="Position"/> where the value began;
/// from then on every read fails, so that a codec may check once at its end.
/// </summary>
public ref struct AvroReader
{
    private readonly ReadOnlySpan<byte> _data;
    private int _position;
    private long _offending;
    private int _left;

    public AvroReader(ReadOnlySpan<byte> data) => _data = data;

    public AvroReadFailure Failure { get; private set; }

    public readonly int Position => _position;

    public readonly int Remaining => _data.Length - _position;

    /// <summary>Zigzag varint of at most 32 bits.</summary>
    public bool TryReadInt(out int value)
    {
        int start = _position;
        if (TryReadLong(out long wide))
        {
            value = (int)wide;
            if (value == wide && _position - start <= 5)
                return true;
            _position = start;
            Fail(AvroReadFailure.NumberTooLarge, wide);
        }

        value = 0;
        return false;
    }

    /// <summary>Zigzag varint of at most 64 bits.</summary>
    public bool TryReadLong(out long value)
    {
        value = 0;
        if (Failure != AvroReadFailure.None)
            return false;
        ReadOnlySpan<byte> rest = _data[_position..];
        ulong raw = 0;
        for (int i = 0; i < 10; i++)
        {
            if (i >= rest.Length)
                return Fail(AvroReadFailure.Truncated, i + 1);
            byte b = rest[i];
            if (i == 9 && b > 1)
                break;
            raw |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                _position += i + 1;
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                return true;
            }
        }

        return Fail(AvroReadFailure.NumberTooLarge, 0);
    }

    public bool TryReadBoolean(out bool value)
    {
        value = false;
        if (!TryTake(1, out ReadOnlySpan<byte> bytes))
            return false;
        value = bytes[0] == 1;
        if (bytes[0] <= 1)
            return true;
        _position--;
        return Fail(AvroReadFailure.NotBoolean, bytes[0]);
    }

    public bool TryReadFloat(out float value)
    {
        bool read = TryTake(sizeof(float), out ReadOnlySpan<byte> bytes);
        value = read ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : 0;
        return read;
    }

    public bool TryReadDouble(out double value)
    {
        bool read = TryTake(sizeof(double), out ReadOnlySpan<byte> bytes);
        value = read ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : 0;
        return read;
    }

    /// <summary>A length and that many bytes; the span is part of the input.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        int start = _position;
        if (!TryReadLong(out long length))
            return false;
        if (length >= 0 && length <= Remaining)
            return TryTake((int)length, out value);
        _left = Remaining;
        _position = start;
        return Fail(length < 0 ? AvroReadFailure.NegativeLength : AvroReadFailure.LengthBeyondInput, length);
    }

    /// <summary>The bytes of a string, checked to be UTF-8; the span is part of the input.</summary>
    public bool TryReadUtf8(out ReadOnlySpan<byte> value)
    {
        int start = _position;
        if (!TryReadBytes(out value))
            return false;
        if (Utf8.IsValid(value))
            return true;
        _position = start;
        value = default;
        return Fail(AvroReadFailure.NotUtf8, 0);
    }

    public bool TryReadString(out string value)
    {
        bool read = TryReadUtf8(out ReadOnlySpan<byte> utf8);
        value = read ? Encoding.UTF8.GetString(utf8) : "";
        return read;
    }

    /// <summary>The next <paramref name="size"/> bytes; the span is part of the input.</summary>
    public bool TryReadFixed(int size, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return TryTake(size, out value);
    }

    /// <summary>A union branch or an enum symbol, from 0 to below <paramref name="count"/>.</summary>
    public bool TryReadIndex(int count, out int index)
    {
        int start = _position;
        if (!TryReadInt(out index))
            return false;
        if ((uint)index < (uint)count)
            return true;
        _position = start;
        return Fail(AvroReadFailure.IndexOutOfRange, index);
    }

    /// <summary>Which branch of <c>["null", X]</c> follows: false is null.</summary>
    public bool TryReadPresent(out bool present)
    {
        bool read = TryReadIndex(2, out int index);
        present = index == 1;
        return read;
    }

    /// <summary>Union <c>["null", "string"]</c>.</summary>
    public bool TryReadNullableString(out string? value)
    {
        value = null;
        if (!TryReadPresent(out bool present))
            return false;
        if (!present)
            return true;
        bool read = TryReadString(out string text);
        value = read ? text : null;
        return read;
    }

    /// <summary>Union <c>["null", "int"]</c>.</summary>
    public bool TryReadNullableInt(out int? value)
    {
        value = null;
        if (!TryReadPresent(out bool present))
            return false;
        if (!present)
            return true;
        bool read = TryReadInt(out int number);
        value = read ? number : null;
        return read;
    }

    /// <summary>Union <c>["null", "long"]</c>, also with a logical type.</summary>
    public bool TryReadNullableLong(out long? value)
    {
        value = null;
        if (!TryReadPresent(out bool present))
            return false;
        if (!present)
            return true;
        bool read = TryReadLong(out long number);
        value = read ? number : null;
        return read;
    }

    /// <summary>Union <c>["null", "boolean"]</c>.</summary>
    public bool TryReadNullableBoolean(out bool? value)
    {
        value = null;
        if (!TryReadPresent(out bool present))
            return false;
        if (!present)
            return true;
        bool read = TryReadBoolean(out bool flag);
        value = read ? flag : null;
        return read;
    }

    /// <summary>The head of the next block of an array or map.</summary>
    /// <param name="count">Items in it; 0 ends the array or map. Not yet checked against the input's length.</param>
    /// <param name="byteSize">Bytes its items occupy, within the input; -1 if the writer did not say.</param>
    public bool TryReadBlock(out long count, out int byteSize)
    {
        byteSize = -1;
        int start = _position;
        if (!TryReadLong(out count) || count >= 0)
            return Failure == AvroReadFailure.None;
        long size = count;
        if (count != long.MinValue && TryReadLong(out size) && size >= 0 && size <= Remaining)
        {
            count = -count;
            byteSize = (int)size;
            return true;
        }

        _left = Remaining;
        _position = start;
        count = 0;
        return Failure == AvroReadFailure.None && Fail(AvroReadFailure.BadBlock, size);
    }

    /// <summary>The failure in words, without the position.</summary>
    public readonly string DescribeFailure() => Failure switch
    {
        AvroReadFailure.None => "no failure",
        AvroReadFailure.Truncated => $"the input ends here: {_offending} bytes expected, {Remaining} left",
        AvroReadFailure.NumberTooLarge => "a number longer than its type allows",
        AvroReadFailure.NegativeLength => $"a length of {_offending}, expected 0 or more",
        AvroReadFailure.LengthBeyondInput => $"a length of {_offending} with {_left} bytes left",
        AvroReadFailure.NotBoolean => $"expected a boolean (0 or 1), found byte {_offending}",
        AvroReadFailure.NotUtf8 => "a string that is not valid UTF-8",
        AvroReadFailure.IndexOutOfRange => $"index {_offending}, which the schema does not have",
        AvroReadFailure.BadBlock => $"a block of impossible count or byte size {_offending}, {_left} bytes left",
        _ => throw new InvalidOperationException($"no failure {Failure}"),
    };

    private bool TryTake(int size, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (Failure != AvroReadFailure.None)
            return false;
        if (size > Remaining)
            return Fail(AvroReadFailure.Truncated, size);
        bytes = _data.Slice(_position, size);
        _position += size;
        return true;
    }

    // Keeps the first failure.
    private bool Fail(AvroReadFailure failure, long offending)
    {
        if (Failure == AvroReadFailure.None)
        {
            Failure = failure;
            _offending = offending;
        }

        return false;
    }
}
