using System.Buffers.Binary;

namespace KafkaFlow.Wire;

/// <summary>LZ4 in its frame format. Checksums of blocks and content are passed over: the batch has its own.</summary>
internal static class Lz4Frame
{
    private const uint Magic = 0x184D2204;
    private const uint RawBlock = 0x80000000;
    private const int BlockChecksumFlag = 0x10;
    private const int ContentSizeFlag = 0x08;
    private const int DictionaryFlag = 0x01;
    private const int MinMatch = 4;

    public static bool TryDecompress(ReadOnlySpan<byte> source, out byte[] target)
    {
        target = [];
        if (source.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic) return false;
        var flags = source[4];
        var header = 7 + ((flags & ContentSizeFlag) != 0 ? 8 : 0) + ((flags & DictionaryFlag) != 0 ? 4 : 0);
        if (source.Length < header) return false;
        source = source[header..];
        var sink = new ByteSink(source.Length * 3);
        while (true)
        {
            if (source.Length < 4) return false;
            var size = BinaryPrimitives.ReadUInt32LittleEndian(source);
            source = source[4..];
            if (size == 0) break;
            var length = (int)(size & ~RawBlock);
            if (length > source.Length) return false;
            var block = source[..length];
            if ((size & RawBlock) != 0 ? !sink.TryLiteral(block) : !TryBlock(block, ref sink)) return false;
            var trailer = (flags & BlockChecksumFlag) != 0 ? 4 : 0;
            if (source.Length < length + trailer) return false;
            source = source[(length + trailer)..];
        }
        target = sink.ToArray();
        return true;
    }

    private static bool TryBlock(ReadOnlySpan<byte> block, ref ByteSink sink)
    {
        while (!block.IsEmpty)
        {
            var token = block[0];
            block = block[1..];
            if (!TryLength(token >> 4, ref block, out var literal) || literal > block.Length) return false;
            if (!sink.TryLiteral(block[..literal])) return false;
            block = block[literal..];
            if (block.IsEmpty) return true;
            if (block.Length < 2) return false;
            var distance = BinaryPrimitives.ReadUInt16LittleEndian(block);
            block = block[2..];
            if (!TryLength(token & 15, ref block, out var match) ||
                !sink.TryCopy(distance, match + MinMatch)) return false;
        }
        return true;
    }

    private static bool TryLength(int nibble, ref ReadOnlySpan<byte> block, out int length)
    {
        length = nibble;
        if (nibble < 15) return true;
        while (!block.IsEmpty)
        {
            var b = block[0];
            block = block[1..];
            length += b;
            if (length > RecordCodecs.MaxUncompressed) return false;
            if (b != 255) return true;
        }
        return false;
    }
}
