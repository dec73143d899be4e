using Confluent.Kafka;

namespace KafkaFlow.Streams;

/// <summary>
/// Fires the due timers of a running term: each becomes a record on the own input partition and changes no state
/// before that record is processed. A bounded number per turn. Owner's thread.
/// </summary>
internal sealed class TaskTimers(TaskPath path, TakenOver term, IProcessor processor, TermOutput output)
{
    public long NextMs => term.Timers.NextMs;

    public void Fire(long nowMs, long position)
    {
        if (term.Timers.NextMs > nowMs) return;
        var room = path.Options.MaxInFlight - path.Output.InFlight.Count;
        if (room <= 0) return;
        var limit = (int)Math.Min(path.Options.TimersPerTurn, room);
        var fired = new FiredTimers();
        path.Metrics.TimersFired += term.Timers.Fire(
            nowMs, (long)path.Options.TimerRepeat.TotalMilliseconds, limit, position, fired, Send);
    }

    private void Send(byte[] id, long dueAtMs, FiredTimers fired)
    {
        var record = processor.TimerDue(id, dueAtMs) with
        {
            Topic = path.Topology.Source.Topic,
            Partition = term.Term.Partition,
        };
        fired.Produced();
        output.SendTimer(record, report => Appended(report, fired));
    }

    private void Appended(DeliveryReport<byte[]?, byte[]?> report, FiredTimers fired)
    {
        path.Output.InFlight.Remove();
        if (report.Error.IsError)
            path.Output.Failure.Report(new StreamsException(
                $"a timer of partition {term.Term.Partition} was not appended: {report.Error.Code} {report.Error.Reason}"));
        else fired.Appended(report.Offset.Value);
    }
}
