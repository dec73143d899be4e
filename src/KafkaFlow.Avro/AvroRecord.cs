namespace KafkaFlow.Avro;

/// <summary>The fields of a record in the order of its schema.</summary>
public sealed class AvroRecord : IEquatable<AvroRecord>
{
    private readonly AvroValue[] _values;

    /// <exception cref="ArgumentException">Not as many values as the schema has fields.</exception>
    public AvroRecord(RecordSchema schema, params AvroValue[] values)
    {
        if (values.Length != schema.Fields.Count)
            throw new ArgumentException($"record {schema} has {schema.Fields.Count} fields, given {values.Length}");
        Schema = schema;
        _values = values;
    }

    public RecordSchema Schema { get; }

    public IReadOnlyList<AvroValue> Values => _values;

    /// <exception cref="KeyNotFoundException">The schema has no such field.</exception>
    public AvroValue this[string name] => Schema.Field(name) is { } field
        ? _values[field.Position]
        : throw new KeyNotFoundException($"record {Schema} has no field {name}");

    public AvroValue this[int position] => _values[position];

    public bool Equals(AvroRecord? other) => other is not null
        && other.Schema.Name == Schema.Name
        && other._values.AsSpan().SequenceEqual(_values);

    public override bool Equals(object? obj) => Equals(obj as AvroRecord);

    public override int GetHashCode() => HashCode.Combine(Schema.Name, _values.Length);
}
