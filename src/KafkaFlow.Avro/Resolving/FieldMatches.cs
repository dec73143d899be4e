namespace KafkaFlow.Avro.Resolving;

/// <summary>Which field of a writer's record feeds which of the reader's.</summary>
internal static class FieldMatches
{
    /// <summary>By name; what is then left on both sides by the reader's aliases, in their order.</summary>
    public static Dictionary<RecordField, RecordField> Of(RecordSchema writer, RecordSchema reader)
    {
        var matches = new Dictionary<RecordField, RecordField>();
        foreach (RecordField field in reader.Fields)
        {
            if (writer.Field(field.Name) is { } same)
                matches.Add(same, field);
        }

        foreach (RecordField field in reader.Fields)
        {
            if (field.Aliases.Count == 0 || writer.Field(field.Name) is not null)
                continue;
            foreach (string alias in field.Aliases)
            {
                if (writer.Field(alias) is { } renamed && matches.TryAdd(renamed, field))
                    break;
            }
        }

        return matches;
    }
}
