using System.Buffers.Binary;

namespace KafkaFlow.Avro;

/// <summary>
/// Single-object encoding: C3 01, the schema's CRC-64-AVRO fingerprint as 8 bytes little-endian, the datum.
/// </summary>
public static class SingleObject
{
    public const int HeaderBytes = 10;

    private const ushort Marker = 0x01C3;

    /// <summary>Tells by the first two bytes alone.</summary>
    public static bool IsMarked(ReadOnlySpan<byte> message) =>
        message.Length >= 2 && BinaryPrimitives.ReadUInt16LittleEndian(message) == Marker;

    /// <summary>Splits a message into the writer's fingerprint and the datum.</summary>
    /// <returns>False if the marker is absent or the message is shorter than its header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out ulong fingerprint, out ReadOnlySpan<byte> datum)
    {
        fingerprint = 0;
        datum = default;
        if (!IsMarked(message) || message.Length < HeaderBytes)
            return false;
        fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(message[2..]);
        datum = message[HeaderBytes..];
        return true;
    }

    /// <summary>Writes the header; the datum follows by the same writer.</summary>
    public static void WriteHeader(ref AvroWriter writer, ulong fingerprint)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(header, Marker);
        BinaryPrimitives.WriteUInt64LittleEndian(header[2..], fingerprint);
        writer.WriteFixed(header);
    }
}
