using KafkaFlow.Avro;

namespace KafkaFlow.Contracts.Tests;

/// <summary>One field of a schema in the words of docs/records.md.</summary>
internal sealed record SchemaField(string Name, string Type, bool IsNullable, bool IsJson)
{
    public static SchemaField[] Of(string schemaText) =>
        [.. ((RecordSchema)AvroSchema.Parse(schemaText)).Fields.Select(Of)];

    private static SchemaField Of(RecordField field)
    {
        var union = field.Type as UnionSchema;
        var type = union is null ? field.Type : union.Branches.Single(b => b.Type != AvroType.Null);
        var isTime = type.Logical?.Kind == LogicalKind.TimestampMicros;
        var name = isTime ? "timestamp-micros" : $"{type}";
        return new(field.Name, name, union is not null, field.Doc?.StartsWith("JSON text", StringComparison.Ordinal) == true);
    }
}
