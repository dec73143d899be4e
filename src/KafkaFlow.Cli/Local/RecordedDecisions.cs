using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Kafka;
using KafkaFlow.Playbooks;
using EngineCore = KafkaFlow.Engine.Engine;
using Timestamp = KafkaFlow.Contracts.Timestamp;

namespace KafkaFlow.Cli.Local;

/// <summary>
/// Decides again what has been decided: each decision's command is read at the offset that its facts name as their
/// cause, and what the engine of this program decides is held against the facts. What cannot be had any more, or
/// follows from more than the log (an answer that could not be read, a heartbeat's time), is left out.
/// </summary>
internal static class RecordedDecisions
{
    /// <summary>Records of other executions that are read through rather than jumped over.</summary>
    private const int ReadThrough = 2_000;

    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(10);

    public static IEnumerable<string> Differences(
        ExecutionHistory history, long lastSeq, Cluster cluster, CancellationToken cancel)
    {
        if (RunGraph.Pinned(history, cluster, cancel) is not { } graph) return [];
        var facts = history.Facts.TakeWhile(fact => fact.Seq <= lastSeq).ToList();
        return Differences(
            facts, graph, ReadCommands(cluster, [.. facts.Select(f => (f.CausePartition, f.CauseOffset))], cancel));
    }

    /// <param name="all">From the first on; a decision that is not whole is left out.</param>
    public static IEnumerable<string> Differences(
        IReadOnlyList<ExecutionEvent> all, PlaybookGraph graph,
        IReadOnlyDictionary<(int, long), RecordedCommand> commands)
    {
        var settings = EngineCore.Evolve(null, all[0]).Start!.Settings;
        ExecutionState? state = null;
        foreach (var facts in Decisions(all))
        {
            var before = state;
            foreach (var fact in facts) state = EngineCore.Evolve(state, fact);
            if (!commands.TryGetValue((facts[0].CausePartition, facts[0].CauseOffset), out var cause)) continue;
            if (cause.Command.EventType is CommandTypes.TimerFired or CommandTypes.ActionHeartbeat
                || cause.Command.Cursor == "held" || facts.Any(IsOutsideTheLog)) continue;
            var decided = EngineCore.Decide(before, new DecisionInput
            {
                Command = cause.Command,
                Partition = facts[0].CausePartition,
                Offset = facts[0].CauseOffset,
                AppendedAt = cause.AppendedAt,
                Epoch = facts[0].Epoch,
                Graph = graph,
                Settings = settings,
                Traceparent = cause.Traceparent,
            }).Facts;
            if (Difference(facts, decided) is { } difference) yield return difference;
        }
    }

    private static string? Difference(IReadOnlyList<ExecutionEvent> recorded, IReadOnlyList<ExecutionEvent> decided)
    {
        for (var i = 0; i < Math.Max(recorded.Count, decided.Count); i++)
        {
            var (was, now) = (recorded.ElementAtOrDefault(i), decided.ElementAtOrDefault(i));
            if (was == now) continue;
            var at = (was ?? now)!;
            return $"seq {at.Seq}: recorded {was?.EventType ?? "nothing"} {was?.Activation}, "
                + $"decided {now?.EventType ?? "nothing"} {now?.Activation}"
                + (was?.EventType == now?.EventType ? " with another content" : "");
        }
        return null;
    }

    private static bool IsOutsideTheLog(ExecutionEvent fact) =>
        fact.EventType == EventTypes.ExecutionParked
        || fact.Error?.Contains("\"code\":\"undecodable_answer\"", StringComparison.Ordinal) == true;

    private static IEnumerable<IReadOnlyList<ExecutionEvent>> Decisions(IReadOnlyList<ExecutionEvent> facts)
    {
        var open = new List<ExecutionEvent>();
        foreach (var fact in facts)
        {
            open.Add(fact);
            if (fact.Part < fact.Parts) continue;
            yield return open;
            open = [];
        }
    }

    private static Dictionary<(int, long), RecordedCommand> ReadCommands(
        Cluster cluster, HashSet<(int Partition, long Offset)> wanted, CancellationToken cancel)
    {
        var found = new Dictionary<(int, long), RecordedCommand>();
        using var consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(cluster.Settings.Kafka, "kf-replay"));
        foreach (var partition in wanted.GroupBy(w => w.Partition))
        {
            var at = new TopicPartition(cluster.Topics.Commands, partition.Key);
            var low = consumer.QueryWatermarkOffsets(at, ReadLimit).Low.Value;
            var position = -1L;
            foreach (var offset in partition.Select(w => w.Offset).Where(o => o >= low).Order())
            {
                if (position < 0 || offset - position > ReadThrough)
                    consumer.Assign([new TopicPartitionOffset(at, offset)]);
                position = offset + 1;
                if (Read(consumer, offset, cancel) is { } record && Decode(cluster, record) is { } cause)
                    found[(partition.Key, offset)] = cause;
            }
            consumer.Unassign();
        }
        return found;
    }

    private static ConsumeResult<byte[]?, byte[]?>? Read(
        IConsumer<byte[]?, byte[]?> consumer, long offset, CancellationToken cancel)
    {
        for (var until = DateTime.UtcNow + ReadLimit; DateTime.UtcNow < until;)
        {
            cancel.ThrowIfCancellationRequested();
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { Message: not null } record
                && record.Offset.Value >= offset)
                return record.Offset.Value == offset ? record : null;
        }
        return null;
    }

    private static RecordedCommand? Decode(Cluster cluster, ConsumeResult<byte[]?, byte[]?> record)
    {
        if (cluster.Serdes.DecodeCommand(record.Message.Value ?? []).Record is not { } command) return null;
        string? trace = null;
        foreach (var header in record.Message.Headers)
            if (header.Key == HeaderNames.Traceparent) trace = Encoding.UTF8.GetString(header.GetValueBytes());
        return new(command, Timestamp.FromUnixMillis(record.Message.Timestamp.UnixTimestampMs), trace);
    }
}

/// <summary>A command as it stands in the log.</summary>
internal sealed record RecordedCommand(Command Command, Timestamp AppendedAt, string? Traceparent);
