using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KafkaFlow.Kafka;

namespace KafkaFlow.Streams;

/// <summary>Where a record first stood: its identity if it has no other.</summary>
public readonly record struct Origin(int Partition, long Offset)
{
    /// <summary>Header of a forwarded record.</summary>
    public const string Header = "origin";

    /// <summary><c>partition@offset</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Partition}@{Offset}");

    public static bool TryParse(ReadOnlySpan<byte> text, out Origin origin)
    {
        origin = default;
        if (!Utf8Parser.TryParse(text, out int partition, out var used) || partition < 0) return false;
        if (used >= text.Length || text[used] != (byte)'@') return false;
        var rest = text[(used + 1)..];
        if (!Utf8Parser.TryParse(rest, out long offset, out used) || used != rest.Length || offset < 0) return false;
        origin = new(partition, offset);
        return true;
    }

    /// <summary>Of a record as it was read: that of its header if it was forwarded, else where it stands.</summary>
    public static Origin Of(InputRecord input) =>
        input.Header(Header) is { } text && TryParse(text, out var origin) ? origin : new(input.Partition, input.Offset);
}

/// <summary>
/// Moves records that arrived on the wrong partition, because their writer hashes keys in another way. The bytes are not
/// changed; the header <c>origin</c> is added. Forwarding is a transport effect: it may happen again at a takeover, and
/// the target drops what it has seen (<see cref="ForwardWatermark"/>). Pure.
/// </summary>
public static class Forwarding
{
    /// <summary>The partition of an execution, whatever the record's key says.</summary>
    public static int PartitionOf(string executionId, int partitions) => Murmur2.Partition(executionId, partitions);

    public static int PartitionOf(ReadOnlySpan<byte> executionId, int partitions) => Murmur2.Partition(executionId, partitions);

    /// <summary>The same record for partition <paramref name="target"/> of <paramref name="topic"/>.</summary>
    public static OutputRecord Forward(InputRecord input, string topic, int target)
    {
        IReadOnlyList<RecordHeader> headers = input.Header(Origin.Header) is { } known && Origin.TryParse(known, out _)
            ? input.Headers
            : [.. input.Headers.Where(h => h.Name != Origin.Header),
                new(Origin.Header, Encoding.UTF8.GetBytes(new Origin(input.Partition, input.Offset).ToString()))];
        return new(topic, target, input.Key, input.Value, headers);
    }
}

/// <summary>
/// The highest forwarded offset per (execution, source partition), kept in the target's state. A forwarder repeats
/// itself in offset order, so what is not above the watermark has been seen.
/// </summary>
public static class ForwardWatermark
{
    /// <param name="prefix">Key space of the watermarks in the processor's state.</param>
    public static byte[] KeyOf(ReadOnlySpan<byte> prefix, string executionId, int sourcePartition)
    {
        var length = Encoding.UTF8.GetByteCount(executionId);
        var key = new byte[prefix.Length + length + 1 + sizeof(int)];
        prefix.CopyTo(key);
        Encoding.UTF8.GetBytes(executionId, key.AsSpan(prefix.Length));
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(key.Length - sizeof(int)), sourcePartition); // after a 0 byte
        return key;
    }

    public static byte[] Encode(long offset)
    {
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, offset);
        return value;
    }

    public static long Decode(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64BigEndian(value);

    /// <summary>Takes a record that may have been forwarded, and moves the watermark.</summary>
    /// <returns>False if it was seen before and must be dropped.</returns>
    public static bool Accept(InputRecord input, string executionId, ReadOnlySpan<byte> prefix, IStateView state, Effects effects)
    {
        if (input.Header(Origin.Header) is not { } text || !Origin.TryParse(text, out var origin)) return true;
        var key = KeyOf(prefix, executionId, origin.Partition);
        if (state.Get(key) is { } highest && origin.Offset <= Decode(highest.Span)) return false;
        effects.Put(key, Encode(origin.Offset));
        return true;
    }
}
