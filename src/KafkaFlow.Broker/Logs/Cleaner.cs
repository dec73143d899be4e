using System.Globalization;
using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// Compaction of one log: of every key the newest record stays. Only finished segments below the oldest open
/// transaction
/// are looked at. Offsets, sequences and the start of the log do not change; data of aborted transactions goes, and
/// tombstones and markers follow after <c>delete.retention.ms</c>.
/// </summary>
internal static class Cleaner
{
    /// <summary>Cleans if enough of the log is new, or some of it has waited too long.</summary>
    public static void Clean(PartitionLog log, LogContext context, CancellationToken cancel)
    {
        var (segments, logStart, endBase) = log.Cleanable();
        var config = log.Config;
        var youngest = context.NowMs - config.MinCompactionLagMs;
        var ready = segments.TakeWhile(s => config.MinCompactionLagMs == 0 || s.MaxTimestamp <= youngest).ToList();
        if (ready.Count < segments.Count) endBase = segments[ready.Count].BaseOffset;
        if (ready.Count == 0 || !IsDue(ready, log.CleanedTo, config, context.NowMs)) return;

        var plan = CleaningPlan.Make(log, ready, logStart, context.NowMs, cancel);
        if (plan.MappedTo is { } mapped && ready.FindIndex(s => s.BaseOffset >= mapped) is >= 0 and var cut)
        {
            endBase = ready[cut].BaseOffset;
            ready.RemoveRange(cut, ready.Count - cut);
        }
        var groups = Group(ready, config.SegmentBytes);
        for (var i = 0; i < groups.Count; i++)
        {
            if (cancel.IsCancellationRequested) return;
            if (!Rewrite(log, groups[i], i + 1 < groups.Count ? groups[i + 1][0].BaseOffset
                : endBase, plan, context)) return;
        }
        log.CleanedTo = endBase;
    }

    private static bool IsDue(List<Segment> ready, long cleanedTo, LogConfig config, long nowMs)
    {
        var dirty = ready.Where(s => s.BaseOffset >= cleanedTo).ToList();
        double dirtyBytes = dirty.Sum(s => s.Size), total = ready.Sum(s => s.Size);
        if (dirtyBytes == 0) return false;
        return dirtyBytes / total > config.MinDirtyRatio ||
            dirty.Any(s => s.FirstTimestamp >= 0 && nowMs - s.FirstTimestamp > config.MaxCompactionLagMs);
    }

    private static List<List<Segment>> Group(List<Segment> segments, long maxBytes)
    {
        var groups = new List<List<Segment>>();
        long size = 0;
        foreach (var segment in segments)
        {
            if (groups.Count == 0 || size + segment.Size > maxBytes)
            {
                groups.Add([]);
                size = 0;
            }
            groups[^1].Add(segment);
            size += segment.Size;
        }
        return groups;
    }

    /// <returns>False if the log has changed under it.</returns>
    private static bool Rewrite(
        PartitionLog log, List<Segment> old, long nextBase, CleaningPlan plan, LogContext context)
    {
        var draft = CleanedFiles.DraftOf(log.Directory, old[0].BaseOffset);
        context.Files.Delete(draft);
        var file = context.Files.Open(draft);
        var cleaned = new Segment(old[0].BaseOffset, old[0].Path, file);
        var filter = new BatchFilter(plan, log.Config.DeleteRetentionMs);
        foreach (var segment in old)
        {
            var window = new FileWindow(segment.File, segment.Size, CleaningPlan.WindowLength);
            for (long at = 0; at < segment.Size;)
            {
                var header = new RecordBatch(window.At(at, RecordBatch.HeaderLength));
                var batch = new RecordBatch(window.At(at, header.TotalLength));
                at += batch.TotalLength;
                if (filter.Apply(batch) is not { IsEmpty: false } kept) continue;
                file.Write(cleaned.Size, kept);
                cleaned.Note(new(kept));
            }
        }
        file.Flush();
        var producers = SegmentSeal.Read(context.Files.ReadAll(old[^1].SealPath))?.Producers;
        var isSwapped = log.Replace(old, cleaned, filter.DroppedMarkers, () =>
        {
            context.Faults.Pass("clean-before-swap");
            var ready = CleanedFiles.Ready(log.Directory, old[0].BaseOffset, nextBase, context.Files);
            context.Faults.Pass("clean-swapped");
            CleanedFiles.Finish(log.Directory, ready, context.Files);
        });
        if (!isSwapped)
        {
            context.Files.Delete(draft);
            return false;
        }
        if (producers is not null)
            context.Files.Replace(cleaned.SealPath,
                SegmentSeal.Of(cleaned, producers, log.AllAborted(), nextBase).Write());
        Log.Compacted(context.Logger, log.Directory, old.Sum(s => s.Size), cleaned.Size);
        return true;
    }
}

/// <summary>
/// How a cleaned segment takes the place of those it was made from: the draft <c>BASE.log.cleaned</c> is renamed to
/// <c>BASE-NEXT.swap</c> (from here on it counts), the old files of that range are deleted, and it gets its name. A
/// start
/// finds either no swap, or one to finish.
/// </summary>
internal static class CleanedFiles
{
    public static string DraftOf(string directory, long baseOffset) => $"{directory}/{baseOffset:D20}.log.cleaned";

    /// <param name="nextOffset">First offset that the cleaned segment does not stand for.</param>
    public static string Ready(string directory, long baseOffset, long nextOffset, IBrokerFiles files)
    {
        var name = $"{baseOffset:D20}-{nextOffset:D20}.swap";
        files.Rename(DraftOf(directory, baseOffset), $"{directory}/{name}");
        return name;
    }

    public static void Finish(string directory, string swapName, IBrokerFiles files)
    {
        var range = swapName[..^".swap".Length].Split('-');
        var (from, to) = (long.Parse(range[0], CultureInfo.InvariantCulture),
            long.Parse(range[1], CultureInfo.InvariantCulture));
        foreach (var name in files.List(directory))
        {
            var isOld = (name.EndsWith(".log", StringComparison.Ordinal) ||
                name.EndsWith(".seal", StringComparison.Ordinal)) &&
                long.Parse(name.Split('.')[0], CultureInfo.InvariantCulture) is var offset && offset >= from &&
                    offset < to;
            if (isOld) files.Delete($"{directory}/{name}");
        }
        files.Rename($"{directory}/{swapName}", $"{Segment.PathOf(directory, from)}.log");
    }
}
