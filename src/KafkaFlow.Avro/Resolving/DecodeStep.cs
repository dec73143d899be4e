namespace KafkaFlow.Avro.Resolving;

/// <summary>Reads one datum of the writer's schema as a datum of the reader's.</summary>
internal abstract class DecodeStep
{
    /// <returns>False after a failure noted in the reader or in the state.</returns>
    public abstract bool Read(ref DecodeState state, out AvroValue value);
}

/// <summary>A datum that cannot be read, found only when one comes.</summary>
internal sealed class ErrorStep(string problem) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        return state.Fail(problem);
    }
}
