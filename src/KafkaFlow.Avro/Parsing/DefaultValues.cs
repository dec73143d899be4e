namespace KafkaFlow.Avro.Parsing;

/// <summary>
/// Turns the defaults of all fields of one schema into data, once each. It runs after the whole schema is known, since
/// a default may be of a record that was still incomplete where the default stood.
/// </summary>
internal sealed class DefaultValues
{
    private readonly ParseFailure _failure;
    private readonly JsonDatumReader _reader;
    private readonly Dictionary<RecordField, bool> _done = [];

    public DefaultValues(ParseFailure failure)
    {
        _failure = failure;
        _reader = new JsonDatumReader(UnionForm.Bare, Of);
    }

    public bool TryResolve(IReadOnlyList<RecordSchema> records)
    {
        foreach (RecordSchema record in records)
        {
            foreach (RecordField field in record.Fields)
            {
                if (!field.HasDefault)
                    continue;
                if (Of(field) is not null)
                    continue;
                _failure.Set(
                    SchemaPath.Root, $"default of field {field.Name} of record {record}: {_reader.Problem}");
                return false;
            }
        }

        return true;
    }

    // Null if the field has no valid default, or if its default needs itself.
    private AvroValue? Of(RecordField field)
    {
        if (field.DefaultJson is not { } json)
            return null;
        if (_done.TryGetValue(field, out bool complete))
            return complete ? field.Default : null;
        _done[field] = false;
        if (!_reader.TryRead(json, field.Type, out AvroValue value))
            return null;
        field.Default = value;
        _done[field] = true;
        return value;
    }
}
