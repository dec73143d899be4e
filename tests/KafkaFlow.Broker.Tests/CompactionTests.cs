using KafkaFlow.Broker.Storage;
using KafkaFlow.Testing;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Tests;

/// <summary>Compaction against a dictionary: whatever is written, in transactions or not, a reader of the compacted log ends
/// with the same map as a reader of all of it.</summary>
[Trait("tier", "fast")]
public sealed class CompactionTests(ITestOutputHelper output)
{
    private const string Topic = "compact";

    [Fact]
    public async Task A_reader_of_the_compacted_log_ends_with_the_same_map_through_restarts_and_crashes()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var memory = new MemoryFiles();
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        var oracle = new Dictionary<string, string>();
        var (crashes, shrunk) = (0, 0);
        for (var round = 0; round < 30; round++)
        {
            var faults = new BrokerFaults();
            await using var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Clock = clock, Faults = faults });
            using var wire = new WireClient(broker.Bootstrap);
            await wire.CreateAsync(Topic, 1, ("cleanup.policy", "compact"), ("segment.bytes", "600"), ("min.cleanable.dirty.ratio", "0.01"),
                ("delete.retention.ms", "60000"), ("message.timestamp.after.max.ms", "9223372036854775807"));
            await WriteAsync(wire, random, oracle, round);
            var before = memory.Sizes().Where(f => f.Key.StartsWith(Topic, StringComparison.Ordinal)).Sum(f => f.Value);
            var end = (await wire.FetchAsync(Topic, 0)).HighWatermark;
            if (random.Next(3) == 0) faults.CrashAt(random.Next(2) == 0 ? "clean-before-swap" : "clean-swapped", random.Next(1, 4));
            try
            {
                broker.Clean();
                var after = memory.Sizes().Where(f => f.Key.StartsWith(Topic, StringComparison.Ordinal)).Sum(f => f.Value);
                if (after < before) shrunk++;
                Assert.True(Text(oracle) == Text(await MapAsync(wire)), $"seed {seed}, round {round}");
                Assert.Equal(end, (await wire.FetchAsync(Topic, 0)).HighWatermark);
                Assert.Equal(0, (await wire.FetchAsync(Topic, 0)).LogStartOffset);
                clock.Advance(TimeSpan.FromSeconds(random.Next(0, 90)));
                broker.Clean();
            }
            catch (BrokerCrashedException)
            {
                crashes++;
                continue;
            }
            Assert.True(Text(oracle) == Text(await MapAsync(wire)), $"seed {seed}, round {round}, later");
        }
        output.WriteLine($"seed {seed}: {oracle.Count} keys, {shrunk} passes shrank the log, {crashes} crashes");
        Assert.True(shrunk > 5 && crashes > 0, $"seed {seed}: {shrunk} shrank, {crashes} crashes: too few to prove anything");
    }

    [Fact]
    public async Task Tombstones_and_markers_stay_for_their_retention_and_then_go()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 1, ("cleanup.policy", "compact"), ("segment.bytes", "100"), ("min.cleanable.dirty.ratio", "0.001"),
            ("delete.retention.ms", "60000"));
        var producer = new TransactionalClient(wire, "id");
        await producer.InitAsync();
        await producer.AddAsync(Topic, 0);
        await producer.ProduceAsync(Topic, "aborted", key: "a");
        await producer.EndAsync(commits: false);
        await wire.ProduceAsync(Topic, Requests.Keyed("b", "1"));
        await wire.ProduceAsync(Topic, Requests.Keyed("b", null));
        async Task PassAsync()
        {
            for (var i = 0; i < 2; i++) await wire.ProduceAsync(Topic, Requests.Keyed($"filler", $"{i}"));
            broker.Clean();
        }
        await PassAsync();
        Assert.Equal(["b", "filler", "filler"], (await wire.ReadAsync(Topic, false)).Select(r => r.Key));
        clock.Advance(TimeSpan.FromSeconds(30));
        await PassAsync();
        Assert.Contains("b", (await wire.ReadAsync(Topic, false)).Select(r => r.Key));
        clock.Advance(TimeSpan.FromSeconds(31));
        await PassAsync();
        Assert.DoesNotContain("b", (await wire.ReadAsync(Topic, false)).Select(r => r.Key));

        // The id goes on: what it commits after its aborted data and marker were cleaned is read.
        await producer.AddAsync(Topic, 0);
        await producer.ProduceAsync(Topic, "committed", key: "c");
        await producer.EndAsync(commits: true);
        Assert.Contains("committed", (await wire.ReadAsync(Topic, committed: true)).Select(r => r.Value));
    }

    [Fact]
    public async Task A_record_without_key_is_refused_by_name()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 1, ("cleanup.policy", "compact"));
        var batch = Requests.Keyed("k", "v").Add(1, null, [1]).Add(1, [2], [3]).Add(1, null, [4]);
        var answer = await wire.ProduceAsync(Topic, batch);
        Assert.Equal((short)ErrorCode.InvalidRecord, answer.ErrorCode);
        Assert.Equal([1, 3], answer.RecordErrors.Select(e => e.BatchIndex));
    }

    private static async Task WriteAsync(WireClient wire, Random random, Dictionary<string, string> oracle, int round)
    {
        var producer = new TransactionalClient(wire, "writer");
        await producer.InitAsync();
        for (var i = random.Next(5, 25); i > 0; i--)
        {
            var staged = new Dictionary<string, string?>();
            var isTransaction = random.Next(2) == 0;
            var commits = random.Next(3) > 0;
            if (isTransaction) await producer.AddAsync(Topic, 0);
            for (var n = random.Next(1, 5); n > 0; n--)
            {
                var key = $"k{random.Next(12)}";
                var value = random.Next(4) == 0 ? null : $"{round}.{i}.{n}";
                if (isTransaction && value is not null) Assert.Equal(ErrorCode.None, await producer.ProduceAsync(Topic, value, 0, key));
                else if (!isTransaction) Assert.Equal((short)0, (await wire.ProduceAsync(Topic, Requests.Keyed(key, value))).ErrorCode);
                else continue;
                staged[key] = value;
            }
            if (isTransaction) await producer.EndAsync(commits);
            if (isTransaction && !commits) continue;
            foreach (var (key, value) in staged)
                if (value is null) oracle.Remove(key);
                else oracle[key] = value;
        }
    }

    private static string Text(Dictionary<string, string> map) => string.Join('\n', map.OrderBy(pair => pair.Key, StringComparer.Ordinal));

    private static async Task<Dictionary<string, string>> MapAsync(WireClient wire)
    {
        var map = new Dictionary<string, string>();
        foreach (var (_, key, value) in await wire.ReadAsync(Topic, committed: true))
            if (value is null) map.Remove(key!);
            else map[key!] = value;
        return map;
    }
}
