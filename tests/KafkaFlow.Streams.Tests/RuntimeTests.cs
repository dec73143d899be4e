using System.Text;
using Confluent.Kafka;
using KafkaFlow.Testing;

namespace KafkaFlow.Streams.Tests;

[Trait("needs", "kafka")]
public sealed class RuntimeTests(KafkaCluster cluster, ITestOutputHelper output)
{
    private const int Partitions = 2;

    [Fact]
    public async Task State_survives_a_restart_and_a_lost_disk_and_checkpointed_outputs_are_not_repeated()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("restart");
        using var producer = topics.Producer();
        for (var round = 0; round < 4; round++)
        {
            if (round == 2) Directory.Delete(directory.PathOf("state"), recursive: true);
            using var running = Start(topics, directory.PathOf("state"), ordinal: "one");
            running.WaitRunning(Partitions);
            for (var i = 0; i < 500; i++) topics.Send(producer, $"key{i % 7}", "1");
            producer.Flush(StreamTopics.Patience);
            running.Wait(r => r.Metrics.Records == 500, "500 records processed");
        }
        output.WriteLine(LogCheck.EachInputCountedOnce(topics));
        var outputs = 0;
        topics.Read(topics.Outputs, _ => outputs++);
        Assert.Equal(2000, outputs);
    }

    [Fact]
    public async Task A_disk_older_than_the_last_checkpoint_is_rolled_forward_from_the_facts()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("older");
        using var producer = topics.Producer();
        Count(topics, producer, directory.PathOf("state"), 300);
        Copy(directory.PathOf("state"), directory.PathOf("old"));
        Count(topics, producer, directory.PathOf("state"), 300);
        Count(topics, producer, directory.PathOf("old"), 300);
        output.WriteLine(LogCheck.EachInputCountedOnce(topics));
    }

    [Fact]
    public async Task A_disk_of_another_log_is_not_used()
    {
        using var directory = TestEnvironment.NewDirectory("foreign");
        for (var log = 0; log < 2; log++)
        {
            var topics = await TopicsAsync();
            using var producer = topics.Producer();
            Count(topics, producer, directory.PathOf("elsewhere"), 50 + 100 * log);
            Count(topics, producer, directory.PathOf("state"), 200);
            LogCheck.EachInputCountedOnce(topics);
        }
    }

    [Fact]
    public async Task A_frozen_owner_that_wakes_up_writes_only_void_facts()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("zombie");
        using var producer = topics.Producer();
        for (var i = 0; i < 6_000; i++) topics.Send(producer, $"key{i % 20}", "1");
        producer.Flush(StreamTopics.Patience);
        // Slow, so that it freezes with records fetched and not processed.
        using var zombie = StreamChild.Start(
            topics, directory.PathOf("zombie"), "zombie", version: 1, directory.PathOf("log"), pauseMs: 3);
        await WaitAsync(() => CountRecords(topics, topics.Outputs) > 200, "the first owner works");
        zombie.Stop();
        using var heir = Start(topics, directory.PathOf("heir"), ordinal: "heir");
        heir.WaitRunning(Partitions);
        heir.Wait(r => r.Status.Partitions.All(p => p.Lag == 0), "no lag");
        zombie.Continue();
        await WaitAsync(() => HasEndedItsTerms(File.ReadAllText(directory.PathOf("log"))), "the zombie ends its terms");
        zombie.Kill();
        heir.WaitRunning(Partitions);
        heir.Wait(r => r.Status.Partitions.All(p => p.Lag == 0), "no lag");
        topics.Accepted(out var voidFacts);
        output.WriteLine($"{voidFacts} void facts");
        Assert.True(voidFacts > 0, "the zombie wrote nothing: the test proves nothing");
        LogCheck.EachInputCountedOnce(topics);
    }

    [Fact]
    public async Task Timers_survive_a_restart_and_fire_once_each()
    {
        const int timers = 200;
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("timers");
        using var producer = topics.Producer();
        using (var first = Start(topics, directory.PathOf("state"), "one"))
        {
            first.WaitRunning(Partitions);
            for (var i = 0; i < timers; i++) topics.Send(producer, $"key{i}", "timer 1500");
            producer.Flush(StreamTopics.Patience);
            first.Wait(r => r.Metrics.Records == timers, "timers armed");
        }
        using (var second = Start(topics, directory.PathOf("state"), "one"))
            second.Wait(r => r.Metrics.Facts == timers, "timers fired");
        var accepted = topics.Accepted(out _).SelectMany(p => p).SelectMany(d => d).ToList();
        Assert.Equal(timers, accepted.Count(f => f.Kind == "armed"));
        Assert.Equal(timers, accepted.Where(f => f.Kind == "fired").Select(f => f.Key).Distinct().Count());
        Assert.Equal(2 * timers, accepted.Count);
        topics.Read(topics.Input, r =>
        {
            var text = Encoding.UTF8.GetString(r.Message.Value!);
            if (text.StartsWith("fired ", StringComparison.Ordinal))
                Assert.InRange(r.Message.Timestamp.UnixTimestampMs + 1, long.Parse(text[6..], null), long.MaxValue);
        });
    }

    [Fact]
    public async Task A_record_on_the_wrong_partition_is_forwarded_and_counted_once_though_forwarded_again()
    {
        const int strays = 100;
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("stray");
        using var producer = topics.Producer();
        for (var i = 0; i < strays; i++)
        {
            var wrong = 1 - Forwarding.PartitionOf($"key{i % 5}", Partitions);
            producer.Produce(new TopicPartition(topics.Input, wrong), StreamTopics.Message($"key{i % 5}", "1"));
        }
        producer.Flush(StreamTopics.Patience);
        using (var first = Start(topics, directory.PathOf("first"), "first"))
            first.Wait(r => r.Metrics.Facts == strays, "strays counted");

        // A repetition of every forwarded record, as a crashed forwarder leaves it.
        var forwarded = new List<ConsumeResult<byte[]?, byte[]?>>();
        topics.Read(topics.Input, r =>
        {
            if (r.Message.Headers is { Count: > 0 } h && h.TryGetLastBytes(Origin.Header, out _)) forwarded.Add(r);
        });
        Assert.Equal(strays, forwarded.Count);
        foreach (var r in forwarded)
        {
            var (key, value, headers) = (r.Message.Key, r.Message.Value, r.Message.Headers);
            producer.Produce(r.TopicPartition, new() { Key = key, Value = value, Headers = headers });
        }
        producer.Flush(StreamTopics.Patience);
        using (var second = Start(topics, directory.PathOf("second"), "second"))
        {
            second.WaitRunning(Partitions);
            second.Wait(r => r.Status.Partitions.All(p => p.Lag == 0), "no lag");
        }
        var accepted = topics.Accepted(out _).SelectMany(p => p).ToList();
        Assert.Equal(strays, accepted.Count);
        Assert.Equal(strays / 5, accepted.Where(d => d[0].Key == "key0").Max(d => d[0].Sum));
    }

    [Fact]
    public async Task An_aborted_transaction_starts_nothing_and_an_open_one_is_named()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("aborted");
        using var running = Start(topics, directory.PathOf("state"), "one");
        running.WaitRunning(Partitions);
        using var user = topics.Producer($"{topics.Prefix}-user");
        user.InitTransactions(StreamTopics.Patience);
        user.BeginTransaction();
        topics.Send(user, "key1", "5");
        user.Flush(StreamTopics.Patience);
        using var other = topics.Producer();
        topics.Send(other, "key1", "7");
        running.Wait(
            r => r.Status.Partitions.Any(p => IsHeld(p)), "the open transaction is named");
        Assert.Equal(0, running.Runtime.Metrics.Records);
        user.AbortTransaction(StreamTopics.Patience);
        running.Wait(r => r.Metrics.Facts == 1, "the record behind it");
        Assert.Equal(7, Assert.Single(topics.Accepted(out _).SelectMany(p => p))[0].Sum);
    }

    [Fact]
    public async Task A_processor_that_throws_ends_the_run_is_told_and_the_record_is_tried_again()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("throws");
        using var producer = topics.Producer();
        using var running = Start(topics, directory.PathOf("state"), "one");
        running.WaitRunning(Partitions);
        topics.Send(producer, "key1", "3");
        topics.Send(producer, "key1", "no number");
        running.Wait(r => r.Metrics.Failures >= 2, "two failures");
        Assert.Contains("no number", running.Runtime.Status.LastFailure, StringComparison.Ordinal);
        Assert.Single(topics.Accepted(out _).SelectMany(p => p));
    }

    [Fact]
    public async Task An_output_to_a_topic_outside_the_topology_is_refused()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("outside");
        using var producer = topics.Producer();
        using var running = new RunningStreams(
            topics.Options(directory.PathOf("state")), topics.Topology,
            new CountingFactory(new($"{topics.Prefix}.other")));
        topics.Send(producer, "key1", "3");
        running.Wait(r => r.Metrics.Failures > 0, "a failure");
        var told = running.Runtime.Status.LastFailure;
        Assert.Contains($"{topics.Prefix}.other, which is no sink", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_instances_never_share_a_state_directory()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("shared");
        using var running = Start(topics, directory.PathOf("state"), null);
        running.WaitRunning(Partitions);
        using var second = Start(topics, directory.PathOf("state"), null);
        var refused = Assert.IsType<StreamsException>(second.WaitEnd());
        Assert.Contains("in use by another instance", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("tier", "ci")]
    public async Task Of_two_instances_with_one_ordinal_one_ends_and_the_other_goes_on()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("twins");
        using var older = Start(topics, directory.PathOf("older"), "twin");
        older.WaitRunning(Partitions);
        using var younger = Start(topics, directory.PathOf("younger"), "twin");
        await WaitAsync(() => older.Failure is not null || younger.Failure is not null, "one of them ends");
        var (ended, other) = older.Failure is null ? (younger, older) : (older, younger);
        Assert.True(Assert.IsType<StreamsException>(ended.Failure).IsFinal);
        other.WaitRunning(Partitions);
    }

    [Fact]
    public async Task Input_made_anew_under_an_old_changelog_is_refused()
    {
        var topics = await TopicsAsync();
        using var directory = TestEnvironment.NewDirectory("anew");
        using (var producer = topics.Producer()) Count(topics, producer, directory.PathOf("state"), 50);
        await topics.RecreateInputAsync();
        using var running = Start(topics, directory.PathOf("state"), "one");
        var refused = Assert.IsType<StreamsException>(running.WaitEnd());
        Assert.Contains("made anew", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("tier", "ci")]
    public async Task A_broker_that_is_killed_and_stays_away_for_a_while_loses_nothing()
    {
        using var directory = TestEnvironment.NewDirectory("broker");
        var cancel = TestContext.Current.CancellationToken;
        await using var server = await PrivateBroker.StartAsync(directory.PathOf("kafka"));
        var topics = new StreamTopics(server.Bootstrap, KafkaCluster.NewPrefix(), Partitions);
        await topics.CreateAsync();
        using var producer = topics.Producer();
        using (var running = Start(topics, directory.PathOf("state"), "one"))
        {
            running.WaitRunning(Partitions);
            for (var i = 0; i < 3_000; i++) topics.Send(producer, $"key{i % 7}", "1");
            await server.KillAsync();
            for (var i = 0; i < 500; i++) topics.Send(producer, $"key{i % 7}", "1");
            await Task.Delay(TimeSpan.FromSeconds(15), cancel);
            await server.StartAsync();
            producer.Flush(StreamTopics.Patience);
            running.WaitRunning(Partitions);
            // Not by the lag: just after the broker's return that is against the end offset of before.
            var sent = 0;
            topics.Read(topics.Input, _ => sent++);
            running.Wait(r => r.Status.Partitions.Sum(p => p.Position) >= sent, $"{sent} records processed");
        }
        output.WriteLine(LogCheck.EachInputCountedOnce(topics));
    }

    private async Task<StreamTopics> TopicsAsync()
    {
        var topics = new StreamTopics(await cluster.BootstrapAsync(), KafkaCluster.NewPrefix(), Partitions);
        await topics.CreateAsync();
        return topics;
    }

    private static RunningStreams Start(StreamTopics topics, string state, string? ordinal) =>
        new(topics.Options(state, ordinal), topics.Topology, new CountingFactory(new(topics.Outputs)));

    private static void Count(StreamTopics topics, IProducer<byte[]?, byte[]?> producer, string state, int records)
    {
        using var running = Start(topics, state, "one");
        running.WaitRunning(topics.Partitions);
        for (var i = 0; i < records; i++) topics.Send(producer, $"key{i % 7}", "1");
        producer.Flush(StreamTopics.Patience);
        running.Wait(r => r.Metrics.Records == records, "records processed");
    }

    private static bool IsHeld(PartitionStatus partition) =>
        partition.WaitsFor?.StartsWith("an open transaction", StringComparison.Ordinal) == true;

    private static bool HasEndedItsTerms(string log) =>
        log.Contains("given up", StringComparison.Ordinal) || log.Contains("starts over", StringComparison.Ordinal);

    private static int CountRecords(StreamTopics topics, string topic)
    {
        var count = 0;
        topics.Read(topic, _ => count++);
        return count;
    }

    private static async Task WaitAsync(Func<bool> until, string what)
    {
        for (var waited = TimeSpan.Zero; !until(); waited += TimeSpan.FromMilliseconds(100))
        {
            if (waited > StreamTopics.Patience)
                throw new TimeoutException($"{what}: not within {StreamTopics.Patience}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
