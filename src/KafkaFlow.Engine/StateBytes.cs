using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Writes fields of a state value in order: numbers as LEB128, text with its length + 1 (0 = null).</summary>
internal sealed class StateWriter
{
    [ThreadStatic] private static ArrayBufferWriter<byte>? _idle;
    private readonly ArrayBufferWriter<byte> _buffer;

    public StateWriter(byte layout)
    {
        _buffer = _idle ?? new(1024);
        _idle = null;
        _buffer.ResetWrittenCount();
        Byte(layout);
    }

    /// <summary>The value; ends the writing.</summary>
    public byte[] ToArray()
    {
        var bytes = _buffer.WrittenSpan.ToArray();
        _idle = _buffer;
        return bytes;
    }

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Long(long value)
    {
        // Zigzag, so that small negative numbers stay short.
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            Byte((byte)(rest | 0x80));
            rest >>= 7;
        }
        Byte((byte)rest);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void OptionalLong(long? value)
    {
        Flag(value is not null);
        if (value is { } given) Long(given);
    }

    public void Time(Timestamp value) => Long(value.UnixMicros);

    public void OptionalTime(Timestamp? value) => OptionalLong(value?.UnixMicros);

    public void Text(string? value)
    {
        if (value is null)
        {
            Long(0);
            return;
        }
        Long(Encoding.UTF8.GetByteCount(value) + 1);
        Encoding.UTF8.GetBytes(value, _buffer);
    }

    public void Numbers(ImmutableArray<int> values)
    {
        Long(values.Length);
        foreach (var value in values) Long(value);
    }

    public void Texts(ImmutableArray<string> values)
    {
        Long(values.Length);
        foreach (var value in values) Text(value);
    }
}

/// <summary>Reads what <see cref="StateWriter"/> wrote.</summary>
internal ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;

    /// <exception cref="InvalidOperationException">The value has a layout this version does not know.</exception>
    public StateReader(ReadOnlySpan<byte> bytes, byte layout, string what)
    {
        _rest = bytes;
        var found = Byte();
        if (found != layout)
            throw new InvalidOperationException($"{what} in the state store has layout {found}; expected {layout}");
    }

    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public long Long()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) break;
        }
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int() => checked((int)Long());

    public bool Flag() => Byte() != 0;

    public long? OptionalLong() => Flag() ? Long() : null;

    public Timestamp Time() => new(Long());

    public Timestamp? OptionalTime() => OptionalLong() is { } micros ? new Timestamp(micros) : null;

    public string? OptionalText()
    {
        var length = Int() - 1;
        if (length < 0) return null;
        var text = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }

    public string Text() => OptionalText() ?? throw new InvalidOperationException("a required text is null");

    public ImmutableArray<int> Numbers()
    {
        var values = ImmutableArray.CreateBuilder<int>();
        for (var count = Long(); count > 0; count--) values.Add(Int());
        return values.ToImmutable();
    }

    public ImmutableArray<string> Texts()
    {
        var values = ImmutableArray.CreateBuilder<string>();
        for (var count = Long(); count > 0; count--) values.Add(Text());
        return values.ToImmutable();
    }
}
