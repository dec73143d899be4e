namespace KafkaFlow.Avro.Resolving;

/// <summary>
/// A record. It is known to the compiler before its fields are, since they may name it again; a pair of records found
/// not to match afterwards keeps the reason in <see cref="Problem"/> for those that already refer to it.
/// </summary>
internal sealed class RecordStep(RecordSchema reader) : DecodeStep
{
    private FieldStep[] _fields = [];
    private AvroValue[] _initial = [];

    public string? Problem { get; set; }

    /// <param name="fields">In the writer's order.</param>
    /// <param name="initial">In the reader's order: defaults for what the writer does not have.</param>
    public void Complete(FieldStep[] fields, AvroValue[] initial)
    {
        _fields = fields;
        _initial = initial;
    }

    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        if (Problem is not null)
            return state.Fail(Problem);
        if (!state.Enter())
            return false;
        int start = state.Reader.Position;
        AvroValue[] values = _initial.Length == 0 ? _initial : _initial.AsSpan().ToArray();
        foreach (FieldStep field in _fields)
        {
            bool read = field.Step is null
                ? Skipping.TrySkip(field.Written, ref state)
                : field.Step.Read(ref state, out values[field.Target]);
            if (!read)
                return state.Within(field.Name);
        }

        state.Leave();
        value = AvroValue.Of(new AvroRecord(reader, values));
        return state.Reader.Position > start || state.Charge();
    }
}

/// <param name="Step">Null for a field that the reader does not have.</param>
/// <param name="Target">Position in the reader's record.</param>
internal readonly record struct FieldStep(string Name, AvroSchema Written, DecodeStep? Step, int Target);
