using System.Text;

namespace KafkaFlow.Avro.Resolving;

internal sealed class NullStep : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        return state.Charge();
    }
}

internal sealed class BooleanStep : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadBoolean(out bool flag);
        value = AvroValue.Of(flag);
        return read;
    }
}

/// <summary>An int, or what it is promoted to.</summary>
internal sealed class IntStep(AvroType target) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadInt(out int number);
        value = target switch
        {
            AvroType.Int => AvroValue.Of(number),
            AvroType.Long => AvroValue.Of((long)number),
            AvroType.Float => AvroValue.Of((float)number),
            _ => AvroValue.Of((double)number),
        };
        return read;
    }
}

/// <summary>A long, or what it is promoted to.</summary>
internal sealed class LongStep(AvroType target) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadLong(out long number);
        value = target switch
        {
            AvroType.Long => AvroValue.Of(number),
            AvroType.Float => AvroValue.Of((float)number),
            _ => AvroValue.Of((double)number),
        };
        return read;
    }
}

/// <summary>A float, or the double it is promoted to.</summary>
internal sealed class FloatStep(AvroType target) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadFloat(out float number);
        value = target == AvroType.Float ? AvroValue.Of(number) : AvroValue.Of((double)number);
        return read;
    }
}

internal sealed class DoubleStep : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadDouble(out double number);
        value = AvroValue.Of(number);
        return read;
    }
}

/// <summary>Bytes or a string, as bytes.</summary>
internal sealed class BytesStep : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadBytes(out ReadOnlySpan<byte> bytes);
        value = AvroValue.Of(bytes.ToArray());
        return read;
    }
}

/// <summary>A string or bytes, as a string.</summary>
internal sealed class StringStep : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        bool read = state.Reader.TryReadUtf8(out ReadOnlySpan<byte> utf8);
        value = AvroValue.Of(Encoding.UTF8.GetString(utf8));
        return read;
    }
}

internal sealed class FixedStep(FixedSchema schema) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        if (!state.Reader.TryReadFixed(schema.Size, out ReadOnlySpan<byte> bytes))
            return false;
        value = AvroValue.Of(schema, bytes.ToArray());
        return schema.Size > 0 || state.Charge();
    }
}

/// <param name="ordinals">The reader's ordinal for each of the writer's; -1 where the reader has none.</param>
internal sealed class EnumStep(EnumSchema writer, EnumSchema reader, int[] ordinals) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        if (!state.Reader.TryReadIndex(ordinals.Length, out int written))
            return false;
        int ordinal = ordinals[written];
        if (ordinal < 0)
        {
            string symbol = writer.Symbols[written];
            return state.Fail($"symbol {symbol} is unknown to the reader's enum {reader}, which has no default");
        }

        value = AvroValue.Of(reader, ordinal);
        return true;
    }
}
