namespace KafkaFlow.Avro;

/// <summary>What input from outside may make this library do at most. Each limit answers with an error.</summary>
public static class AvroLimits
{
    /// <summary>Levels of nesting, of a schema as of a datum; bounds the stack.</summary>
    public const int MaxDepth = 256;

    /// <summary>
    /// Values that occupy no byte (null, fixed of size 0, records of only such) that one datum may hold beyond one per
    /// byte of its encoding; bounds what an array of null with a count of 2^40 can allocate.
    /// </summary>
    public const int MaxFreeValues = 1024;

    /// <summary>Steps spent on the default values of one schema; bounds the search among nested unions.</summary>
    public const int MaxDefaultSteps = 1_000_000;

    /// <summary>Bytes of one JSON schema text.</summary>
    public const int MaxSchemaBytes = 16 * 1024 * 1024;

    /// <summary>Pairs of types that one check of compatibility may look at; bounds unions against unions.</summary>
    public const int MaxComparisons = 1_000_000;

    /// <summary>Levels of pairs inside pairs in one check; two cycles of records can be longer than either.</summary>
    public const int MaxComparisonDepth = 1_024;

    // A record inside a record is four levels of JSON: object, fields, field, type.
    internal const int MaxJsonDepth = 4 * MaxDepth + 8;
}
