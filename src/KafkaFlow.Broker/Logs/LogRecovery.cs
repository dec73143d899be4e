using System.Buffers.Binary;
using System.Globalization;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// Opens the segments of a log. A segment with a seal of its size is taken as it is; any other is walked batch by batch
/// and cut at the first that is short, of another format, out of order or with a wrong checksum.
/// </summary>
internal static class LogRecovery
{
    private const string StartFile = "log-start";
    private const int WindowLength = 1 << 20;

    public static (List<Segment> Segments, long LogStart) Run(
        string directory, LogContext context, ProducerTable producers)
    {
        context.Files.CreateDirectory(directory);
        FinishCleaning(directory, context);
        var bases = context.Files.List(directory).Where(name => name.EndsWith(".log", StringComparison.Ordinal))
            .Select(name => long.Parse(name[..^4], CultureInfo.InvariantCulture)).Order().ToList();
        var segments = new List<Segment>();
        foreach (var offset in bases)
        {
            var path = Segment.PathOf(directory, offset);
            var segment = new Segment(offset, path, context.Files.Open(path + ".log"));
            if (!Restore(segment, context, producers) && !Walk(segment, context, producers))
            {
                segments.Add(segment);
                DropAfter(directory, context, bases.Where(b => b > offset));
                break;
            }
            segments.Add(segment);
        }
        var start = ReadStart(directory, context);
        if (segments.Count == 0)
        {
            var path = Segment.PathOf(directory, start);
            segments.Add(new(start, path, context.Files.Open(path + ".log")));
        }
        return (segments, Math.Clamp(start, segments[0].BaseOffset, segments[^1].NextOffset));
    }

    public static void WriteStart(string directory, LogContext context, long offset)
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(bytes, offset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), Crc32C.Of(bytes.AsSpan(0, 8)));
        context.Files.Replace($"{directory}/{StartFile}", bytes);
    }

    private static long ReadStart(string directory, LogContext context)
    {
        var bytes = context.Files.ReadAll($"{directory}/{StartFile}");
        return bytes is { Length: 12 } &&
            Crc32C.Of(bytes.AsSpan(0, 8)) == BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8))
            ? BinaryPrimitives.ReadInt64BigEndian(bytes)
            : 0;
    }

    private static bool Restore(Segment segment, LogContext context, ProducerTable producers)
    {
        var seal = SegmentSeal.Read(context.Files.ReadAll(segment.SealPath));
        if (seal is null || seal.Size != segment.File.Length) return false;
        segment.Restore(seal);
        producers.Restore(seal.Producers, seal.Aborted);
        return true;
    }

    /// <returns>False if a tail was cut.</returns>
    private static bool Walk(Segment segment, LogContext context, ProducerTable producers)
    {
        var length = segment.File.Length;
        var window = new FileWindow(segment.File, length, WindowLength);
        while (segment.Size < length)
        {
            var header = window.At(segment.Size, RecordBatch.HeaderLength);
            if (!CouldBeBatch(header, segment.NextOffset, length - segment.Size)) return Cut(segment, context, length);
            var batch = new RecordBatch(window.At(segment.Size, new RecordBatch(header).TotalLength));
            if (!batch.ChecksumHolds) return Cut(segment, context, length);
            segment.Note(batch);
            producers.Note(batch);
        }
        return true;
    }

    private static bool CouldBeBatch(Span<byte> header, long nextOffset, long left)
    {
        if (header.Length < RecordBatch.HeaderLength) return false;
        var batch = new RecordBatch(header);
        return batch.MagicValue == RecordBatch.Magic && batch.TotalLength >= RecordBatch.HeaderLength &&
            batch.TotalLength <= left && batch.BaseOffset >= nextOffset && batch.LastOffsetDelta >= 0;
    }

    private static bool Cut(Segment segment, LogContext context, long length)
    {
        Log.TornTail(context.Logger, segment.LogPath, length - segment.Size, segment.Size, segment.NextOffset);
        segment.File.Truncate(segment.Size);
        return false;
    }

    private static void DropAfter(string directory, LogContext context, IEnumerable<long> bases)
    {
        foreach (var path in bases.Select(offset => Segment.PathOf(directory, offset)))
        {
            Log.SegmentAfterTear(context.Logger, path);
            context.Files.Delete(path + ".log");
            context.Files.Delete(path + ".seal");
        }
    }

    /// <summary>A compaction that a crash has cut: drafts are dropped; what was ready to be swapped in, is.</summary>
    private static void FinishCleaning(string directory, LogContext context)
    {
        foreach (var name in context.Files.List(directory))
        {
            if (name.EndsWith(".cleaned", StringComparison.Ordinal) || name.EndsWith(".tmp", StringComparison.Ordinal))
                context.Files.Delete($"{directory}/{name}");
        }
        foreach (var name in context.Files.List(directory).Where(n => n.EndsWith(".swap", StringComparison.Ordinal)))
            CleanedFiles.Finish(directory, name, context.Files);
    }
}
