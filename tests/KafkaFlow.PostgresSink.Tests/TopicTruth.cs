using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>
/// What the tables must hold, found by reading the topic with code of its own: rules R4 and R5 once more, by collecting
/// instead of streaming. All values as text, in the order of the columns.
/// </summary>
internal sealed class TopicTruth
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public SortedDictionary<string, string[]> Events { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, string[]> Executions { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, string> Rejected { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<int, (long NextOffset, long Epoch)> Offsets { get; } = [];
    public int Void { get; private set; }

    public static TopicTruth Read(KafkaSettings kafka, string topic)
    {
        var records = new SortedDictionary<int, List<ConsumeResult<byte[]?, byte[]?>>>();
        using (var reader = new TopicReader(kafka, topic))
        {
            var ends = reader.ReadToEnd(r =>
            {
                if (!records.TryGetValue(r.Partition.Value, out var list)) records[r.Partition.Value] = list = [];
                list.Add(r);
            }, Limit);
            Assert.Equal(ends.Sum(), records.Values.Sum(r => r.Count));
        }
        var truth = new TopicTruth();
        foreach (var (partition, list) in records) truth.ReadPartition(topic, partition, list);
        return truth;
    }

    private void ReadPartition(string topic, int partition, List<ConsumeResult<byte[]?, byte[]?>> records)
    {
        using var serdes = RecordSerdes.Local();
        long inForce = 0;
        var open = new List<ConsumeResult<byte[]?, byte[]?>>();
        var facts = new List<ExecutionEvent>();
        foreach (var record in records.Where(r => r.Message.Value is not null))
        {
            var epoch = long.Parse(HeaderOf(record, "epoch") ?? "0", CultureInfo.InvariantCulture);
            var at = $"{topic}-{partition}@{record.Offset.Value}";
            if (HeaderOf(record, "control") == "owner")
            {
                if (epoch <= inForce) continue;
                inForce = epoch;
                open.Clear();
                continue;
            }
            if (epoch == 0)
            {
                Rejected[at] = "foreign_record";
                continue;
            }
            if (epoch != inForce)
            {
                Void++;
                continue;
            }
            var part = HeaderOf(record, "part")!.Split('/')
                .Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            if (part[0] == 1) open.Clear();
            Assert.Equal(open.Count + 1, part[0]);
            open.Add(record);
            if (part[0] < part[1]) continue;
            foreach (var accepted in open) Accept(serdes, topic, accepted, facts);
            open.Clear();
        }
        Offsets[partition] = (open.Count > 0 ? open[0].Offset.Value : records[^1].Offset.Value + 1, inForce);
        foreach (var execution in facts.GroupBy(f => f.ExecutionId)) Executions[execution.Key] = Fold([.. execution]);
    }

    private void Accept(
        RecordSerdes serdes, string topic, ConsumeResult<byte[]?, byte[]?> record, List<ExecutionEvent> facts)
    {
        var at = $"{topic}-{record.Partition.Value}@{record.Offset.Value}";
        if (serdes.DecodeEvent(record.Message.Value!).Record is not { } fact) Rejected[at] = "undecodable";
        else if (fact.WorkerId?.Contains('\0', StringComparison.Ordinal) == true)
        {
            Rejected[at] = "column worker_id holds U+0000 at position 4";
            facts.Add(fact with
            {
                Context = null, Result = null, Error = null, PlaybookPath = null, ContentHash = null,
                ParentExecutionId = null,
            });
        }
        else
        {
            Events.Add($"{fact.ExecutionId}/{fact.Seq:D6}", ColumnsOf(fact));
            facts.Add(fact);
        }
    }

    private static string[] ColumnsOf(ExecutionEvent e) =>
    [
        e.ExecutionId, Text(e.Seq), e.EventId, Text(e.ParentEventId), e.EventType, e.Status, Text(e.ParentExecutionId),
        Text(e.PlaybookPath), Text(e.ContentHash), Text(e.NodeId), Text(e.NodeName), Text(e.NodeType),
        Text(e.Activation), Text(e.WorkerId), Text(e.Traceparent), Text(e.PlaybookVersion), Text(e.Attempt),
        Text(e.Context), Text(e.Result), Text(e.Meta), Text(e.Error), Text(e.DurationMs), Text(e.CreatedAt.UnixMicros),
    ];

    private static string[] Fold(List<ExecutionEvent> facts)
    {
        var started = facts.FirstOrDefault(f => f.EventType == "execution_started");
        var end = facts.FirstOrDefault(
            f => f.EventType is "execution_completed" or "execution_failed" or "execution_cancelled");
        // A visit, item or iteration is live from the fact that begins it to the one that ends it.
        var live = facts.Where(f => Begins(f) && !facts.Any(
            o => o.Activation == f.Activation && o.Seq > f.Seq && Ends(o))).ToList();
        bool Has(ExecutionEvent begun, string type) => facts.Any(
            o => o.EventType == type && o.Activation == begun.Activation && o.Seq > begun.Seq);
        var work = live.Where(f => !Has(f, "loop_started")).ToList();
        var waiting = work.Where(f => f.Status == "WAITING" || Has(f, "child_started")).ToList();
        bool On(string type) => facts.Any(f => f.EventType == type && !facts.Any(
            o => o.Seq > f.Seq && o.EventType is "execution_resumed" or "execution_closing"));
        var status = end?.Status ?? (On("execution_parked") ? "PARKED" : On("execution_paused") ? "PAUSED"
            : work.Count > 0 && work.Count == waiting.Count ? "WAITING" : "RUNNING");
        var path = facts.FirstOrDefault(f => f.PlaybookPath is not null)?.PlaybookPath;
        var duration = end is null ? null
            : end.DurationMs ?? (end.CreatedAt.UnixMicros - started?.CreatedAt.UnixMicros) / 1000;
        var steps = end is null
            ? live.Where(f => f.EventType == "step_started").Select(f => f.Activation!.Split('#')[0]) : [];
        return
        [
            facts[0].ExecutionId, Text(path), Text(facts[0].PlaybookVersion),
            Text(facts.FirstOrDefault(f => f.ContentHash is not null)?.ContentHash), status,
            Text(facts.FirstOrDefault(f => f.ParentExecutionId is not null)?.ParentExecutionId), Text(started?.Context),
            Text(end?.Result), Text(end?.Error), JsonSerializer.Serialize(steps), Text(facts[^1].Seq),
            Text(started?.CreatedAt.UnixMicros), Text(facts[^1].CreatedAt.UnixMicros), Text(end?.CreatedAt.UnixMicros),
            Text(duration),
        ];
    }

    private static bool Begins(ExecutionEvent f) =>
        f.EventType == "step_started" || f is { EventType: "loop_iteration", Status: "RUNNING" };

    private static bool Ends(ExecutionEvent f) =>
        f.EventType is "step_completed" or "step_failed" or "step_skipped" or "step_cancelled"
        || f is { EventType: "loop_iteration", Status: not "RUNNING" };

    private static string Text(object? value) =>
        value is null ? "(null)" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string? HeaderOf(ConsumeResult<byte[]?, byte[]?> record, string name) =>
        record.Message.Headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
