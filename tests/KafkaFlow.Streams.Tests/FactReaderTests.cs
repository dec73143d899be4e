using System.Globalization;
using KafkaFlow.Testing;

namespace KafkaFlow.Streams.Tests;

public sealed class FactReaderTests(ITestOutputHelper output)
{
    private const int Logs = 20_000;

    [Fact]
    public void A_decision_is_accepted_with_its_last_part_and_not_before()
    {
        var log = Log(Owner(7), Fact(7, 1, 2), Fact(7, 2, 2), Fact(7, 1, 1));
        Assert.Equal(["1+2", "3"], Read(log, FactCursor.Start));
    }

    [Fact]
    public void Facts_of_an_earlier_term_are_void_after_the_owner_record_of_a_later_one()
    {
        var log = Log(Owner(7), Fact(7, 1, 2), Owner(9), Fact(7, 2, 2), Fact(7, 1, 1), Fact(9, 1, 1));
        var reader = new FactReader(FactCursor.Start);
        Assert.Equal(["5"], Push(reader, log));
        Assert.Equal((2, 1, 0), (reader.VoidFacts, reader.DroppedDecisions, reader.Alarms));
    }

    [Fact]
    public void A_late_owner_record_of_a_lower_epoch_changes_nothing()
    {
        var log = Log(Owner(9), Fact(9, 1, 2), Owner(7), Fact(7, 1, 1), Fact(9, 2, 2));
        var reader = new FactReader(FactCursor.Start);
        Assert.Equal(["1+4"], Push(reader, log));
        Assert.Equal((9, 1), (reader.EpochInForce, reader.LateOwners));
    }

    [Fact]
    public void A_fact_of_an_epoch_that_was_never_announced_is_void_and_an_alarm()
    {
        var reader = new FactReader(FactCursor.Start);
        Assert.Empty(Push(reader, Log(Owner(7), Fact(9, 1, 1))));
        Assert.Equal(1, reader.Alarms);
        Assert.Contains("offset 1", reader.LastAlarm, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_without_epoch_or_part_is_an_alarm_and_leaves_the_decision_whole()
    {
        var reader = new FactReader(FactCursor.Start);
        Push(reader, Log(Owner(7), Fact(7, 1, 2)));
        Assert.Null(reader.Push(2, [1], [1], []));
        Assert.Null(reader.Push(3, [1], [1], [FactHeaders.EpochOf(7), new("part", "2/1"u8.ToArray())]));
        Assert.NotNull(reader.Push(4, [1], [1], [FactHeaders.EpochOf(7), FactHeaders.PartOf(2, 2)]));
        Assert.Equal(2, reader.Alarms);
    }

    [Fact]
    public void The_cursor_stands_at_the_first_part_of_an_unfinished_decision_with_its_epoch()
    {
        var reader = new FactReader(FactCursor.Start);
        Push(reader, Log(Owner(7), Fact(7, 1, 1), Fact(7, 1, 2)));
        Assert.Equal(new(2, 7), reader.Cursor);
        reader.Push(3, [1], [1], [FactHeaders.EpochOf(7), FactHeaders.PartOf(2, 2)]);
        Assert.Equal(new(4, 7), reader.Cursor);
    }

    [Fact]
    public void Offsets_that_go_back_are_refused()
    {
        var reader = new FactReader(new(5, 1));
        var refused = Assert.Throws<InvalidOperationException>(() => reader.Push(4, [1], null, []));
        Assert.Contains("expected offset 5", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_logs_are_read_as_the_naive_reader_reads_them_and_may_be_resumed_anywhere()
    {
        var seed = Seed();
        for (var n = 0; n < Logs; n++)
        {
            var random = new Random(seed + n);
            var log = FactLog.Random(random);
            var expected = NaiveReader.Accepted(log, FactCursor.Start);
            var first = new FactReader(FactCursor.Start);
            var cut = random.Next(log.Count + 1);
            var before = Push(first, log.Take(cut));
            var after = Read([.. log.Where(r => r.Offset >= first.Cursor.Offset)], first.Cursor);
            Assert.True(expected.SequenceEqual(before.Concat(after)), $"seed {seed + n}, cut {cut}");
        }
    }

    [Theory]
    [InlineData(nameof(Without.VoidByEpoch))]
    [InlineData(nameof(Without.IgnoringLateOwners))]
    [InlineData(nameof(Without.WholeDecisions))]
    [InlineData(nameof(Without.DroppingWhatDoesNotContinue))]
    [InlineData(nameof(Without.IgnoringTombstones))]
    [InlineData(nameof(Without.EpochInCursor))]
    [InlineData(nameof(Without.CursorAtUnfinishedDecision))]
    public void The_random_logs_notice_when_a_rule_is_left_out(string rule)
    {
        var without = Enum.Parse<Without>(rule);
        var seed = Seed();
        var noticed = Enumerable.Range(0, Logs / 10).Count(n =>
        {
            var random = new Random(seed + n);
            var log = FactLog.Random(random);
            var expected = Read(log, FactCursor.Start);
            var cut = random.Next(log.Count + 1);
            var reader = new FactReader(FactCursor.Start);
            var before = Push(reader, log.Take(cut));
            var cursor = reader.Cursor;
            if (without == Without.EpochInCursor) cursor = cursor with { Epoch = 0 };
            if (without == Without.CursorAtUnfinishedDecision) cursor = cursor with { Offset = reader.NextOffset };
            return without is Without.EpochInCursor or Without.CursorAtUnfinishedDecision
                ? !expected.SequenceEqual(before.Concat(NaiveReader.Accepted(log, cursor)))
                : !expected.SequenceEqual(NaiveReader.Accepted(log, FactCursor.Start, without));
        });
        output.WriteLine($"{rule}: noticed in {noticed} logs");
        Assert.InRange(noticed, 5, Logs);
    }

    private int Seed()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }

    private static List<LogRecord> Log(params LogRecord[] records) =>
        [.. records.Select((r, i) => r with { Offset = i })];

    private static LogRecord Owner(long epoch) => new(0, false, epoch, epoch, 0, 0);

    private static LogRecord Fact(long epoch, int part, int parts) => new(0, false, null, epoch, part, parts);

    private static List<string> Read(List<LogRecord> log, FactCursor from) => Push(new(from), log);

    private static List<string> Push(FactReader reader, IEnumerable<LogRecord> log)
    {
        var accepted = new List<string>();
        foreach (var r in log)
            if (reader.Push(r.Offset, r.Key, r.Value, r.Headers) is { } decision)
                accepted.Add(string.Join("+", decision.Select(f => f.Offset.ToString(CultureInfo.InvariantCulture))));
        return accepted;
    }
}
