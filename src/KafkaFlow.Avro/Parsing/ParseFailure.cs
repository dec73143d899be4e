namespace KafkaFlow.Avro.Parsing;

/// <summary>The first thing wrong in one parse.</summary>
internal sealed class ParseFailure
{
    public AvroError? Error { get; private set; }

    public AvroSchema? Set(SchemaPath path, string message) => Set<AvroSchema>(path, message);

    /// <returns>Null, so that a caller can return it.</returns>
    public T? Set<T>(SchemaPath path, string message)
        where T : class
    {
        Error ??= new AvroError(path.ToString(), message);
        return null;
    }
}
