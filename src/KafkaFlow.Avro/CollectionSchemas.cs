namespace KafkaFlow.Avro;

public sealed class ArraySchema : AvroSchema
{
    internal ArraySchema(AvroSchema items)
        : base(AvroType.Array) => Items = items;

    public AvroSchema Items { get; }
}

public sealed class MapSchema : AvroSchema
{
    internal MapSchema(AvroSchema values)
        : base(AvroType.Map) => Values = values;

    public AvroSchema Values { get; }
}

public sealed class UnionSchema : AvroSchema
{
    internal UnionSchema(IReadOnlyList<AvroSchema> branches)
        : base(AvroType.Union) => Branches = branches;

    /// <summary>No union among them, and each unnamed type at most once.</summary>
    public IReadOnlyList<AvroSchema> Branches { get; }
}

public sealed class FixedSchema : AvroSchema
{
    internal FixedSchema(AvroName name, int size)
        : base(AvroType.Fixed, name) => Size = size;

    /// <summary>Bytes.</summary>
    public int Size { get; }
}
