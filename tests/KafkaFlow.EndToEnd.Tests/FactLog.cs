using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>All accepted facts of a prefix, read from the events topic and nowhere else.</summary>
internal sealed class FactLog(KafkaSettings kafka, TopicNames topics, IRecordSerdes serdes) : IDisposable
{
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly TopicReader _reader = new(kafka, topics.Events);
    private readonly Dictionary<int, FactReader> _partitions = [];
    private readonly Dictionary<string, List<ExecutionEvent>> _executions = [];

    /// <summary>Ids are used again after their executions have been removed: the latest run counts.</summary>
    public bool IdsAreReused { get; set; }

    /// <summary>Partition in which an execution's facts stood, all of them.</summary>
    public Dictionary<string, int> PartitionOf { get; } = [];

    public IEnumerable<ExecutionEvent> All => _executions.Values.SelectMany(f => f);

    public IReadOnlyList<ExecutionEvent> Of(string execution) => _executions.GetValueOrDefault(execution) ?? [];

    public void Read() => _reader.ReadToEnd(Take, ReadLimit);

    /// <summary>Reads until a terminal fact of each execution is there.</summary>
    public async Task EndedAsync(IReadOnlyCollection<string> executions, TimeSpan limit)
    {
        await UntilAsync(() => Unfinished(executions).Count == 0, limit, () =>
        {
            var open = Unfinished(executions);
            var last = open.Take(3).Select(e => $"{e}: {string.Join(' ', Of(e).Select(f => f.EventType))}");
            return $"{open.Count} of {executions.Count} executions have not ended: {string.Join("; ", last)}";
        });
    }

    public async Task UntilAsync(Func<bool> holds, TimeSpan limit, Func<string> otherwise)
    {
        var until = DateTime.UtcNow + limit;
        while (true)
        {
            try
            {
                Read();
            }
            catch (KafkaUnavailableException) when (DateTime.UtcNow < until)
            {
                await Task.Delay(Pause); // the broker is being restarted
                continue;
            }
            if (holds()) return;
            Assert.True(DateTime.UtcNow < until, $"after {limit.TotalSeconds:0} s: {otherwise()}");
            await Task.Delay(Pause);
        }
    }

    public void Dispose() => _reader.Dispose();

    private List<string> Unfinished(IEnumerable<string> executions) =>
        [.. executions.Where(e => Of(e) is not { Count: > 0 } facts || !EventTypes.IsTerminal(facts[^1].EventType))];

    private void Take(ConsumeResult<byte[]?, byte[]?> record)
    {
        var partition = record.Partition.Value;
        if (!_partitions.TryGetValue(partition, out var reader)) _partitions[partition] = reader = new(FactCursor.Start);
        var headers = record.Message.Headers.Select(h => new RecordHeader(h.Key, h.GetValueBytes())).ToList();
        foreach (var fact in reader.Push(record.Offset.Value, record.Message.Key, record.Message.Value, headers) ?? [])
        {
            var (decoded, error) = serdes.DecodeEvent(fact.Value);
            Assert.True(decoded is not null, $"fact {Encoding.UTF8.GetString(fact.Key)}: {error?.Message}");
            if (!_executions.TryGetValue(decoded.ExecutionId, out var facts)) _executions[decoded.ExecutionId] = facts = [];
            if (IdsAreReused && decoded.Seq == 1) facts.Clear();
            facts.Add(decoded);
            Assert.Equal(facts.Count, decoded.Seq);
            Assert.Equal(PartitionOf.GetValueOrDefault(decoded.ExecutionId, partition), partition);
            PartitionOf[decoded.ExecutionId] = partition;
        }
    }
}
