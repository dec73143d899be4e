using System.Collections.Immutable;

namespace KafkaFlow.Engine;

/// <summary>The values under <c>v</c>, <c>i</c> and <c>g</c>.</summary>
internal static class VisitCodec
{
    private const byte Layout = 1;
    private const byte VisitsLayout = 2;

    public static byte[] Write(StepVisits visits)
    {
        var writer = new StateWriter(VisitsLayout);
        writer.Long(visits.Visits);
        writer.Text(visits.Current);
        writer.Text(visits.Completed);
        writer.Long(visits.Priors.Length);
        foreach (var (loop, activation) in visits.Priors)
        {
            writer.Text(loop);
            writer.Text(activation);
        }
        writer.Long(visits.FailureSeq);
        writer.Text(visits.Failure);
        return writer.ToArray();
    }

    public static StepVisits ReadVisits(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, VisitsLayout, "the visits of a step");
        return new(reader.Int(), reader.OptionalText(), reader.OptionalText(), ReadPriors(ref reader), reader.Long(),
            reader.OptionalText());
    }

    private static ImmutableArray<PriorVisit> ReadPriors(ref StateReader reader)
    {
        var priors = ImmutableArray.CreateBuilder<PriorVisit>();
        for (var count = reader.Long(); count > 0; count--) priors.Add(new(reader.Text(), reader.Text()));
        return priors.ToImmutable();
    }

    public static byte[] Write(ItemState item)
    {
        var writer = new StateWriter(Layout);
        writer.Text(item.Value);
        writer.Flag(item.HasEnded);
        writer.Text(item.Result);
        writer.Text(item.Error);
        writer.OptionalLong(item.Count);
        return writer.ToArray();
    }

    public static ItemState ReadItem(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, Layout, "an item");
        return new(reader.OptionalText(), reader.Flag(), reader.OptionalText(), reader.OptionalText(),
            (int?)reader.OptionalLong());
    }

    public static byte[] Write(SignalState signal)
    {
        var writer = new StateWriter(Layout);
        writer.Text(signal.Name);
        writer.Text(signal.Payload);
        return writer.ToArray();
    }

    public static SignalState ReadSignal(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, Layout, "a signal");
        return new(reader.Text(), reader.OptionalText());
    }
}
