using KafkaFlow.Avro.Parsing;

namespace KafkaFlow.Avro.Resolving;

/// <summary>One encoding: walks schema and datum together. A method returns false after noting a failure.</summary>
internal sealed class DatumEncoder
{
    private AvroError? _failure;
    private long _freeValues;
    private int _depth;

    public bool TryEncode(AvroSchema schema, AvroValue value, ref AvroWriter writer, out AvroError? error)
    {
        long start = writer.BytesWritten;
        if (Write(schema, value, ref writer, SchemaPath.Root)
            && _freeValues > AvroLimits.MaxFreeValues + writer.BytesWritten - start)
        {
            Refuse(SchemaPath.Root, $"{_freeValues} values without a byte of their own: no reader would take them");
        }

        error = _failure;
        return error is null;
    }

    private bool Write(AvroSchema schema, AvroValue value, ref AvroWriter writer, SchemaPath path)
    {
        if (schema is UnionSchema union)
        {
            int branch = BranchOf(union, value);
            if (branch < 0)
                return Refuse(path, $"a {value.Describe()} is of no branch of {union}");
            writer.WriteIndex(branch);
            schema = union.Branches[branch];
        }

        if (value.Type != schema.Type)
            return Refuse(path, $"expected {schema}, found {value.Describe()}");
        long start = writer.BytesWritten;
        bool written = schema switch
        {
            RecordSchema record => Record(record, value.AsRecord(), ref writer, path),
            ArraySchema array => Array(array, value.AsArray(), ref writer, path),
            MapSchema map => Map(map, value.AsMap(), ref writer, path),
            EnumSchema @enum => Enum(@enum, value, ref writer, path),
            FixedSchema @fixed => Fixed(@fixed, value, ref writer, path),
            _ => Primitive(value, ref writer, path),
        };
        if (writer.BytesWritten == start)
            _freeValues++;
        return written;
    }

    private bool Primitive(AvroValue value, ref AvroWriter writer, SchemaPath path)
    {
        switch (value.Type)
        {
            case AvroType.Null:
                return true;
            case AvroType.Boolean:
                writer.WriteBoolean(value.AsBoolean());
                return true;
            case AvroType.Int:
                writer.WriteInt(value.AsInt());
                return true;
            case AvroType.Long:
                writer.WriteLong(value.AsLong());
                return true;
            case AvroType.Float:
                writer.WriteFloat(value.AsFloat());
                return true;
            case AvroType.Double:
                writer.WriteDouble(value.AsDouble());
                return true;
            case AvroType.Bytes:
                writer.WriteBytes(value.AsBytes().Span);
                return true;
            default:
                return Text(value.AsString(), ref writer, path);
        }
    }

    private bool Text(string text, ref AvroWriter writer, SchemaPath path)
    {
        writer.WriteString(text);
        return !writer.HasInvalidText || Refuse(path, "text holds half of a surrogate pair");
    }

    private bool Enum(EnumSchema schema, AvroValue value, ref AvroWriter writer, SchemaPath path)
    {
        int ordinal = value.NamedSchema == schema ? value.AsEnumOrdinal() : schema.OrdinalOf(value.AsEnumSymbol());
        if (value.NamedSchema!.Name != schema.Name || ordinal < 0)
        {
            string found = value.AsEnumSymbol();
            return Refuse(path, $"expected a symbol of enum {schema}, found {found} of {value.Describe()}");
        }

        writer.WriteIndex(ordinal);
        return true;
    }

    private bool Fixed(FixedSchema schema, AvroValue value, ref AvroWriter writer, SchemaPath path)
    {
        ReadOnlySpan<byte> bytes = value.AsBytes().Span;
        if (value.NamedSchema!.Name != schema.Name || bytes.Length != schema.Size)
        {
            return Refuse(
                path, $"expected fixed {schema} of {schema.Size} bytes, found {value.Describe()} of {bytes.Length}");
        }

        writer.WriteFixed(bytes);
        return true;
    }

    private bool Record(RecordSchema schema, AvroRecord record, ref AvroWriter writer, SchemaPath path)
    {
        if (record.Schema != schema && !SameShape(record.Schema, schema))
            return Refuse(path, $"expected record {schema}, found {record.Schema} with other fields");
        if (!Enter(path))
            return false;
        foreach (RecordField field in schema.Fields)
        {
            if (!Write(field.Type, record[field.Position], ref writer, path.To(field.Name)))
                return false;
        }

        _depth--;
        return true;
    }

    private bool Array(ArraySchema schema, IReadOnlyList<AvroValue> items, ref AvroWriter writer, SchemaPath path)
    {
        if (!Enter(path))
            return false;
        if (items.Count > 0)
            writer.WriteBlockCount(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            if (!Write(schema.Items, items[i], ref writer, path.Item(i)))
                return false;
        }

        writer.WriteBlockCount(0);
        _depth--;
        return true;
    }

    private bool Map(
        MapSchema schema, IReadOnlyDictionary<string, AvroValue> map, ref AvroWriter writer, SchemaPath path)
    {
        if (!Enter(path))
            return false;
        if (map.Count > 0)
            writer.WriteBlockCount(map.Count);
        foreach ((string key, AvroValue value) in map)
        {
            SchemaPath at = path.To(key);
            if (!Text(key, ref writer, at) || !Write(schema.Values, value, ref writer, at))
                return false;
        }

        writer.WriteBlockCount(0);
        _depth--;
        return true;
    }

    private static int BranchOf(UnionSchema union, AvroValue value)
    {
        AvroName? name = value.NamedSchema?.Name;
        for (int i = 0; i < union.Branches.Count; i++)
        {
            if (union.Branches[i].Type == value.Type && union.Branches[i].Name == name)
                return i;
        }

        return -1;
    }

    private static bool SameShape(RecordSchema left, RecordSchema right) =>
        left.Name == right.Name
        && left.Fields.Count == right.Fields.Count
        && left.Fields.Zip(right.Fields).All(pair => pair.First.Name == pair.Second.Name);

    private bool Enter(SchemaPath path) => _depth++ < AvroLimits.MaxDepth
        || Refuse(path, $"datum nests deeper than {AvroLimits.MaxDepth} levels");

    private bool Refuse(SchemaPath path, string message)
    {
        _failure ??= new AvroError(path.ToString(), message);
        return false;
    }
}
