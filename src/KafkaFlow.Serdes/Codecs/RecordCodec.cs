using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>
/// A record type's fields, in the order of its schema, and its records made of and taken apart into values. A test
/// holds the fields against the schema.
/// </summary>
internal sealed class RecordShape<T>(
    IReadOnlyList<FieldShape> fields, Func<object?[], T> make, Func<T, object?[]> values,
    Func<T, RecordError?>? check = null) where T : class
{
    private readonly Dictionary<string, int> _index =
        fields.Select((field, i) => (field.Name, i)).ToDictionary(f => f.Name, f => f.i);

    public IReadOnlyList<FieldShape> Fields => fields;

    public bool TryFind(string name, out int index) => _index.TryGetValue(name, out index);

    /// <summary>Makes a record of one value per field, the required ones present.</summary>
    public T Make(object?[] fieldValues) => make(fieldValues);

    public object?[] Values(T record) => values(record);

    /// <summary>What the fields alone cannot say.</summary>
    public RecordError? Check(T record) => check?.Invoke(record);
}

/// <summary>
/// One record type in Avro: its schema, and straight-line code for data written with that schema. No I/O; stateless and
/// thread-safe.
/// </summary>
internal abstract class RecordCodec<T>(string schemaText, RecordShape<T> shape) where T : class
{
    public string SchemaText { get; } = schemaText;

    public AvroSchema Schema { get; } = AvroSchema.Parse(schemaText);

    public RecordShape<T> Shape => shape;

    /// <summary>Reads data of <see cref="Schema"/>. What it returns counts only if the reader has no failure and the
    /// envelope no error.</summary>
    public abstract T Read(ref AvroReader reader, ref Envelope envelope);

    public abstract void Write(ref AvroWriter writer, T record);
}

/// <summary>What reading has learned so far: who is meant, and the first thing that is wrong.</summary>
internal struct Envelope
{
    public string? ExecutionId;
    public string? TaskId;
    public RecordError? Error;

    public void Fail(string code, string? field, string message) => Error ??= new RecordError(code, field, message);

    /// <summary>The error with the ids, as far as they were readable and may name something.</summary>
    public readonly RecordError Close(RecordError error) => error with
    {
        ExecutionId = ExecutionId is { } id && ExecutionIds.Problem(id) is null ? id : null,
        TaskId = TaskId,
    };
}
