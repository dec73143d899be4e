using System.Buffers.Binary;

namespace KafkaFlow.Avro;

/// <summary>Logical type duration: three independent amounts, none a part of another.</summary>
public readonly record struct AvroDuration(uint Months, uint Days, uint Milliseconds)
{
    public const int Size = 12;

    /// <returns>False if the datum is no fixed of 12 bytes.</returns>
    public static bool TryFrom(AvroValue value, out AvroDuration duration)
    {
        duration = default;
        if (value.Type != AvroType.Fixed || value.AsBytes().Length != Size)
            return false;
        ReadOnlySpan<byte> bytes = value.AsBytes().Span;
        duration = new AvroDuration(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
        return true;
    }

    /// <param name="schema">Of 12 bytes.</param>
    public AvroValue ToValue(FixedSchema schema)
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Months);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Days);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Milliseconds);
        return AvroValue.Of(schema, bytes);
    }
}
