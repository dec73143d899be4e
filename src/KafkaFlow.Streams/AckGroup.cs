using Confluent.Kafka;

namespace KafkaFlow.Streams;

/// <summary>
/// Counts what one checkpoint has to wait for (rule R6): facts, outputs and re-emitted outputs produced since the
/// checkpoint before it. Filled by the owner, acknowledged on the producers' threads. A delivery error ends the run and
/// leaves the group open for ever, so that no checkpoint can follow it.
/// </summary>
internal sealed class AckGroup
{
    private readonly InFlight _inFlight;
    private readonly InstanceFailure _failure;
    private int _pending = 1; // the group itself, until it is closed
    private long _lastFact = -1;
    private Action? _whenAcked;

    public AckGroup(InFlight inFlight, InstanceFailure failure)
    {
        _inFlight = inFlight;
        _failure = failure;
        OnFact = FactDelivered;
        OnOutput = OutputDelivered;
    }

    public Action<DeliveryReport<byte[]?, byte[]?>> OnFact { get; }
    public Action<DeliveryReport<byte[]?, byte[]?>> OnOutput { get; }

    /// <summary>Offset of the last fact acknowledged; -1 if there is none.</summary>
    public long LastFactOffset => Volatile.Read(ref _lastFact);

    public void Add()
    {
        Interlocked.Increment(ref _pending);
        _inFlight.Add();
    }

    /// <summary>No more is added. Calls back once all is acknowledged, on this or a producer's thread.</summary>
    public void Close(Action whenAcked)
    {
        _whenAcked = whenAcked;
        Release();
    }

    public void FactDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        _inFlight.Remove();
        if (report.Error.IsError || report.Offset.Value < 0)
        {
            _failure.Report(new StreamsException(
                $"fact for {report.Topic}-{report.Partition.Value} was not appended: {report.Error.Code} {report.Error.Reason}"));
            return;
        }
        Volatile.Write(ref _lastFact, report.Offset.Value);
        Release();
    }

    private void OutputDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        _inFlight.Remove();
        if (report.Error.IsError)
        {
            _failure.Report(new StreamsException(
                $"output for {report.Topic}-{report.Partition.Value} was not appended: {report.Error.Code} {report.Error.Reason}"));
            return;
        }
        Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _pending) == 0) _whenAcked!();
    }
}

/// <summary>Records produced by an instance and not yet acknowledged. Thread-safe.</summary>
internal sealed class InFlight
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);

    public void Remove() => Interlocked.Decrement(ref _count);
}
