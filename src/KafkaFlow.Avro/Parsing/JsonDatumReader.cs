using System.Text.Json;

namespace KafkaFlow.Avro.Parsing;

/// <summary>How a union's datum stands in JSON.</summary>
internal enum UnionForm
{
    /// <summary>As the datum of the first branch that it is valid for: defaults in schemas.</summary>
    Bare,

    /// <summary>As <c>{"branch": datum}</c>, or null: Avro's JSON encoding.</summary>
    Tagged,
}

/// <summary>
/// Reads data from JSON. The first problem found is kept; after a success it means nothing, since a union may have
/// tried branches in vain.
/// </summary>
internal sealed class JsonDatumReader(UnionForm form, Func<RecordField, AvroValue?> defaultOf)
{
    private int _depth;
    private int _steps;

    public string? Problem { get; private set; }

    public bool TryRead(JsonElement json, AvroSchema schema, out AvroValue value)
    {
        value = default;
        if (++_steps > AvroLimits.MaxDefaultSteps)
            return Refuse($"needs more than {AvroLimits.MaxDefaultSteps} steps");
        if (_depth == AvroLimits.MaxDepth)
            return Refuse($"nests deeper than {AvroLimits.MaxDepth} levels");
        _depth++;
        bool read = schema switch
        {
            UnionSchema union => form == UnionForm.Bare ? Bare(json, union, out value) : Tagged(json, union, out value),
            RecordSchema record => Record(json, record, out value),
            ArraySchema array => Array(json, array, out value),
            MapSchema map => Map(json, map, out value),
            _ => JsonScalars.TryRead(json, schema, out value)
                || Refuse($"expected {JsonScalars.Expected(schema)}, found {Attributes.Kind(json)}"),
        };
        _depth--;
        return read;
    }

    private bool Bare(JsonElement json, UnionSchema union, out AvroValue value)
    {
        foreach (AvroSchema branch in union.Branches)
        {
            if (TryRead(json, branch, out value))
            {
                Problem = null;
                return true;
            }
        }

        value = default;
        Problem = null;
        return Refuse($"expected a value of one of {union}, found {Attributes.Kind(json)}");
    }

    private bool Tagged(JsonElement json, UnionSchema union, out AvroValue value)
    {
        value = default;
        string tag = "null";
        JsonElement content = json;
        if (json.ValueKind == JsonValueKind.Object && json.GetPropertyCount() == 1)
        {
            JsonProperty only = json.EnumerateObject().First();
            tag = only.Name;
            content = only.Value;
        }
        else if (json.ValueKind != JsonValueKind.Null)
        {
            return Refuse($"expected null or an object of one branch's name, found {Attributes.Kind(json)}");
        }

        foreach (AvroSchema branch in union.Branches)
        {
            if (branch.ToString() == tag)
                return TryRead(content, branch, out value);
        }

        return Refuse($"union has no branch {Attributes.Show(tag)}");
    }

    private bool Record(JsonElement json, RecordSchema schema, out AvroValue value)
    {
        value = default;
        if (json.ValueKind != JsonValueKind.Object)
            return Refuse($"expected an object for record {schema}, found {Attributes.Kind(json)}");
        var values = new AvroValue[schema.Fields.Count];
        foreach (RecordField field in schema.Fields)
        {
            if (json.TryGetProperty(field.Name, out JsonElement part))
            {
                if (!TryRead(part, field.Type, out values[field.Position]))
                    return false;
            }
            else if (defaultOf(field) is { } fallback)
            {
                values[field.Position] = fallback;
            }
            else
            {
                return Refuse($"record {schema}: field {field.Name} is missing and has no default of its own");
            }
        }

        value = AvroValue.Of(new AvroRecord(schema, values));
        return true;
    }

    private bool Array(JsonElement json, ArraySchema schema, out AvroValue value)
    {
        value = default;
        if (json.ValueKind != JsonValueKind.Array)
            return Refuse($"expected a list, found {Attributes.Kind(json)}");
        var items = new List<AvroValue>(json.GetArrayLength());
        foreach (JsonElement part in json.EnumerateArray())
        {
            if (!TryRead(part, schema.Items, out AvroValue item))
                return false;
            items.Add(item);
        }

        value = AvroValue.Of(items);
        return true;
    }

    private bool Map(JsonElement json, MapSchema schema, out AvroValue value)
    {
        value = default;
        if (json.ValueKind != JsonValueKind.Object)
            return Refuse($"expected an object, found {Attributes.Kind(json)}");
        var map = new Dictionary<string, AvroValue>(StringComparer.Ordinal);
        foreach (JsonProperty part in json.EnumerateObject())
        {
            if (!TryRead(part.Value, schema.Values, out AvroValue item))
                return false;
            map[part.Name] = item;
        }

        value = AvroValue.Of(map);
        return true;
    }

    private bool Refuse(string problem)
    {
        Problem ??= problem;
        return false;
    }
}
