using Confluent.Kafka;
using KafkaFlow.Streams;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// Reading of one partition between two rebalances: what the common reader has accepted and is not yet written. The
/// written cursor equals the row of <c>sink_offset</c>. Consumer's thread only.
/// </summary>
internal sealed class PartitionFeed
{
    private readonly FactReader _reader;
    private readonly List<(Fact Fact, long TimestampMs)> _accepted = [];
    private readonly List<RejectedRecord> _foreign = [];

    public PartitionFeed(TopicPartition partition, FactCursor from)
    {
        Partition = partition;
        Written = from;
        _reader = new(from);
    }

    public TopicPartition Partition { get; }

    /// <summary>Where the next session would start.</summary>
    public FactCursor Written { get; private set; }

    public long NextOffset => _reader.NextOffset;

    public long VoidFacts => _reader.VoidFacts;

    public string? LastAlarm => _reader.LastAlarm;

    public IReadOnlyList<(Fact Fact, long TimestampMs)> Accepted => _accepted;

    public IReadOnlyList<RejectedRecord> Foreign => _foreign;

    /// <summary>Null while there is nothing to write.</summary>
    public CursorMove? Move =>
        _reader.Cursor == Written ? null : new(Partition.Topic, Partition.Partition.Value, Written, _reader.Cursor);

    /// <returns>False if the record raised an alarm.</returns>
    public bool Take(ConsumeResult<byte[]?, byte[]?> record)
    {
        var message = record.Message;
        var alarms = _reader.Alarms;
        var decision = _reader.Push(record.Offset.Value, message.Key, message.Value, HeadersOf(message));
        if (decision is not null)
            foreach (var fact in decision) _accepted.Add((fact, message.Timestamp.UnixTimestampMs));
        if (_reader.Alarms == alarms) return true;
        var reason = $"{RejectReasons.ForeignRecord}: {_reader.LastAlarm}";
        _foreign.Add(new(PlaceOf(record.Offset.Value), reason, message.Value));
        return false;
    }

    public RecordPlace PlaceOf(long offset) => new(Partition.Topic, Partition.Partition.Value, offset);

    public void MarkWritten()
    {
        Written = _reader.Cursor;
        _accepted.Clear();
        _foreign.Clear();
    }

    private static RecordHeader[] HeadersOf(Message<byte[]?, byte[]?> message)
    {
        if (message.Headers is not { Count: > 0 } headers) return [];
        var copies = new RecordHeader[headers.Count];
        for (var i = 0; i < copies.Length; i++) copies[i] = new(headers[i].Key, headers[i].GetValueBytes());
        return copies;
    }
}
