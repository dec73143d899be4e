namespace KafkaFlow.Avro.Parsing;

internal static class Primitives
{
    public static bool TryGet(string name, out AvroType type)
    {
        AvroType? found = name switch
        {
            "null" => AvroType.Null,
            "boolean" => AvroType.Boolean,
            "int" => AvroType.Int,
            "long" => AvroType.Long,
            "float" => AvroType.Float,
            "double" => AvroType.Double,
            "bytes" => AvroType.Bytes,
            "string" => AvroType.String,
            _ => null,
        };
        type = found ?? default;
        return found is not null;
    }
}
