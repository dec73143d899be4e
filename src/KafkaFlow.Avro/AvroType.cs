namespace KafkaFlow.Avro;

/// <summary>The fourteen types of Avro 1.12. An <c>error</c> is a record.</summary>
public enum AvroType
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed,
}
