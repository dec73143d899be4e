using System.Numerics;

namespace KafkaFlow.Wire;

/// <summary>Integers of variable length: seven bits a byte, lowest first; signed ones in zigzag.</summary>
public static class Varint
{
    private const int MaxShift = 63;

    public static int SizeOf(uint value) => (31 - BitOperations.LeadingZeroCount(value | 1)) / 7 + 1;

    public static int SizeOfSigned(long value) => (63 - BitOperations.LeadingZeroCount(ZigZag(value) | 1)) / 7 + 1;

    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> target, uint value) => WriteUnsigned(target, value);

    /// <returns>Bytes written.</returns>
    public static int WriteSigned(Span<byte> target, long value) => WriteUnsigned(target, ZigZag(value));

    /// <summary>Takes a signed integer off the front.</summary>
    /// <returns>False if the bytes end early or it is longer than ten bytes.</returns>
    public static bool TryReadSigned(scoped ref ReadOnlySpan<byte> source, out long value)
    {
        ulong read = 0;
        for (int shift = 0, at = 0; shift <= MaxShift && at < source.Length; shift += 7, at++)
        {
            read |= (ulong)(source[at] & 0x7F) << shift;
            if ((source[at] & 0x80) != 0) continue;
            source = source[(at + 1)..];
            value = (long)(read >> 1) ^ -(long)(read & 1);
            return true;
        }
        value = 0;
        return false;
    }

    private static ulong ZigZag(long value) => (ulong)(value << 1 ^ value >> 63);

    private static int WriteUnsigned(Span<byte> target, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) target[at++] = (byte)(value | 0x80);
        target[at++] = (byte)value;
        return at;
    }
}
