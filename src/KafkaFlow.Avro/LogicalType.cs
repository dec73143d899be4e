namespace KafkaFlow.Avro;

public enum LogicalKind
{
    Decimal,
    BigDecimal,
    Uuid,
    Date,
    TimeMillis,
    TimeMicros,
    TimestampMillis,
    TimestampMicros,
    TimestampNanos,
    LocalTimestampMillis,
    LocalTimestampMicros,
    LocalTimestampNanos,
    Duration,
}

/// <summary>
/// A logical type that is known and valid on its underlying type. Others are ignored, as the specification says, and
/// remain readable in <see cref="AvroSchema.Attributes"/>.
/// </summary>
/// <param name="Precision">Digits; of a decimal only.</param>
/// <param name="Scale">Digits behind the point; of a decimal only.</param>
public sealed record LogicalType(LogicalKind Kind, int Precision = 0, int Scale = 0);
