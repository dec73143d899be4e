using System.Buffers.Binary;

namespace KafkaFlow.Wire;

/// <summary>Snappy as Kafka clients write it: one raw block, or blocks in the frame of xerial's library
/// (Java).</summary>
internal static class Snappy
{
    private const int XerialHeader = 16;
    private static ReadOnlySpan<byte> XerialMagic =>
        [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static bool TryDecompress(ReadOnlySpan<byte> source, out byte[] target)
    {
        var sink = new ByteSink(source.Length * 2);
        var can = source.StartsWith(XerialMagic) ? TryBlocks(source, ref sink) : TryBlock(source, ref sink);
        target = can ? sink.ToArray() : [];
        return can;
    }

    private static bool TryBlocks(ReadOnlySpan<byte> source, ref ByteSink sink)
    {
        if (source.Length < XerialHeader) return false;
        for (source = source[XerialHeader..]; !source.IsEmpty;)
        {
            if (source.Length < 4) return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(source);
            if (length < 0 || length > source.Length - 4 || !TryBlock(source.Slice(4, length), ref sink)) return false;
            source = source[(4 + length)..];
        }
        return true;
    }

    private static bool TryBlock(ReadOnlySpan<byte> source, ref ByteSink sink)
    {
        var start = sink.Length;
        if (!TryLength(ref source, out var expected)) return false;
        while (!source.IsEmpty)
        {
            var tag = source[0];
            source = source[1..];
            if ((tag & 3) == 0 ? !TryLiteral(tag, ref source, ref sink)
                : !TryCopy(tag, ref source, ref sink)) return false;
        }
        return sink.Length - start == expected;
    }

    private static bool TryLength(ref ReadOnlySpan<byte> source, out long length)
    {
        length = 0;
        for (var shift = 0; shift < 35 && !source.IsEmpty; shift += 7)
        {
            var b = source[0];
            source = source[1..];
            length |= (long)(b & 0x7F) << shift;
            if ((b & 0x80) == 0) return length <= RecordCodecs.MaxUncompressed;
        }
        return false;
    }

    private static bool TryLiteral(byte tag, ref ReadOnlySpan<byte> source, ref ByteSink sink)
    {
        long length = tag >> 2;
        if (length >= 60)
        {
            var extra = (int)length - 59;
            if (source.Length < extra) return false;
            length = 0;
            for (var i = 0; i < extra; i++) length |= (long)source[i] << (8 * i);
            source = source[extra..];
        }
        length++;
        if (length > source.Length || !sink.TryLiteral(source[..(int)length])) return false;
        source = source[(int)length..];
        return true;
    }

    private static bool TryCopy(byte tag, ref ReadOnlySpan<byte> source, ref ByteSink sink)
    {
        var (extra, length) = (tag & 3) switch
        {
            1 => (1, (tag >> 2 & 7) + 4),
            2 => (2, (tag >> 2) + 1),
            _ => (4, (tag >> 2) + 1),
        };
        if (source.Length < extra) return false;
        var distance = extra switch
        {
            1 => (tag >> 5) << 8 | source[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(source),
            _ => BinaryPrimitives.ReadInt32LittleEndian(source),
        };
        source = source[extra..];
        return sink.TryCopy(distance, length);
    }
}
