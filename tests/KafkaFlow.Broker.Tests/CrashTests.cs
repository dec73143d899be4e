using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Tests;

/// <summary>A broker that stops writing at any point of a transaction, and the next one on the same data: transactions are
/// all or nothing over partitions and offsets.</summary>
[Trait("tier", "fast")]
public sealed class CrashTests(ITestOutputHelper output)
{
    private const string Topic = "crash";
    private const int Partitions = 3;

    public static TheoryData<string, bool> Points()
    {
        var data = new TheoryData<string, bool>();
        foreach (var point in BrokerFaults.CrashPoints.Where(p => p.StartsWith("txn", StringComparison.Ordinal) ||
                     p.StartsWith("produce", StringComparison.Ordinal) || p.StartsWith("offsets", StringComparison.Ordinal)))
        {
            data.Add(point, true);
            data.Add(point, false);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_transaction_cut_by_a_crash_is_all_or_nothing(string point, bool commits)
    {
        var memory = new MemoryFiles();
        await Run(memory, new(), commits, "first");
        for (var passing = 1; passing <= 5; passing++)
        {
            var value = $"{point}/{passing}";
            var before = await StateAsync(memory);
            var faults = new BrokerFaults();
            faults.CrashAt(point, passing);
            var isAcknowledged = await Run(memory, faults, commits, value);
            var after = await StateAsync(memory);
            var copies = after.Values.Count(v => v == value);
            output.WriteLine($"{value}: crashed at {faults.CrashedAt ?? "no point"}, acknowledged {isAcknowledged}, {copies} copies");
            Assert.True(copies is 0 or Partitions, $"{copies} of {Partitions} partitions have {value}");
            Assert.Equal(copies == Partitions ? before.Offset + 1 : before.Offset, after.Offset);
            if (isAcknowledged) Assert.Equal(commits ? Partitions : 0, copies);
            if (!commits) Assert.Equal(0, copies);
            if (faults.CrashedAt is null) break;
            Assert.InRange(passing, 1, 4);
        }
    }

    /// <returns>Whether the end of the transaction was answered.</returns>
    private static async Task<bool> Run(MemoryFiles memory, BrokerFaults faults, bool commits, string value)
    {
        var isReady = false;
        await using var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Faults = faults });
        try
        {
            using var wire = new WireClient(broker.Bootstrap);
            await wire.CreateAsync(Topic, Partitions);
            var producer = new TransactionalClient(wire, "id");
            await producer.InitAsync();
            await producer.AddAsync(Topic, 0, 1, 2);
            for (var partition = 0; partition < Partitions; partition++)
                Assert.Equal(ErrorCode.None, await producer.ProduceAsync(Topic, value, partition));
            await producer.AddOffsetsAsync("group");
            var committed = (await TransactionalClient.OffsetAsync(wire, "group", Topic, false)).Offset;
            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("group", Topic, Math.Max(0, committed) + 1));
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commits));
            isReady = true;
        }
        catch (Exception cut) when (cut is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            Assert.NotNull(faults.CrashedAt);
        }
        return isReady;
    }

    private static async Task<(List<string?> Values, long Offset)> StateAsync(MemoryFiles memory)
    {
        await using var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory });
        using var wire = new WireClient(broker.Bootstrap);
        // The next producer of the id ends what the crash has left open.
        await new TransactionalClient(wire, "id").InitAsync();
        var values = new List<string?>();
        for (var partition = 0; partition < Partitions; partition++)
            values.AddRange((await wire.ReadAsync(Topic, committed: true, partition)).Select(r => r.Value));
        var (offset, error) = await TransactionalClient.OffsetAsync(wire, "group", Topic, requireStable: true);
        Assert.Equal(ErrorCode.None, error);
        return (values, Math.Max(0, offset));
    }
}
