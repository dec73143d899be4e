namespace KafkaFlow.Avro.Resolving;

/// <summary>Passes over a datum that the reader has no use for, under the same limits as reading it.</summary>
internal static class Skipping
{
    public static bool TrySkip(AvroSchema schema, ref DecodeState state)
    {
        switch (schema)
        {
            case RecordSchema record:
                return Record(record, ref state);
            case ArraySchema array:
                return Blocks(array.Items, keyed: false, ref state);
            case MapSchema map:
                return Blocks(map.Values, keyed: true, ref state);
            case UnionSchema union:
                return state.Reader.TryReadIndex(union.Branches.Count, out int branch)
                    && TrySkip(union.Branches[branch], ref state);
            case FixedSchema @fixed:
                return state.Reader.TryReadFixed(@fixed.Size, out _) && (@fixed.Size > 0 || state.Charge());
            case EnumSchema @enum:
                return state.Reader.TryReadIndex(@enum.Symbols.Count, out _);
            default:
                return Primitive(schema.Type, ref state);
        }
    }

    private static bool Primitive(AvroType type, ref DecodeState state) => type switch
    {
        AvroType.Null => state.Charge(),
        AvroType.Boolean => state.Reader.TryReadBoolean(out _),
        AvroType.Int => state.Reader.TryReadInt(out _),
        AvroType.Long => state.Reader.TryReadLong(out _),
        AvroType.Float => state.Reader.TryReadFloat(out _),
        AvroType.Double => state.Reader.TryReadDouble(out _),
        AvroType.Bytes => state.Reader.TryReadBytes(out _),
        AvroType.String => state.Reader.TryReadUtf8(out _),
        _ => throw new InvalidOperationException($"no primitive type {type}"),
    };

    private static bool Record(RecordSchema record, ref DecodeState state)
    {
        if (!state.Enter())
            return false;
        int start = state.Reader.Position;
        foreach (RecordField field in record.Fields)
        {
            if (!TrySkip(field.Type, ref state))
                return state.Within(field.Name);
        }

        state.Leave();
        return state.Reader.Position > start || state.Charge();
    }

    private static bool Blocks(AvroSchema item, bool keyed, ref DecodeState state)
    {
        if (!state.Enter())
            return false;
        var blocks = new BlockCursor();
        bool failed;
        while (blocks.Next(ref state, out failed))
        {
            if (blocks.TrySkipBlock(ref state))
                continue;
            if ((keyed && !state.Reader.TryReadUtf8(out _)) || !TrySkip(item, ref state))
                return state.Within(keyed ? "value" : "item");
        }

        state.Leave();
        return !failed;
    }
}
