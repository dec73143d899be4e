using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace KafkaFlow.Avro;

/// <summary>
/// Writes Avro's binary encoding into a buffer writer, without allocating. Pass it by reference, and end with
/// <see cref="Flush"/>: until then the last bytes are not in the output.
/// </summary>
public ref struct AvroWriter
{
    private const int MaxVarintBytes = 10;

    // Room asked of the output at once, so that most values need no call to it.
    private const int ChunkBytes = 256;

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _chunk;
    private int _used;

    public AvroWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>A text given to <see cref="WriteString(string)"/> was no valid Unicode (a lone surrogate).</summary>
    public bool HasInvalidText { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Hands all bytes to the output.</summary>
    /// <returns>False if <see cref="HasInvalidText"/>: the output must then be discarded.</returns>
    public bool Flush()
    {
        _output.Advance(_used);
        _chunk = default;
        _used = 0;
        return !HasInvalidText;
    }

    public void WriteBoolean(bool value)
    {
        Room(1)[0] = value ? (byte)1 : (byte)0;
        Took(1);
    }

    public void WriteInt(int value) => WriteLong(value);

    public void WriteLong(long value)
    {
        Span<byte> room = Room(MaxVarintBytes);
        ulong raw = (ulong)((value << 1) ^ (value >> 63));
        int at = 0;
        while (raw >= 0x80)
        {
            room[at++] = (byte)(raw | 0x80);
            raw >>= 7;
        }

        room[at++] = (byte)raw;
        Took(at);
    }

    public void WriteFloat(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Room(sizeof(float)), value);
        Took(sizeof(float));
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Room(sizeof(double)), value);
        Took(sizeof(double));
    }

    /// <summary>Bytes, or a string that is UTF-8 already: length and content.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        WriteFixed(value);
    }

    public void WriteString(string value) => WriteString(value.AsSpan());

    public void WriteString(scoped ReadOnlySpan<char> value)
    {
        int size = Encoding.UTF8.GetByteCount(value);
        WriteLong(size);
        Span<byte> room = Room(size);
        OperationStatus status = Utf8.FromUtf16(value, room, out _, out int written, replaceInvalidSequences: false);
        if (status != OperationStatus.Done)
            HasInvalidText = true;
        Took(written);
    }

    /// <summary>The bytes alone.</summary>
    public void WriteFixed(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        Took(value.Length);
    }

    /// <summary>A union branch or an enum symbol.</summary>
    public void WriteIndex(int index) => WriteLong(index);

    /// <summary>The branch of <c>["null", X]</c>.</summary>
    public void WritePresent(bool present) => WriteLong(present ? 1 : 0);

    /// <summary>Union <c>["null", "string"]</c>.</summary>
    public void WriteNullableString(string? value)
    {
        WritePresent(value is not null);
        if (value is not null)
            WriteString(value);
    }

    /// <summary>Union <c>["null", "int"]</c>.</summary>
    public void WriteNullableInt(int? value) => WriteNullableLong(value);

    /// <summary>Union <c>["null", "long"]</c>, also with a logical type.</summary>
    public void WriteNullableLong(long? value)
    {
        WritePresent(value is not null);
        if (value is { } number)
            WriteLong(number);
    }

    /// <summary>Union <c>["null", "boolean"]</c>.</summary>
    public void WriteNullableBoolean(bool? value)
    {
        WritePresent(value is not null);
        if (value is { } flag)
            WriteBoolean(flag);
    }

    /// <summary>The head of a block of an array or map; 0 ends it.</summary>
    public void WriteBlockCount(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        WriteLong(count);
    }

    private Span<byte> Room(int size)
    {
        if (_chunk.Length - _used < size)
        {
            _output.Advance(_used);
            _used = 0;
            _chunk = _output.GetSpan(Math.Max(size, ChunkBytes));
        }

        return _chunk[_used..];
    }

    private void Took(int size)
    {
        _used += size;
        BytesWritten += size;
    }
}
