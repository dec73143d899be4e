using System.Buffers;
using KafkaFlow.Avro.Resolving;

namespace KafkaFlow.Avro;

/// <summary>The generic layer: data of any schema, to and from Avro's binary encoding.</summary>
public static class AvroDatum
{
    /// <summary>Encodes a datum.</summary>
    /// <returns>
    /// False, with the place and the reason, if the datum is not of the schema or nests deeper than
    /// <see cref="AvroLimits.MaxDepth"/>; part of it may then have been written.
    /// </returns>
    public static bool TryEncode(
        AvroSchema schema, AvroValue value, IBufferWriter<byte> output, out AvroError? error)
    {
        var writer = new AvroWriter(output);
        bool written = TryEncode(schema, value, ref writer, out error);
        writer.Flush();
        return written;
    }

    /// <summary>Encodes a datum behind what the writer has already; the caller flushes.</summary>
    public static bool TryEncode(AvroSchema schema, AvroValue value, ref AvroWriter writer, out AvroError? error) =>
        new DatumEncoder().TryEncode(schema, value, ref writer, out error);

    /// <summary>Decodes a datum that fills <paramref name="data"/> exactly.</summary>
    public static bool TryDecode(
        AvroSchema schema, ReadOnlySpan<byte> data, out AvroValue value, out AvroError? error) =>
        schema.Reading.TryDecode(data, out value, out error);

    /// <summary>Decodes the datum at the reader's position; what follows it is left to the caller.</summary>
    public static bool TryDecode(
        AvroSchema schema, ref AvroReader reader, out AvroValue value, out AvroError? error) =>
        schema.Reading.TryDecode(ref reader, out value, out error);
}
