using System.Diagnostics.Metrics;

namespace KafkaFlow.Streams;

/// <summary>
/// Counters of one runtime as plain numbers, read by the meter <c>KafkaFlow.Streams</c>. Each has one writing thread:
/// the committer those of transactions, the owner all others.
/// </summary>
public sealed class StreamsMetrics : IDisposable
{
    public const string MeterName = "KafkaFlow.Streams";
    private readonly Meter _meter = new(MeterName);

    internal StreamsMetrics()
    {
        Counter("kafkaflow.streams.records", () => Records);
        Counter("kafkaflow.streams.facts", () => Facts);
        Counter("kafkaflow.streams.outputs", () => Outputs);
        Counter("kafkaflow.streams.adopted_decisions", () => AdoptedDecisions);
        Counter("kafkaflow.streams.void_facts", () => VoidFacts);
        Counter("kafkaflow.streams.timers_fired", () => TimersFired);
        Counter("kafkaflow.streams.checkpoints", () => Transactions);
        Counter("kafkaflow.streams.checkpoint_us", () => TransactionMicroseconds);
        Counter("kafkaflow.streams.limit_waits", () => LimitWaits);
        Counter("kafkaflow.streams.failures", () => Failures);
    }

    public long Records { get; internal set; }
    public long Facts { get; internal set; }
    public long Outputs { get; internal set; }
    public long AdoptedDecisions { get; internal set; }
    public long VoidFacts { get; internal set; }
    public long TimersFired { get; internal set; }
    public long LimitWaits { get; internal set; }
    public long Failures { get; internal set; }
    public long Transactions { get; private set; }
    public long TransactionMicroseconds { get; private set; }

    public void Dispose() => _meter.Dispose();

    internal void TransactionDone(TimeSpan took)
    {
        Transactions++;
        TransactionMicroseconds += (long)took.TotalMicroseconds;
    }

    private void Counter(string name, Func<long> value) => _meter.CreateObservableCounter(name, value);
}
