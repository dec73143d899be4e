using System.Diagnostics;
using System.Globalization;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>Real Kafka, real Postgres: after whatever happens the tables equal an independent reading of the
/// topic.</summary>
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class SinkTests(KafkaCluster kafka, PostgresCluster postgres, ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("tier", "fast")]
    public async Task The_tables_hold_complete_valid_decisions_only_field_by_field()
    {
        var seed = TestSeed.Next(output);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed);
        writer.Write(1_500);
        await using (var sink = fixture.Start())
        {
            await sink.ReadyAsync();
            await fixture.AssertExactAsync($"seed {seed}, read from the beginning");
            writer.Write(1_500);
            await fixture.AssertExactAsync($"seed {seed}, followed");
            output.WriteLine($"{sink.Host.Figures.Counts} {sink.Host.Lag}");
            Assert.Equal(0, sink.Host.Lag.RecordsBehind);
            Assert.Equal(0, sink.Host.Figures.Counts.Repeated);
            Assert.True(sink.Host.Figures.Counts.Void > 0);
        }
        foreach (var what in new[] { "owner", "zombie", "unfinished", "junk 0", "junk 1", "junk 2", "junk 3" })
            Assert.True(writer.Made.GetValueOrDefault(what) > 3, $"seed {seed}: too few of {what}");
        Assert.Contains(fixture.Log.All, l => l.Contains("foreign_record", StringComparison.Ordinal));

        var typed = await fixture.Database.QueryAsync(
            "select count(*) from event_json where context is not null and json_typeof(context) = 'object'");
        Assert.True(int.Parse(typed[0][0], CultureInfo.InvariantCulture) > 100);
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task Killed_over_and_over_while_events_arrive_it_misses_none_and_repeats_none()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed);
        var options = fixture.Options with { InstanceId = "sink-0" };
        await SinkSchema.CreateAsync(options.Postgres, CancellationToken.None);
        for (var kill = 0; kill < 8; kill++)
        {
            var before = await fixture.Database.CountAsync("event");
            var child = await SinkChild.StartAsync(options);
            var writing = Task.Run(() => writer.Write(random.Next(100, 400)));
            // Half of the kills fall before the first commit or into it, half somewhere after it.
            for (var clock = Stopwatch.StartNew(); kill % 2 == 0 && clock.Elapsed < Limit; await Task.Delay(1))
                if (await fixture.Database.CountAsync("event") > before) break;
            await Task.Delay(random.Next(kill % 2 == 0 ? 30 : 250));
            await SinkChild.KillAsync(child);
            await writing;
        }
        var written = await fixture.Database.CountAsync("event");
        await using var sink = fixture.Start(options);
        await sink.ReadyAsync();
        await fixture.AssertExactAsync($"seed {seed}");
        var total = await fixture.Database.CountAsync("event");
        output.WriteLine($"{written} of {total} events were written by the killed ones");
        Assert.True(written > 0, $"seed {seed}: no child lived long enough to write");
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task Postgres_stopped_and_crashed_for_a_while_loses_nothing_and_is_told_in_one_line()
    {
        var seed = TestSeed.Next(output);
        using var directory = TestEnvironment.NewDirectory("postgres");
        await using var server = await PostgresCluster.StartOwnAsync(directory);
        var fixture = await SinkFixture.CreateAsync(kafka, server);
        using var writer = fixture.NewWriter(seed);
        writer.Write(200);
        await using var sink = fixture.Start();
        await sink.ReadyAsync();
        await fixture.AssertExactAsync($"seed {seed}, before");

        await server.StopAsync();
        writer.Write(500);
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.True(sink.Host.Lag.BehindMs > 1_000, $"lag is not told: {sink.Host.Lag}");
        await server.StartAsync(CancellationToken.None);
        await fixture.AssertExactAsync($"seed {seed}, after a stop");

        for (var crash = 0; crash < 3; crash++)
        {
            var writing = Task.Run(() => writer.Write(800));
            await Task.Delay(150);
            await CrashAsync(server);
            await writing;
            await RestartAsync(server);
        }
        await fixture.AssertExactAsync($"seed {seed}, after crashes");
        output.WriteLine($"{sink.Host.Figures.Counts}");
        var line = fixture.Log.All.First(l => l.Contains("tried to write", StringComparison.Ordinal));
        output.WriteLine(line);
        foreach (var part in new[] { $"127.0.0.1:{server.Port}", "Check that", "Next attempt in" })
            Assert.Contains(part, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task Commits_that_Postgres_lost_are_written_again_although_no_record_follows()
    {
        string[] tables = ["event", "execution", "event_rejected", "sink_offset"];
        var seed = TestSeed.Next(output);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed);
        writer.Write(300);
        await using var sink = fixture.Start();
        await sink.ReadyAsync();
        await fixture.AssertExactAsync($"seed {seed}, before");
        foreach (var table in tables)
            await fixture.Database.RunAsync($"create table kept_{table} as select * from {table}");
        writer.Write(300);
        await fixture.AssertExactAsync($"seed {seed}, followed");

        await fixture.Database.RunAsync("begin; "
            + string.Concat(tables.Select(t => $"delete from {t}; insert into {t} select * from kept_{t}; "))
            + "commit");
        await fixture.AssertExactAsync($"seed {seed}, after the loss");
        Assert.Contains(fixture.Log.All, l => l.Contains("lost its last commits", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task Sinks_that_come_and_go_share_the_partitions_and_never_write_twice()
    {
        var seed = TestSeed.Next(output);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed);
        await using var first = fixture.Start();
        await first.ReadyAsync();
        using var enough = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; await Task.Delay(20)) writer.Write(20);
        });
        long second = 0;
        for (var round = 0; round < 2; round++)
        {
            var other = fixture.Start();
            await using (other)
            {
                await other.ReadyAsync();
                for (var clock = Stopwatch.StartNew(); clock.Elapsed < Limit; await Task.Delay(20))
                    if (other.Host.Figures.Counts.Written > 50) break;
            }
            var written = other.Host.Figures.Counts.Written;
            Assert.True(written > 50, $"seed {seed}: the sink of round {round} wrote {written} events only");
            second += written;
        }
        await enough.CancelAsync();
        await writing;
        await fixture.AssertExactAsync($"seed {seed}");
        output.WriteLine($"first {first.Host.Figures.Counts}, others wrote {second}");
        Assert.Equal(await fixture.Database.CountAsync("event"), first.Host.Figures.Counts.Written + second);
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_topic_made_anew_is_refused_with_what_to_do()
    {
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(1, clean: true);
        writer.Write(5);
        await SinkSchema.CreateAsync(fixture.Options.Postgres, CancellationToken.None);
        await fixture.Database.RunAsync($"insert into sink_offset values ('{fixture.Topic}', 0, 1000000, 5)");
        using var stop = new CancellationTokenSource();
        using var serdes = KafkaFlow.Serdes.RecordSerdes.Local();
        using var host = new PostgresSinkHost(fixture.Options, serdes, fixture.Log);
        var error = await Assert.ThrowsAsync<SinkException>(() => host.RunAsync(stop.Token).WaitAsync(Limit));
        Assert.Contains($"{fixture.Topic}-0", error.Message, StringComparison.Ordinal);
        Assert.Contains("1000000", error.Message, StringComparison.Ordinal);
        Assert.Contains("delete the row of sink_offset", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await fixture.Database.CountAsync("event"));
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_schema_that_cannot_be_had_stops_the_sink_until_it_can_and_loses_nothing()
    {
        var seed = TestSeed.Next(output);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed, clean: true);
        writer.Write(20);
        var registry = new SerdesWithOutage(failures: 3);
        await using var sink = fixture.Start(serdes: registry);
        await sink.ReadyAsync();
        await fixture.AssertExactAsync($"seed {seed}");
        Assert.Equal(3, sink.Host.Figures.Counts.Retries);
        Assert.Equal(0, sink.Host.Figures.Counts.Rejected);
        Assert.Contains(fixture.Log.All, l => l.Contains(SerdesWithOutage.Reason, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_single_event_is_in_the_table_long_before_the_objective()
    {
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(2, clean: true);
        await using var sink = fixture.Start();
        await sink.ReadyAsync();
        for (var i = 0; i < 20; i++)
        {
            var before = sink.Host.Figures.Counts.Written;
            writer.Write(1);
            for (var clock = Stopwatch.StartNew(); sink.Host.Figures.Counts.Written == before; await Task.Delay(1))
                Assert.True(clock.Elapsed < Limit, "the event does not arrive");
        }
        output.WriteLine($"{sink.Host.Lag}");
        Assert.True(sink.Host.Lag.P50Ms < fixture.Options.Objective.TotalMilliseconds / 2, $"{sink.Host.Lag}");
    }

    [Fact]
    [Trait("tier", "long")]
    public async Task A_backlog_of_thousands_of_decisions_is_written_exactly()
    {
        var seed = TestSeed.Next(output);
        var fixture = await SinkFixture.CreateAsync(kafka, await postgres.ServerAsync());
        using var writer = fixture.NewWriter(seed, clean: true);
        writer.Write(40_000);
        var clock = Stopwatch.StartNew();
        await using var sink = fixture.Start();
        await sink.ReadyAsync();
        while (sink.Host.Figures.Counts.Written == 0 || sink.Host.Lag.RecordsBehind > 0)
        {
            Assert.True(clock.Elapsed < Limit * 3, $"seed {seed}: {sink.Host.Lag}");
            await Task.Delay(10);
        }
        var counts = sink.Host.Figures.Counts;
        output.WriteLine($"{counts.Written / clock.Elapsed.TotalSeconds:0} events/s, {counts}");
        await fixture.AssertExactAsync($"seed {seed}");
    }

    /// <summary>kill -9 of the whole server: what was not yet on disk is gone.</summary>
    private static async Task CrashAsync(PostgresServer server)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(server.DataDirectory, "postmaster.pid"));
        using var postmaster = Process.GetProcessById(int.Parse(lines[0], CultureInfo.InvariantCulture));
        postmaster.Kill();
        await server.StopAsync();
    }

    /// <summary>The crashed server's backends notice it one by one and hold its memory until then.</summary>
    private static async Task RestartAsync(PostgresServer server)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                await server.StartAsync(CancellationToken.None);
                return;
            }
            catch (LocalServerException e) when (clock.Elapsed < Limit)
            {
                Assert.Contains("still in use", e.Message, StringComparison.Ordinal);
                await server.StopAsync();
            }
        }
    }
}
