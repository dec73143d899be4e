using System.Security.Cryptography;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// What one compaction pass knows before it rewrites anything: the newest offset of each key in the new part of the
/// log,
/// which data was aborted, and the last batch of each producer, which stays to keep its sequence.
/// </summary>
internal sealed class CleaningPlan
{
    public const int WindowLength = 1 << 20;

    /// <summary>Keys of one pass; a log with more is cleaned in several.</summary>
    public const int MaxKeys = 5_000_000;

    private readonly Dictionary<UInt128, long> _newest = [];
    private readonly Dictionary<long, List<AbortedTransaction>> _aborted;
    private readonly Dictionary<long, long> _lastBatches = [];
    private readonly HashSet<long> _producers;

    private CleaningPlan(PartitionLog log, long logStart, long nowMs)
    {
        (LogStart, NowMs) = (logStart, nowMs);
        _aborted = log.AllAborted().GroupBy(a => a.ProducerId).ToDictionary(g => g.Key, g => g.ToList());
        _producers = [.. log.Producers().Select(p => p.ProducerId)];
    }

    public long LogStart { get; }

    public long NowMs { get; }

    /// <summary>False where a batch could not be read: an older record may hide in it, which a dropped tombstone would
    /// bring back.</summary>
    public bool MayDropTombstones { get; private set; } = true;

    /// <summary>Where the keys of a pass ended for want of room; null if all fitted.</summary>
    public long? MappedTo { get; private set; }

    public static CleaningPlan Make(
        PartitionLog log, IReadOnlyList<Segment> segments, long logStart, long nowMs, CancellationToken cancel)
    {
        var plan = new CleaningPlan(log, logStart, nowMs);
        foreach (var segment in segments)
        {
            if (cancel.IsCancellationRequested) break;
            if (plan._newest.Count >= MaxKeys)
            {
                plan.MappedTo = segment.BaseOffset;
                break;
            }
            var window = new FileWindow(segment.File, segment.Size, WindowLength);
            for (long at = 0; at < segment.Size;)
            {
                var header = new RecordBatch(window.At(at, RecordBatch.HeaderLength));
                var batch = new RecordBatch(window.At(at, header.TotalLength));
                plan.Note(batch, segment.BaseOffset >= log.CleanedTo);
                at += batch.TotalLength;
            }
        }
        return plan;
    }

    public bool IsAborted(RecordBatch batch)
    {
        if (!batch.IsTransactional || !_aborted.TryGetValue(batch.ProducerId, out var list)) return false;
        foreach (var aborted in list)
            if (batch.BaseOffset >= aborted.FirstOffset && batch.BaseOffset < aborted.MarkerOffset) return true;
        return false;
    }

    /// <summary>Whether a batch must leave at least its header, for the sequence and epoch of a producer that still is
    /// known.</summary>
    public bool IsLastOfProducer(RecordBatch batch) =>
        batch.ProducerId >= 0 && _producers.Contains(batch.ProducerId) &&
        _lastBatches.GetValueOrDefault(batch.ProducerId, -1) == batch.BaseOffset;

    public bool IsNewest(ReadOnlySpan<byte> key, long offset) =>
        !_newest.TryGetValue(Hash(key), out var newest) || offset >= newest;

    private void Note(RecordBatch batch, bool isNew)
    {
        if (batch.ProducerId >= 0) _lastBatches[batch.ProducerId] = batch.BaseOffset;
        if (batch.IsControl || IsAborted(batch)) return;
        if (!RecordCodecs.TryRecords(batch, out var records))
        {
            MayDropTombstones = false;
            return;
        }
        if (!isNew) return;
        for (var reader = new RecordReader(records); reader.Next();)
        {
            if (reader.Current.HasKey) _newest[Hash(reader.Current.Key)] = batch.BaseOffset +
                reader.Current.OffsetDelta;
        }
    }

    private static UInt128 Hash(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return System.Runtime.InteropServices.MemoryMarshal.Read<UInt128>(hash);
    }
}
