using System.Diagnostics.Metrics;

namespace KafkaFlow.PostgresSink;

/// <summary>How far the table is behind the topic.</summary>
/// <param name="RecordsBehind">Records of the assigned partitions that are not written yet.</param>
/// <param name="BehindMs">Age of the oldest record that has arrived and is not written; 0 if there is none.</param>
/// <param name="LastMs">From the record's time to its commit in Postgres, the newest fact.</param>
/// <param name="P50Ms">Median of the facts written last (<see cref="SinkFigures.LagWindow"/> of them).</param>
/// <param name="P99Ms">99th percentile of the same.</param>
public readonly record struct SinkLag(long RecordsBehind, double BehindMs, double LastMs, double P50Ms, double P99Ms);

/// <summary>Sums since the sink was made.</summary>
public readonly record struct SinkCounts(
    long Written, long Repeated, long Rejected, long Divergent, long Void, long Batches, long Retries, long Sessions);

/// <summary>Published figures: <see cref="Meter"/> <c>KafkaFlow.PostgresSink</c> and the properties. Written by the
/// consumer's thread, read by any.</summary>
public sealed class SinkFigures : IDisposable
{
    public const string MeterName = "KafkaFlow.PostgresSink";

    /// <summary>How many facts the percentiles look back on.</summary>
    public const int LagWindow = 16_384;

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _written;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _divergent;
    private readonly Histogram<double> _lag;
    private readonly Lock _gate = new();
    private readonly double[] _window = new double[LagWindow];
    private readonly TimeProvider _time;
    private long _seen;
    private SinkCounts _counts;
    private long _recordsBehind;
    private long _oldestMs = long.MaxValue;
    private double _lastMs;

    internal SinkFigures(TimeProvider time)
    {
        _time = time;
        _written = _meter.CreateCounter<long>("kafkaflow.sink.events", "{event}", "Rows written to table event");
        _rejected = _meter.CreateCounter<long>("kafkaflow.sink.rejected", "{record}", "Records put aside");
        _divergent = _meter.CreateCounter<long>(
            "kafkaflow.sink.divergent_facts", "{event}", "Facts that contradict a row: an alarm");
        _lag = _meter.CreateHistogram<double>("kafkaflow.sink.lag", "ms", "From a fact's record time to its commit");
        _meter.CreateObservableGauge(
            "kafkaflow.sink.records_behind", () => Lag.RecordsBehind, "{record}", "Records not written yet");
        _meter.CreateObservableGauge(
            "kafkaflow.sink.behind", () => Lag.BehindMs, "ms", "Age of the oldest record not written yet");
    }

    public SinkCounts Counts
    {
        get
        {
            lock (_gate) return _counts;
        }
    }

    public SinkLag Lag
    {
        get
        {
            double[] lags;
            lock (_gate) lags = _window[..(int)Math.Min(_seen, LagWindow)];
            Array.Sort(lags);
            lock (_gate)
            {
                var behindMs = _oldestMs == long.MaxValue ? 0 : Math.Max(0, NowMs - _oldestMs);
                return new(_recordsBehind, behindMs, _lastMs, Percentile(lags, 0.50), Percentile(lags, 0.99));
            }
        }
    }

    private double NowMs => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    public void Dispose() => _meter.Dispose();

    internal void Waiting(long oldestMs, long recordsBehind)
    {
        lock (_gate)
        {
            _oldestMs = Math.Min(_oldestMs, oldestMs);
            _recordsBehind = recordsBehind;
        }
    }

    internal void Retried()
    {
        lock (_gate) _counts = _counts with { Retries = _counts.Retries + 1 };
    }

    internal void SessionBegun()
    {
        lock (_gate)
        {
            _counts = _counts with { Sessions = _counts.Sessions + 1 };
            // What had arrived is read again.
            _oldestMs = long.MaxValue;
        }
    }

    internal void Voided(long facts)
    {
        lock (_gate) _counts = _counts with { Void = _counts.Void + facts };
    }

    /// <returns>Lag of the oldest fact of the batch in milliseconds.</returns>
    internal double Written(BatchResult result, IReadOnlyList<EventRow> rows, long recordsBehind)
    {
        var now = NowMs;
        var divergent = result.Rejected.Count(r => r.Reason == RejectReasons.DivergentFact);
        double worst = 0;
        lock (_gate)
        {
            foreach (var row in rows)
            {
                _lastMs = Math.Max(0, now - row.TimestampMs);
                worst = Math.Max(worst, _lastMs);
                _window[_seen++ % LagWindow] = _lastMs;
            }
            _counts = _counts with
            {
                Written = _counts.Written + result.Written, Repeated = _counts.Repeated + result.Repeated,
                Rejected = _counts.Rejected + result.Rejected.Count, Divergent = _counts.Divergent + divergent,
                Batches = _counts.Batches + 1,
            };
            _oldestMs = long.MaxValue;
            _recordsBehind = recordsBehind;
        }
        _written.Add(result.Written);
        if (result.Rejected.Count > 0) _rejected.Add(result.Rejected.Count);
        if (divergent > 0) _divergent.Add(divergent);
        if (_lag.Enabled)
            foreach (var row in rows) _lag.Record(Math.Max(0, now - row.TimestampMs));
        return worst;
    }

    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
