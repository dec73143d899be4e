namespace KafkaFlow.Avro.Parsing;

/// <summary>The records, enums and fixed that schemas define, each once.</summary>
internal static class NamedTypes
{
    public static IReadOnlyCollection<AvroSchema> In(IEnumerable<AvroSchema> schemas)
    {
        var found = new HashSet<AvroSchema>(ReferenceEqualityComparer.Instance);
        // A stack of its own: references make schemas deeper than one text can be.
        var open = new Stack<AvroSchema>(schemas);
        while (open.TryPop(out AvroSchema? schema))
        {
            if (schema.Name is not null && !found.Add(schema))
                continue;
            foreach (AvroSchema part in Parts(schema))
                open.Push(part);
        }

        return found;
    }

    private static IEnumerable<AvroSchema> Parts(AvroSchema schema) => schema switch
    {
        UnionSchema union => union.Branches,
        ArraySchema array => [array.Items],
        MapSchema map => [map.Values],
        RecordSchema record => record.Fields.Select(field => field.Type),
        _ => [],
    };
}
