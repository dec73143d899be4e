using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.PostgresSink;

/// <summary>Where a record stands in Kafka.</summary>
internal readonly record struct RecordPlace(string Topic, int Partition, long Offset);

/// <summary>A fact of an accepted decision.</summary>
/// <param name="TimestampMs">Of its record, milliseconds since the Unix epoch.</param>
internal sealed record EventRow(RecordPlace Place, byte[] Bytes, long TimestampMs, ExecutionEvent Event)
{
    /// <summary>Why it can never be stored; null if nothing speaks against it.</summary>
    public string? Problem { get; } = EventColumnText.Problem(Event);
}

/// <summary>A record that has no row in <c>event</c>; kept aside whole.</summary>
internal sealed record RejectedRecord(RecordPlace Place, string Reason, byte[]? Bytes);

/// <summary>How far a transaction moves the reading of one partition.</summary>
internal sealed record CursorMove(string Topic, int Partition, FactCursor From, FactCursor To);

/// <summary>Content of one transaction.</summary>
internal sealed record SinkBatch(
    IReadOnlyList<CursorMove> Moves, IReadOnlyList<EventRow> Rows, IReadOnlyList<RejectedRecord> Rejected);

/// <summary>What became of a batch.</summary>
/// <param name="Written">New rows of <c>event</c>.</param>
/// <param name="Repeated">Rows that were there already, equal in every column.</param>
/// <param name="Rejected">Records put into <c>event_rejected</c>, those the batch came with included.</param>
internal sealed record BatchResult(int Written, int Repeated, IReadOnlyList<RejectedRecord> Rejected);

internal static class RejectReasons
{
    /// <summary>Another fact with this execution and seq, but other content, is in the table.</summary>
    public const string DivergentFact = "divergent_fact";

    /// <summary>No fact and no control record: a foreign writer, or a damaged log.</summary>
    public const string ForeignRecord = "foreign_record";
}
