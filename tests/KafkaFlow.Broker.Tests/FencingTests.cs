using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Tests;

/// <summary>A producer that was replaced can do nothing any more, and nothing of its open transaction is ever read.
/// </summary>
[Trait("tier", "fast")]
public sealed class FencingTests
{
    private const string Topic = "fenced";

    [Fact]
    public async Task The_open_data_and_offsets_of_a_replaced_producer_are_aborted_and_it_is_refused_everywhere()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 2);
        var zombie = new TransactionalClient(wire, "id");
        await zombie.InitAsync();
        Assert.Equal(ErrorCode.None, await zombie.AddAsync(Topic, 0, 1));
        Assert.Equal(ErrorCode.None, await zombie.ProduceAsync(Topic, "zombie"));
        Assert.Equal(ErrorCode.None, await zombie.ProduceAsync(Topic, "zombie", 1));
        Assert.Equal(ErrorCode.None, await zombie.AddOffsetsAsync("group"));
        Assert.Equal(ErrorCode.None, await zombie.CommitOffsetAsync("group", Topic, 77));

        var heir = new TransactionalClient(wire, "id");
        Assert.Equal(ErrorCode.None, await heir.InitAsync());
        Assert.Equal(zombie.ProducerId, heir.ProducerId);
        Assert.Equal(zombie.Epoch + 2, heir.Epoch);

        Assert.Equal(ErrorCode.InvalidProducerEpoch, await zombie.ProduceAsync(Topic, "late"));
        Assert.Equal(ErrorCode.ProducerFenced, await zombie.AddAsync(Topic, 0));
        Assert.Equal(ErrorCode.ProducerFenced, await zombie.AddOffsetsAsync("group"));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await zombie.CommitOffsetAsync("group", Topic, 78));
        Assert.Equal(ErrorCode.ProducerFenced, await zombie.EndAsync(commits: true));
        Assert.Equal(ErrorCode.ProducerFenced, await zombie.EndAsync(commits: false));
        Assert.Equal(ErrorCode.ProducerFenced, await zombie.InitAsync(recovers: true));

        Assert.Equal(ErrorCode.None, await heir.AddAsync(Topic, 0));
        Assert.Equal(ErrorCode.None, await heir.ProduceAsync(Topic, "heir"));
        Assert.Equal(ErrorCode.None, await heir.EndAsync(commits: true));
        Assert.Equal(["heir"], (await wire.ReadAsync(Topic, committed: true)).Select(r => r.Value));
        Assert.Empty(await wire.ReadAsync(Topic, committed: true, 1));
        Assert.Equal(["zombie", "heir"], (await wire.ReadAsync(Topic, committed: false)).Select(r => r.Value));
        Assert.Equal((-1L, ErrorCode.None), await TransactionalClient.OffsetAsync(wire, "group", Topic, requireStable: true));
    }

    [Fact]
    public async Task Offsets_in_a_transaction_are_unstable_until_it_ends_and_count_only_if_it_commits()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        var producer = new TransactionalClient(wire, "id");
        await producer.InitAsync();
        foreach (var (commits, offset, expected) in new[] { (true, 5L, 5L), (false, 9L, 5L), (true, 11L, 11L) })
        {
            var before = (await TransactionalClient.OffsetAsync(wire, "group", Topic, false)).Offset;
            Assert.Equal(ErrorCode.InvalidTxnState, await producer.CommitOffsetAsync("group", Topic, offset));
            await producer.AddOffsetsAsync("group");
            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("group", Topic, offset));
            Assert.Equal((before, ErrorCode.None), await TransactionalClient.OffsetAsync(wire, "group", Topic, false));
            Assert.Equal((-1L, ErrorCode.UnstableOffsetCommit), await TransactionalClient.OffsetAsync(wire, "group", Topic, true));
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commits));
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commits));
            Assert.Equal(ErrorCode.InvalidTxnState, await producer.EndAsync(!commits));
            Assert.Equal((expected, ErrorCode.None), await TransactionalClient.OffsetAsync(wire, "group", Topic, true));
        }
    }

    [Fact]
    public async Task Committed_reads_end_at_the_first_open_transaction_and_go_on_when_it_ends()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        using var reader = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        var (one, two) = (new TransactionalClient(wire, "one"), new TransactionalClient(wire, "two"));
        foreach (var producer in new[] { one, two })
        {
            await producer.InitAsync();
            await producer.AddAsync(Topic, 0);
        }
        await one.ProduceAsync(Topic, "a");
        await two.ProduceAsync(Topic, "b");
        await wire.ProduceAsync(Topic, Requests.Batch("plain"));
        await two.EndAsync(commits: true);
        var held = await reader.FetchAsync(Topic, 0, committed: true);
        Assert.Equal((0L, 4L, 0), (held.LastStableOffset, held.HighWatermark, held.Records!.Length));

        var waiting = reader.FetchAsync(Topic, 0, committed: true, waitMs: 20_000);
        await one.EndAsync(commits: false);
        var freed = await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(5, freed.LastStableOffset);
        Assert.Equal(one.ProducerId, Assert.Single(freed.AbortedTransactions!).ProducerId);
        Assert.Equal(["b", "plain"], (await reader.ReadAsync(Topic, committed: true)).Select(r => r.Value));
    }

    [Fact]
    public async Task A_transaction_past_its_time_is_aborted_and_its_producer_fenced()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        var slow = new TransactionalClient(wire, "slow");
        await slow.InitAsync(timeoutMs: 5_000);
        await slow.AddAsync(Topic, 0);
        await slow.ProduceAsync(Topic, "slow");
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(ErrorCode.None, await slow.ProduceAsync(Topic, "in time"));
        clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await slow.ProduceAsync(Topic, "late"));
        Assert.Equal(ErrorCode.ProducerFenced, await slow.EndAsync(commits: true));
        Assert.Empty(await wire.ReadAsync(Topic, committed: true));
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, await slow.InitAsync(timeoutMs: 900_001));
    }

    [Fact]
    public async Task Data_outside_of_a_transaction_is_refused()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 2);
        var producer = new TransactionalClient(wire, "id");
        await producer.InitAsync();
        Assert.Equal(ErrorCode.TransactionAbortable, await producer.ProduceAsync(Topic, "never begun"));
        Assert.Equal(ErrorCode.OperationNotAttempted, await producer.AddAsync(Topic, 0, 7));
        Assert.Equal(ErrorCode.None, await producer.AddAsync(Topic, 0));
        Assert.Equal(ErrorCode.TransactionAbortable, await producer.ProduceAsync(Topic, "partition not added", 1));
        Assert.Equal(ErrorCode.None, await producer.ProduceAsync(Topic, "fine"));
        var plain = Requests.Batch("plain").From(producer.ProducerId, producer.Epoch, 1, transactional: false);
        Assert.Equal((short)ErrorCode.InvalidTxnState, (await wire.ProduceAsync(Topic, plain, version: 10)).ErrorCode);
        var stray = new TransactionalClient(wire, "unknown");
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await stray.EndAsync(commits: true));
    }

    [Fact]
    public async Task A_producer_may_ask_again_for_a_raise_of_its_epoch_and_gets_a_new_id_when_epochs_are_used_up()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        var producer = new TransactionalClient(wire, "id");
        var copy = new TransactionalClient(wire, "id");
        await producer.InitAsync();
        await copy.InitAsync();
        await producer.InitAsync();
        await copy.InitAsync();
        var (id, epoch) = (copy.ProducerId, copy.Epoch);
        Assert.Equal(ErrorCode.None, await copy.InitAsync(recovers: true));
        Assert.Equal(epoch + 1, copy.Epoch);
        Assert.Equal(ErrorCode.ProducerFenced, await producer.InitAsync(recovers: true));
        broker.Core.Transactions.Find("id")!.Epoch = short.MaxValue - 1;
        Assert.Equal(ErrorCode.None, await producer.InitAsync());
        Assert.NotEqual(id, producer.ProducerId);
        Assert.Equal(0, producer.Epoch);
    }

    [Fact]
    public async Task A_transactional_id_silent_for_a_week_is_forgotten_for_good_and_an_open_one_is_not()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        var memory = new MemoryFiles();
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock, Memory = memory }))
        {
            using var wire = new WireClient(broker.Bootstrap);
            await wire.CreateAsync(Topic);
            var (old, young) = (new TransactionalClient(wire, "old"), new TransactionalClient(wire, "young"));
            await old.InitAsync();
            await old.AddAsync(Topic, 0);
            await old.EndAsync(commits: true);
            clock.Advance(TimeSpan.FromDays(6));
            await young.InitAsync();
            broker.Clean();
            Assert.NotNull(broker.Core.Transactions.Find("old"));
            clock.Advance(TimeSpan.FromDays(1.1));
            broker.Clean();
            Assert.Null(broker.Core.Transactions.Find("old"));
            Assert.NotNull(broker.Core.Transactions.Find("young"));
            Assert.Equal(ErrorCode.InvalidProducerIdMapping, await old.AddAsync(Topic, 0));
        }
        await using var next = await EmbeddedBroker.StartAsync(new() { Clock = clock, Memory = memory });
        using var later = new WireClient(next.Bootstrap);
        Assert.Null(next.Core.Transactions.Find("old"));
        Assert.NotNull(next.Core.Transactions.Find("young"));
        var again = new TransactionalClient(later, "old");
        Assert.Equal(ErrorCode.None, await again.InitAsync());
        Assert.Equal(0, again.Epoch);
    }
}
