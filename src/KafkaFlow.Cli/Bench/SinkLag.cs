using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;

namespace KafkaFlow.Cli.Bench;

/// <summary>Collects the sink's own histogram of how far a batch was behind its records when it was
/// committed.</summary>
internal sealed class SinkLag : IDisposable
{
    public const string MeterName = "KafkaFlow.PostgresSink";
    public const string Instrument = "kafkaflow.sink.lag";
    private readonly MeterListener _listener = new();
    private readonly List<double> _values = [];
    private readonly Lock _gate = new();

    public static SinkLag Watch()
    {
        var lag = new SinkLag();
        lag._listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterName && instrument.Name == Instrument)
                listener.EnableMeasurementEvents(instrument);
        };
        lag._listener.SetMeasurementEventCallback<double>((_, value, _, _) => lag.Add(value));
        lag._listener.Start();
        return lag;
    }

    private void Add(double value)
    {
        lock (_gate) _values.Add(value);
    }

    public JsonObject ToJson()
    {
        lock (_gate) return Figures.Of(_values, "p99");
    }

    public void Dispose() => _listener.Dispose();
}
