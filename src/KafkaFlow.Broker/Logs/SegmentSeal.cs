using System.Buffers.Binary;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// What is known of a finished segment, kept beside it so that a start need not walk it: its index, the producers as
/// they were at its end, and the aborted transactions that end in it. Valid only for the size it names.
/// </summary>
internal sealed record SegmentSeal(
    long Size, long NextOffset, long MaxTimestamp, long FirstTimestamp,
    IReadOnlyList<IndexEntry> Index, IReadOnlyList<ProducerEntry> Producers, IReadOnlyList<AbortedTransaction> Aborted)
{
    private const int Format = 1;

    public static SegmentSeal Of(
        Segment segment, IReadOnlyList<ProducerEntry> producers, IEnumerable<AbortedTransaction> aborted,
            long nextBase) =>
        new(
        segment.Size, segment.NextOffset, segment.MaxTimestamp, segment.FirstTimestamp,
        segment.Index, producers,
        [.. aborted.Where(a => a.MarkerOffset >= segment.BaseOffset && a.MarkerOffset < nextBase)]);

    public byte[] Write()
    {
        using var c = Codec.Writer();
        var checksum = 0;
        c.Int32(ref checksum);
        Put(c, Format, Size, NextOffset, MaxTimestamp, FirstTimestamp, Index.Count);
        foreach (var entry in Index) Put(c, entry.Offset, entry.Position, entry.MaxTimestampBefore);
        Put(c, Producers.Count);
        foreach (var producer in Producers) producer.Write(c);
        Put(c, Aborted.Count);
        foreach (var a in Aborted) Put(c, a.ProducerId, a.FirstOffset, a.MarkerOffset);
        c.SetInt32(0, (int)Crc32C.Of(c.Written.Span[4..]));
        return c.Written.ToArray();
    }

    /// <returns>null if the bytes are damaged or of another format.</returns>
    public static SegmentSeal? Read(byte[]? bytes)
    {
        if (bytes is not { Length: > 12 } ||
            (int)Crc32C.Of(bytes.AsSpan(4)) != BinaryPrimitives.ReadInt32BigEndian(bytes)) return null;
        var c = Codec.Reader(bytes.AsMemory(4));
        if (Get(c) != Format) return null;
        var (size, next, maxTime, first) = (Get(c), Get(c), Get(c), Get(c));
        var index = new IndexEntry[Get(c)];
        for (var i = 0; i < index.Length; i++) index[i] = new(Get(c), Get(c), Get(c));
        var producers = new ProducerEntry[Get(c)];
        for (var i = 0; i < producers.Length; i++) producers[i] = ProducerEntry.Read(c);
        var aborted = new AbortedTransaction[Get(c)];
        for (var i = 0; i < aborted.Length; i++) aborted[i] = new(Get(c), Get(c), Get(c));
        return new(size, next, maxTime, first, index, producers, aborted);
    }

    private static void Put(Codec c, params ReadOnlySpan<long> values)
    {
        foreach (var value in values)
        {
            var one = value;
            c.Int64(ref one);
        }
    }

    private static long Get(Codec c)
    {
        long value = 0;
        c.Int64(ref value);
        return value;
    }
}
