namespace KafkaFlow.Avro.Resolving;

/// <summary>Which types of writer and reader answer to each other.</summary>
internal static class UnionChoice
{
    /// <summary>The reader's branch for a writer's type (no union): its own type first, then a promotion.</summary>
    public static AvroSchema? Pick(AvroSchema writer, UnionSchema reader)
    {
        if (writer.Name is not null)
        {
            return reader.Branches.FirstOrDefault(branch => branch.Type == writer.Type && branch.Name == writer.Name)
                ?? reader.Branches.FirstOrDefault(branch => branch.Type == writer.Type && NamesMatch(writer, branch));
        }

        return reader.Branches.FirstOrDefault(branch => branch.Type == writer.Type)
            ?? reader.Branches.FirstOrDefault(branch => IsPromotion(writer.Type, branch.Type));
    }

    /// <summary>By the unqualified name, or by an alias of the reader.</summary>
    public static bool NamesMatch(AvroSchema writer, AvroSchema reader) =>
        writer.Name!.Simple == reader.Name!.Simple || reader.Aliases.Contains(writer.Name);

    public static bool IsPromotion(AvroType writer, AvroType reader) => (writer, reader) switch
    {
        (AvroType.Int, AvroType.Long or AvroType.Float or AvroType.Double) => true,
        (AvroType.Long, AvroType.Float or AvroType.Double) => true,
        (AvroType.Float, AvroType.Double) => true,
        (AvroType.String, AvroType.Bytes) => true,
        (AvroType.Bytes, AvroType.String) => true,
        _ => false,
    };
}
