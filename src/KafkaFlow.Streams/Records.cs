namespace KafkaFlow.Streams;

/// <summary>A record header. Values are bytes; text is UTF-8.</summary>
public readonly record struct RecordHeader(string Name, byte[] Value);

/// <summary>A record of the input topic.</summary>
/// <param name="TimestampMs">Append time of the broker, milliseconds since the Unix epoch.</param>
public sealed record InputRecord(
    string Topic, int Partition, long Offset, long TimestampMs, byte[]? Key, byte[]? Value,
    IReadOnlyList<RecordHeader> Headers)
{
    public byte[]? Header(string name)
    {
        for (var i = Headers.Count - 1; i >= 0; i--)
            if (Headers[i].Name == name) return Headers[i].Value;
        return null;
    }
}

/// <summary>A record of the events topic. The runtime adds the headers <c>epoch</c> and <c>part</c>.</summary>
/// <param name="Offset">Where it stands; -1 before it is appended.</param>
public sealed record Fact(byte[] Key, byte[] Value, IReadOnlyList<RecordHeader> Headers, long Offset = -1);

/// <summary>A record for any other topic.</summary>
/// <param name="Partition">-1: murmur2 of the key, as Java's default partitioner has it.</param>
/// <param name="AfterFacts">Wait for the acknowledgement of this decision's facts before producing it.</param>
public sealed record OutputRecord(
    string Topic, int Partition, byte[]? Key, byte[]? Value, IReadOnlyList<RecordHeader> Headers,
    bool AfterFacts = false);
