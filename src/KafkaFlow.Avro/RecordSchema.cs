using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Text.Json;

namespace KafkaFlow.Avro;

public sealed class RecordSchema : AvroSchema
{
    private FrozenDictionary<string, RecordField> _byName = FrozenDictionary<string, RecordField>.Empty;

    internal RecordSchema(AvroName name)
        : base(AvroType.Record, name)
    {
    }

    /// <summary>In the order of the schema, which is the order of the encoding.</summary>
    public IReadOnlyList<RecordField> Fields { get; private set; } = [];

    /// <summary>Declared as <c>error</c>; encoded like a record.</summary>
    public bool IsError { get; internal init; }

    public RecordField? Field(string name) => _byName.GetValueOrDefault(name);

    // Set once by the parser: a record may name itself in its own fields.
    internal void Complete(IReadOnlyList<RecordField> fields)
    {
        Fields = fields;
        _byName = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
    }
}

public enum FieldOrder
{
    Ascending,
    Descending,
    Ignore,
}

public sealed class RecordField
{
    internal RecordField(string name, AvroSchema type, int position)
    {
        Name = name;
        Type = type;
        Position = position;
    }

    public string Name { get; }

    public AvroSchema Type { get; }

    /// <summary>From 0.</summary>
    public int Position { get; }

    public IReadOnlyList<string> Aliases { get; internal init; } = [];

    public string? Doc { get; internal init; }

    public FieldOrder Order { get; internal init; }

    /// <summary>As written; null if the field has no default.</summary>
    public JsonElement? DefaultJson { get; internal init; }

    public bool HasDefault => DefaultJson is not null;

    /// <summary>Null datum unless <see cref="HasDefault"/>.</summary>
    public AvroValue Default { get; internal set; }

    public IReadOnlyDictionary<string, JsonElement> Attributes { get; internal init; } =
        ReadOnlyDictionary<string, JsonElement>.Empty;
}
