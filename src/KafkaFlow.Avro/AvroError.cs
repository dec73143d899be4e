namespace KafkaFlow.Avro;

/// <summary>Why a schema, a datum or a pair of schemas was refused.</summary>
/// <param name="Path">Where, from the root <c>$</c> of the schema or datum, as in <c>$.fields[2].type</c>.</param>
/// <param name="Message">What was expected and what was found.</param>
/// <param name="Offset">Byte in the encoded input at which reading stopped; null where there is no such input.</param>
public sealed record AvroError(string Path, string Message, long? Offset = null)
{
    public override string ToString() =>
        Offset is { } offset ? $"{Path} (byte {offset}): {Message}" : $"{Path}: {Message}";
}
