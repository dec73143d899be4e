using KafkaFlow.Avro.Parsing;

namespace KafkaFlow.Avro.Resolving;

/// <summary>Compiles one pair of schemas. A method returns null after noting the first failure.</summary>
internal sealed class ResolutionCompiler
{
    private readonly Dictionary<(RecordSchema Writer, RecordSchema Reader), RecordStep> _records = [];
    private AvroError? _failure;
    private int _depth;

    public bool TryCompile(AvroSchema writer, AvroSchema reader, out DecodeStep step, out AvroError? error)
    {
        step = Compile(writer, reader, SchemaPath.Root)!;
        error = _failure;
        return error is null;
    }

    private DecodeStep? Compile(AvroSchema writer, AvroSchema reader, SchemaPath path)
    {
        if (_depth > AvroLimits.MaxDepth)
            return Refuse(path, $"schemas nest deeper than {AvroLimits.MaxDepth} levels");
        _depth++;
        DecodeStep? step = (writer, reader) switch
        {
            (UnionSchema union, _) => Union(union, reader, path),
            (_, UnionSchema union) => UnionChoice.Pick(writer, union) is { } branch
                ? Compile(writer, branch, path)
                : Refuse(path, $"the writer's {writer} matches no branch of the reader's union {union}"),
            (RecordSchema w, RecordSchema r) => Named(w, r, path) ? Record(w, r, path) : null,
            (EnumSchema w, EnumSchema r) => Named(w, r, path) ? Enum(w, r) : null,
            (FixedSchema w, FixedSchema r) => Named(w, r, path) ? Fixed(w, r, path) : null,
            (ArraySchema w, ArraySchema r) => Compile(w.Items, r.Items, path.To("items")) is { } item
                ? new ArrayStep(item)
                : null,
            (MapSchema w, MapSchema r) => Compile(w.Values, r.Values, path.To("values")) is { } item
                ? new MapStep(item)
                : null,
            _ => Scalar(writer, reader, path),
        };
        _depth--;
        return step;
    }

    // A branch without counterpart is an error only for a datum of that branch.
    private UnionStep? Union(UnionSchema writer, AvroSchema reader, SchemaPath path)
    {
        var steps = new DecodeStep[writer.Branches.Count];
        AvroError? first = null;
        int readable = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            if (Compile(writer.Branches[i], reader, path.Item(i)) is { } step)
            {
                steps[i] = step;
                readable++;
                continue;
            }

            first ??= _failure;
            steps[i] = new ErrorStep($"the datum is of the writer's {writer.Branches[i]}: {_failure!.Message}");
            _failure = null;
        }

        if (readable == 0 && steps.Length > 0)
            _failure = first;
        return _failure is null ? new UnionStep(steps) : null;
    }

    private RecordStep? Record(RecordSchema writer, RecordSchema reader, SchemaPath path)
    {
        if (_records.TryGetValue((writer, reader), out RecordStep? known))
        {
            if (known.Problem is not null)
                Refuse(path, known.Problem);
            return known.Problem is null ? known : null;
        }

        var step = new RecordStep(reader);
        _records.Add((writer, reader), step);
        if (RecordFields(writer, reader, path) is not { } fields)
        {
            step.Problem = _failure!.Message;
            return null;
        }

        step.Complete(fields, [.. reader.Fields.Select(field => field.Default)]);
        return step;
    }

    private FieldStep[]? RecordFields(RecordSchema writer, RecordSchema reader, SchemaPath path)
    {
        Dictionary<RecordField, RecordField> matches = FieldMatches.Of(writer, reader);
        HashSet<RecordField> fed = [.. matches.Values];
        foreach (RecordField field in reader.Fields)
        {
            if (!field.HasDefault && !fed.Contains(field))
            {
                Refuse(path, $"field {field.Name} of the reader's {reader} is not in the writer's and has no default");
                return null;
            }
        }

        var steps = new FieldStep[writer.Fields.Count];
        foreach (RecordField field in writer.Fields)
        {
            DecodeStep? step = null;
            int target = -1;
            if (matches.TryGetValue(field, out RecordField? match))
            {
                step = Compile(field.Type, match.Type, path.Item("fields", field.Position).To("type"));
                target = match.Position;
                if (step is null)
                    return null;
            }

            steps[field.Position] = new FieldStep(field.Name, field.Type, step, target);
        }

        return steps;
    }

    private static EnumStep Enum(EnumSchema writer, EnumSchema reader)
    {
        int fallback = reader.DefaultSymbol is { } symbol ? reader.OrdinalOf(symbol) : -1;
        int[] ordinals = [.. writer.Symbols.Select(s => reader.OrdinalOf(s) is var at and >= 0 ? at : fallback)];
        return new EnumStep(writer, reader, ordinals);
    }

    private DecodeStep? Fixed(FixedSchema writer, FixedSchema reader, SchemaPath path)
    {
        if (writer.Size != reader.Size)
            return Refuse(path, $"fixed {writer} has {writer.Size} bytes, the reader's {reader} has {reader.Size}");
        return DecimalsMatch(writer, reader, path) ? new FixedStep(reader) : null;
    }

    private DecodeStep? Scalar(AvroSchema writer, AvroSchema reader, SchemaPath path)
    {
        if (writer.Type != reader.Type && !UnionChoice.IsPromotion(writer.Type, reader.Type))
            return Refuse(path, $"the writer's {writer} cannot be read as {reader}");
        if (!DecimalsMatch(writer, reader, path))
            return null;
        return writer.Type switch
        {
            AvroType.Null => new NullStep(),
            AvroType.Boolean => new BooleanStep(),
            AvroType.Int => new IntStep(reader.Type),
            AvroType.Long => new LongStep(reader.Type),
            AvroType.Float => new FloatStep(reader.Type),
            AvroType.Double => new DoubleStep(),
            _ => reader.Type == AvroType.String ? new StringStep() : new BytesStep(),
        };
    }

    private bool Named(AvroSchema writer, AvroSchema reader, SchemaPath path)
    {
        if (UnionChoice.NamesMatch(writer, reader))
            return true;
        Refuse(path, $"the writer's {writer} is neither the name nor an alias of the reader's {reader}");
        return false;
    }

    private bool DecimalsMatch(AvroSchema writer, AvroSchema reader, SchemaPath path)
    {
        LogicalType? w = writer.Logical;
        LogicalType? r = reader.Logical;
        if (w is not { Kind: LogicalKind.Decimal } || r is not { Kind: LogicalKind.Decimal } || w == r)
            return true;
        Refuse(path, $"decimal({w.Precision}, {w.Scale}) cannot be read as decimal({r.Precision}, {r.Scale})");
        return false;
    }

    private DecodeStep? Refuse(SchemaPath path, string message)
    {
        _failure ??= new AvroError(path.ToString(), message);
        return null;
    }
}
