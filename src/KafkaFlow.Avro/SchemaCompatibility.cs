using KafkaFlow.Avro.Resolving;

namespace KafkaFlow.Avro;

/// <summary>What makes data of a writer's schema unreadable, by the names that Apache Avro gives it.</summary>
public enum IncompatibilityKind
{
    NameMismatch,
    FixedSizeMismatch,
    MissingEnumSymbols,
    ReaderFieldMissingDefaultValue,
    TypeMismatch,
    MissingUnionBranch,

    /// <summary>Not of Apache Avro: the pair is beyond <see cref="AvroLimits"/> and counts as incompatible.</summary>
    TooLarge,
}

/// <summary>One reason why data of a writer's schema cannot, or may not, be read with a reader's.</summary>
/// <param name="Location">JSON pointer into the reader's schema; below a union, into the writer's.</param>
/// <param name="Message">What was expected and found, in Apache Avro's words.</param>
public sealed record Incompatibility(IncompatibilityKind Kind, string Location, string Message)
{
    /// <summary>As Apache Avro writes it: <c>TYPE_MISMATCH</c>.</summary>
    public string KindText => Kind switch
    {
        IncompatibilityKind.NameMismatch => "NAME_MISMATCH",
        IncompatibilityKind.FixedSizeMismatch => "FIXED_SIZE_MISMATCH",
        IncompatibilityKind.MissingEnumSymbols => "MISSING_ENUM_SYMBOLS",
        IncompatibilityKind.ReaderFieldMissingDefaultValue => "READER_FIELD_MISSING_DEFAULT_VALUE",
        IncompatibilityKind.TypeMismatch => "TYPE_MISMATCH",
        IncompatibilityKind.MissingUnionBranch => "MISSING_UNION_BRANCH",
        IncompatibilityKind.TooLarge => "TOO_LARGE",
        _ => throw new InvalidOperationException($"no kind of incompatibility {Kind}"),
    };

    public override string ToString() => $"{KindText} at {Location} ({Message})";
}

/// <summary>
/// Whether every datum of a writer's schema can be read with a reader's: the question of a schema registry. It is
/// stricter than <see cref="SchemaResolution"/>, which refuses only a pair of which no datum can be read.
/// </summary>
public static class SchemaCompatibility
{
    /// <summary>Answers as <c>SchemaCompatibility.checkReaderWriterCompatibility</c> of Apache Avro 1.12.</summary>
    /// <returns>All reasons against it, in the order of the reader's schema; empty if it is compatible.</returns>
    public static IReadOnlyList<Incompatibility> Problems(AvroSchema reader, AvroSchema writer) =>
        new CompatibilityCheck().Problems(reader, writer);
}
