using System.Text;

namespace KafkaFlow.Streams.Tests;

/// <summary>A record of a facts partition, as data.</summary>
internal sealed record LogRecord(long Offset, bool IsTombstone, long? Owner, long Epoch, int Part, int Parts)
{
    public byte[] Key => Encoding.UTF8.GetBytes(Owner is { } o ? $"!owner/0@{o}" : $"x/{Offset}@{Epoch}");

    public byte[]? Value => IsTombstone ? null : Encoding.UTF8.GetBytes($"{Offset}");

    public RecordHeader[] Headers => Owner is { } o
        ? [FactHeaders.ControlOwner(), FactHeaders.EpochOf(o)]
        : [FactHeaders.EpochOf(Epoch), FactHeaders.PartOf(Part, Parts)];
}

/// <summary>
/// Random logs as several owners and zombies leave them: each writes its owner record and then its decisions in order,
/// their records interleave at will, an owner may end in the middle of a decision, and compaction and purges leave
/// gaps.
/// </summary>
internal static class FactLog
{
    public static List<LogRecord> Random(Random random)
    {
        var writers = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Writer(random)).ToList();
        // Epochs are distinct, but the owner records of a slow one may come late.
        var epochs = Enumerable.Range(1, 40).OrderBy(_ => random.Next()).Take(writers.Count).ToList();
        if (random.Next(3) > 0) epochs.Sort();
        var log = new List<LogRecord>();
        var offset = random.Next(3);
        while (writers.Exists(w => w.Count > 0))
        {
            // Mostly the first writer that has something left; now and then a later one cuts in.
            var w = random.Next(4) > 0 ? writers.FindIndex(x => x.Count > 0) : random.Next(writers.Count);
            if (writers[w].Count == 0) continue;
            var (isOwner, part, parts) = writers[w].Dequeue();
            offset += random.Next(8) == 0 ? 3 : 1;
            log.Add(new(offset, random.Next(30) == 0, isOwner ? epochs[w] : null, epochs[w], part, parts));
        }
        return log;
    }

    private static Queue<(bool IsOwner, int Part, int Parts)> Writer(Random random)
    {
        var records = new Queue<(bool, int, int)>([(true, 0, 0)]);
        for (var d = random.Next(6); d > 0; d--)
        {
            var parts = random.Next(1, 4);
            for (var part = 1; part <= parts; part++) records.Enqueue((false, part, parts));
        }
        if (random.Next(2) == 0) records.Enqueue((false, 1, 2));
        return records;
    }
}

/// <summary>Rules of reading that the naive reader can leave out, to show that the random logs tell them
/// apart.</summary>
[Flags]
internal enum Without
{
    Nothing = 0,
    VoidByEpoch = 1,
    IgnoringLateOwners = 2,
    WholeDecisions = 4,
    DroppingWhatDoesNotContinue = 8,
    IgnoringTombstones = 16,
    EpochInCursor = 32,
    CursorAtUnfinishedDecision = 64,
}

/// <summary>R4 once more, in the plainest way: several passes over the whole list.</summary>
internal static class NaiveReader
{
    public static List<string> Accepted(IReadOnlyList<LogRecord> log, FactCursor from,
        Without without = Without.Nothing)
    {
        long inForce = from.Epoch;
        var counting = new List<(LogRecord Record, long InForce)>();
        foreach (var record in log.Where(r => r.Offset >= from.Offset))
        {
            if (record.IsTombstone && !without.HasFlag(Without.IgnoringTombstones)) continue;
            if (record.Owner is { } owner)
                inForce = without.HasFlag(Without.IgnoringLateOwners) ? owner : Math.Max(inForce, owner);
            else if (record.Epoch == inForce || without.HasFlag(Without.VoidByEpoch))
                counting.Add((record, inForce));
        }
        return [.. Decisions(counting, without)];
    }

    private static IEnumerable<string> Decisions(List<(LogRecord Record, long InForce)> counting, Without without)
    {
        if (without.HasFlag(Without.WholeDecisions))
        {
            foreach (var (record, _) in counting) yield return $"{record.Offset}";
            yield break;
        }
        if (without.HasFlag(Without.DroppingWhatDoesNotContinue))
        {
            var kept = new List<LogRecord>();
            foreach (var (record, _) in counting)
            {
                kept.Add(record);
                if (record.Part != record.Parts) continue;
                yield return Text(kept);
                kept.Clear();
            }
            yield break;
        }
        for (var i = 0; i < counting.Count; i++)
        {
            var (first, inForce) = counting[i];
            if (first.Part != 1) continue;
            var whole = counting.Skip(i).Take(first.Parts).ToList();
            var isWhole = whole.Count == first.Parts && whole.Select((c, n) => (c, n)).All(
                x => x.c.Record.Part == x.n + 1 && x.c.Record.Parts == first.Parts && x.c.InForce == inForce);
            if (isWhole) yield return Text(whole.Select(c => c.Record));
        }
    }

    private static string Text(IEnumerable<LogRecord> decision) => string.Join("+", decision.Select(r => r.Offset));
}
