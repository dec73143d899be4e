using KafkaFlow.Contracts;
using KafkaFlow.Streams;
using KafkaFlow.Testing;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>One transaction against a real Postgres, without Kafka.</summary>
[Trait("tier", "fast")]
[Trait("needs", "postgres")]
public sealed class BatchWriterTests(PostgresCluster postgres)
{
    private const string Topic = "t.events";

    [Fact]
    public async Task A_fact_that_contradicts_a_row_is_kept_aside_and_the_row_stays()
    {
        var (database, writer) = await NewAsync();
        using (writer)
        {
            var facts = Run("a", 3);
            Assert.Equal(3, writer.Write(Batch(0, 10, facts)).Written);
            var other = facts[1] with { Result = "\"other\"" };
            var result = writer.Write(Batch(10, 20, [facts[0], other, facts[2]]));
            Assert.Equal((0, 2), (result.Written, result.Repeated));
            Assert.Equal(RejectReasons.DivergentFact, Assert.Single(result.Rejected).Reason);
        }
        Assert.Equal([["a", "2", "(null)"]], await database.QueryAsync(
            "select execution_id, seq, result from event where seq = 2"));
        Assert.Equal([[Topic, "0", "11", "divergent_fact", "11"]], await database.QueryAsync(
            "select topic, partition, \"offset\", reason, encode(bytes, 'escape') from event_rejected"));
    }

    [Fact]
    public async Task Of_two_facts_with_one_place_in_one_batch_the_first_counts()
    {
        var (database, writer) = await NewAsync();
        using (writer)
        {
            var facts = Run("a", 1);
            var result = writer.Write(Batch(0, 10, [facts[0], facts[0], facts[0] with { Status = "FAILED" }]));
            Assert.Equal((1, 1, 1), (result.Written, result.Repeated, result.Rejected.Count));
        }
        Assert.Equal([["STARTED"]], await database.QueryAsync("select status from event"));
    }

    [Fact]
    public async Task Rows_that_cannot_be_stored_are_found_and_all_others_written()
    {
        var (database, writer) = await NewAsync();
        using (writer)
        {
            var facts = Run("a", 200);
            facts[0] = facts[0] with { Result = "nul \0" };
            facts[57] = facts[57] with { Error = "lone \ud800 surrogate" };
            facts[58] = facts[58] with { CreatedAt = new(long.MaxValue) };
            facts[120] = facts[120] with { EventId = facts[119].EventId };
            facts[199] = facts[199] with { EventId = Incompressible(9_000) };
            var result = writer.Write(Batch(0, 300, facts));
            Assert.Equal((195, 0, 5), (result.Written, result.Repeated, result.Rejected.Count));
            Assert.Equal([0L, 57, 58, 120, 199], result.Rejected.Select(r => r.Place.Offset).Order());
            // The connection is good, and the next batch goes on.
            Assert.Equal(1, writer.Write(Batch(300, 400, Run("b", 1))).Written);
        }
        var reasons = await database.QueryAsync("select reason from event_rejected order by \"offset\"");
        string[] expected =
        [
            "column result holds U+0000 at position 4", "column error holds half of a surrogate pair at position 5",
            "column created_at is 9223372036854775807 microseconds", "23505: duplicate key value",
            "54000: index row requires",
        ];
        Assert.All(expected.Zip(reasons), r => Assert.StartsWith(r.First, r.Second[0], StringComparison.Ordinal));
        Assert.Equal([["200"]], await database.QueryAsync("select last_seq from execution where execution_id = 'a'"));
        Assert.Equal(196, await database.CountAsync("event"));
    }

    [Fact]
    public async Task The_end_of_a_run_reaches_the_projection_even_if_its_text_cannot_be_stored()
    {
        var (database, writer) = await NewAsync();
        using (writer)
        {
            var facts = Run("a", 1);
            writer.Write(Batch(0, 1, facts));
            var end = facts[0] with
            {
                Seq = 2, EventId = "a/2", EventType = EventTypes.ExecutionCompleted, Status = "COMPLETED",
                Result = "\"\0\"",
            };
            Assert.Single(writer.Write(Batch(1, 2, [end])).Rejected);
        }
        Assert.Equal(
            [["COMPLETED", "(null)", "2"]],
            await database.QueryAsync("select status, result, last_seq from execution"));
    }

    [Fact]
    public async Task Cursors_move_by_compare_and_set_so_of_two_sinks_one_writes()
    {
        var (database, first) = await NewAsync();
        using var second = new BatchWriter(OptionsOf(database));
        using (first)
        {
            Assert.Equal(2, first.Write(Batch(0, 10, Run("a", 2))).Written);
            // The same step again, as after a commit whose answer was lost, is done already.
            var same = second.Write(Batch(0, 10, Run("a", 2)));
            Assert.Equal((0, 2), (same.Written, same.Repeated));
            var error = Assert.Throws<SessionEndedException>(() => second.Write(Batch(0, 12, Run("zombie", 3))));
            Assert.Contains("moved by another sink", error.Message, StringComparison.Ordinal);
            // An offset alone is no cursor: the epoch counts too.
            var wrongEpoch = new SinkBatch([new(Topic, 0, new(10, 8), new(20, 9))], [], []);
            Assert.Throws<SessionEndedException>(() => second.Write(wrongEpoch));
        }
        Assert.Equal([["a"]], await database.QueryAsync("select distinct execution_id from event"));
        Assert.Equal([["10", "7"]], await database.QueryAsync("select next_offset, epoch from sink_offset"));
    }

    [Fact]
    public async Task A_projection_taken_up_by_another_process_goes_on_as_if_it_had_never_stopped()
    {
        var (database, writer) = await NewAsync();
        var random = new Random(5);
        var term = new Term(0);
        var facts = new List<ExecutionEvent>();
        for (var i = 0; i < 150; i++)
        {
            facts.AddRange(term.Next(random));
            term.Accept();
        }
        using (writer) writer.Write(Batch(0, facts.Count, facts));
        var continuous = await ProjectionAsync(database);

        var (again, none) = await NewAsync();
        none.Dispose();
        for (var i = 0; i < facts.Count; i++)
        {
            using var oneFactLong = new BatchWriter(OptionsOf(again));
            oneFactLong.Write(Batch(i, i + 1, [facts[i]]));
        }
        Assert.Equal(continuous, await ProjectionAsync(again));
        Assert.True(continuous.Count > 10);

        // The cursors are lost: everything is read again and nothing changes.
        await again.RunAsync("delete from sink_offset");
        using var repeated = new BatchWriter(OptionsOf(again));
        OffsetTable.Load(repeated.Connect(), Topic, [0]);
        for (var i = 0; i < facts.Count; i += 10)
        {
            var from = i == 0 ? FactCursor.Start : new FactCursor(i, 7);
            var rows = Batch(i, Math.Min(i + 10, facts.Count), facts[i..Math.Min(i + 10, facts.Count)]);
            Assert.Equal(0, repeated.Write(rows with { Moves = [rows.Moves[0] with { From = from }] }).Written);
        }
        Assert.Equal(continuous, await ProjectionAsync(again));
    }

    private async Task<(SinkDatabase Database, BatchWriter Writer)> NewAsync()
    {
        var database = await SinkDatabase.CreateAsync(await postgres.ServerAsync());
        await SinkSchema.CreateAsync(database.ConnectionString, CancellationToken.None);
        var writer = new BatchWriter(OptionsOf(database));
        OffsetTable.Load(writer.Connect(), Topic, [0]);
        return (database, writer);
    }

    private static SinkOptions OptionsOf(SinkDatabase database) =>
        new() { Kafka = new() { Bootstrap = "127.0.0.1:1" }, Postgres = database.ConnectionString };

    private static async Task<List<string>> ProjectionAsync(SinkDatabase database) =>
        [.. (await database.QueryAsync("select * from execution order by 1")).Select(r => string.Join(" | ", r))];

    private static SinkBatch Batch(long from, long to, IReadOnlyList<ExecutionEvent> facts) => new(
        [new(Topic, 0, from == 0 ? FactCursor.Start : new(from, 7), new(to, 7))],
        [.. facts.Select((f, i) => new EventRow(
            new(Topic, 0, from + i), System.Text.Encoding.UTF8.GetBytes($"{from + i}"), 0, f))], []);

    private static string Incompressible(int length)
    {
        var random = new Random(1);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('0', 'z')));
    }

    private static List<ExecutionEvent> Run(string id, int facts) =>
        [.. Enumerable.Range(1, facts).Select(seq => new ExecutionEvent
        {
            ExecutionId = id, Seq = seq, EventId = $"{id}/{seq}", Status = seq == 1 ? "STARTED" : "RUNNING",
            EventType = seq == 1 ? EventTypes.ExecutionStarted : EventTypes.SignalReceived,
            CreatedAt = new(1_700_000_000_000_000 + seq), Epoch = 7, Part = 1, Parts = 1, CausePartition = 0,
            CauseOffset = seq,
        })];
}
