using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Storage;
using KafkaFlow.Testing;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>What a start makes of the files it finds.</summary>
[Trait("tier", "fast")]
public sealed class RecoveryTests
{
    private const string Topic = "torn";
    private const string LogFile = "torn-0/00000000000000000000.log";

    [Fact]
    public async Task A_tail_cut_at_any_byte_leaves_the_whole_batches_before_it_and_takes_new_ones()
    {
        var (lengths, total) = await LengthsAsync();
        for (var cut = 0L; cut < total; cut++)
        {
            var memory = await WrittenAsync();
            memory.Cut(LogFile, cut);
            await CheckAsync(memory, lengths.Count(end => end <= cut), $"cut at {cut}");
        }
    }

    [Fact]
    public async Task A_byte_turned_anywhere_ends_the_log_before_its_batch()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var (lengths, total) = await LengthsAsync();
        for (var position = 0L; position < total; position++)
        {
            var memory = await WrittenAsync();
            var batch = lengths.Count(end => end <= position);
            var inBatch = position - (batch == 0 ? 0 : lengths[batch - 1]);
            memory.Damage(LogFile, position, (byte)(1 << random.Next(8)));
            // The first bytes are outside of the checksum: the high base offset is kept in order, the epoch is not told.
            if (inBatch is < 8 or (>= 12 and < 16)) continue;
            await CheckAsync(memory, batch, $"seed {seed}, byte {position}");
        }
    }

    [Fact]
    public async Task A_clean_stop_and_a_kill_both_keep_everything_and_a_clean_one_reads_no_log()
    {
        var memory = await WrittenAsync();
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory }))
        {
            using var wire = new WireClient(broker.Bootstrap);
            Assert.Equal(5, (await wire.ReadAsync(Topic, committed: false)).Count);
        }
        Assert.Contains("torn-0/00000000000000000000.seal", memory.Sizes().Keys);
        await CheckAsync(memory, 5, "after a clean stop");
    }

    [Fact]
    public async Task A_producer_that_repeats_after_a_restart_gets_its_old_offset()
    {
        var memory = new MemoryFiles();
        for (var isClean = 0; isClean < 2; isClean++)
        {
            long offset;
            var faults = new BrokerFaults();
            await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Faults = faults }))
            {
                using var wire = new WireClient(broker.Bootstrap);
                await wire.CreateAsync(Topic);
                offset = (await wire.ProduceAsync(Topic, Requests.Batch("a").From(7 + isClean, 0, 0, false))).BaseOffset;
                await wire.ProduceAsync(Topic, Requests.Batch("b", "c").From(7 + isClean, 0, 1, false));
                if (isClean == 0) faults.CrashNow();
            }
            await using var next = await EmbeddedBroker.StartAsync(new() { Memory = memory });
            using var again = new WireClient(next.Bootstrap);
            var answer = await again.ProduceAsync(Topic, Requests.Batch("a").From(7 + isClean, 0, 0, false));
            Assert.Equal((short)0, answer.ErrorCode);
            Assert.Equal(offset, answer.BaseOffset);
            Assert.Equal(offset + 1, (await again.ProduceAsync(Topic, Requests.Batch("b", "c").From(7 + isClean, 0, 1, false))).BaseOffset);
            Assert.Equal((short)ErrorCode.OutOfOrderSequenceNumber, (await again.ProduceAsync(Topic, Requests.Batch("x").From(7 + isClean, 0, 9, false))).ErrorCode);
            Assert.Equal((short)0, (await again.ProduceAsync(Topic, Requests.Batch("d").From(7 + isClean, 0, 3, false))).ErrorCode);
            Assert.Equal((short)ErrorCode.OutOfOrderSequenceNumber, (await again.ProduceAsync(Topic, Requests.Batch("x").From(7 + isClean, 1, 4, false))).ErrorCode);
            Assert.Equal((short)0, (await again.ProduceAsync(Topic, Requests.Batch("e").From(7 + isClean, 1, 0, false))).ErrorCode);
            Assert.Equal((short)ErrorCode.InvalidProducerEpoch, (await again.ProduceAsync(Topic, Requests.Batch("x").From(7 + isClean, 0, 4, false))).ErrorCode);
        }
    }

    [Fact]
    public async Task Segments_roll_retention_drops_them_and_the_start_of_the_log_survives_a_restart()
    {
        var memory = new MemoryFiles();
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        long start;
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Clock = clock }))
        {
            using var wire = new WireClient(broker.Bootstrap);
            await wire.CreateAsync(Topic, 1, ("segment.bytes", "300"), ("retention.bytes", "1000"));
            for (var i = 0; i < 40; i++) await wire.ProduceAsync(Topic, Requests.Batch($"value {i}"));
            broker.Clean();
            start = (await wire.FetchAsync(Topic, 40)).LogStartOffset;
            Assert.InRange(start, 20, 39);
            Assert.Equal((short)ErrorCode.OffsetOutOfRange, (await wire.FetchAsync(Topic, start - 1)).ErrorCode);
            var deleted = await wire.AskAsync<DeleteRecordsResponse>(new DeleteRecordsRequest
            {
                Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Offset = start + 1 }] }],
            });
            Assert.Equal(start + 1, deleted.Topics[0].Partitions[0].LowWatermark);
        }
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Clock = clock }))
        {
            using var wire = new WireClient(broker.Bootstrap);
            Assert.Equal(start + 1, (await wire.FetchAsync(Topic, 40)).LogStartOffset);
            Assert.Equal("value 39", (await wire.ReadAsync(Topic, committed: false))[^1].Value);
            clock.Advance(TimeSpan.FromDays(8));
            broker.Clean();
            Assert.Equal(40, (await wire.FetchAsync(Topic, 40)).LogStartOffset);
            Assert.Equal(40, (await wire.ProduceAsync(Topic, Requests.Batch("next"))).BaseOffset);
        }
    }

    [Fact]
    public async Task A_topic_whose_making_or_removal_was_cut_is_whole_or_absent()
    {
        foreach (var point in new[] { "catalog-before-write", "catalog-written" })
        {
            var memory = new MemoryFiles();
            await using (await EmbeddedBroker.StartAsync(new() { Memory = memory }))
            {
                // The topics of the coordinators are made.
            }
            var faults = new BrokerFaults();
            await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Faults = faults }))
            {
                using var wire = new WireClient(broker.Bootstrap);
                faults.CrashAt(point);
                await Assert.ThrowsAnyAsync<IOException>(() => wire.CreateAsync(Topic));
            }
            await using var next = await EmbeddedBroker.StartAsync(new() { Memory = memory });
            using var client = new WireClient(next.Bootstrap);
            var isThere = next.Core.Catalog.Find(Topic) is not null;
            Assert.Equal(point == "catalog-written", isThere);
            Assert.Equal(isThere, memory.Sizes().Keys.Any(path => path.StartsWith(Topic, StringComparison.Ordinal)));
            Assert.Equal(isThere ? ErrorCode.TopicAlreadyExists : ErrorCode.None, await client.CreateAsync(Topic));
        }
    }

    [Fact]
    public async Task Data_that_another_broker_has_is_refused()
    {
        using var directory = KafkaFlow.Testing.TestEnvironment.NewDirectory("lock");
        await using var one = await EmbeddedBroker.StartAsync(new() { DataDirectory = directory.FullPath });
        var refused = await Assert.ThrowsAsync<BrokerException>(() =>
            EmbeddedBroker.StartAsync(new() { DataDirectory = directory.FullPath }));
        Assert.Contains("locked by another broker", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(List<long> Ends, long Total)> LengthsAsync()
    {
        var memory = await WrittenAsync();
        var ends = new List<long>();
        long end = 0;
        for (var i = 0; i < 5; i++) ends.Add(end += Requests.Batch($"value {i}").Build().Length);
        Assert.Equal(end, memory.Sizes()[LogFile]);
        return (ends, end);
    }

    private static async Task<MemoryFiles> WrittenAsync()
    {
        var memory = new MemoryFiles();
        var faults = new BrokerFaults();
        await using var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory, Faults = faults });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        for (var i = 0; i < 5; i++) await wire.ProduceAsync(Topic, Requests.Batch($"value {i}"));
        faults.CrashNow();
        return memory;
    }

    private static async Task CheckAsync(MemoryFiles memory, int batches, string what)
    {
        await using var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory });
        using var wire = new WireClient(broker.Bootstrap);
        var values = (await wire.ReadAsync(Topic, committed: false)).Select(r => r.Value).ToList();
        Assert.True(values.SequenceEqual(Enumerable.Range(0, batches).Select(i => $"value {i}")), $"{what}: {string.Join(",", values)}");
        Assert.Equal(batches, (await wire.ProduceAsync(Topic, Requests.Batch("next"))).BaseOffset);
    }

    [Fact]
    public async Task Producers_and_the_index_of_a_partition_are_bounded_and_every_offset_is_still_found()
    {
        const int batches = 20_000;
        var memory = new MemoryFiles();
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory })) await FillAsync(broker);
        var seal = SegmentSeal.Read(((IBrokerFiles)memory).ReadAll(LogFile.Replace(".log", ".seal", StringComparison.Ordinal)))!;
        Assert.InRange(seal.Index.Count, 8_000, 16 * 1024);
        await using var next = await EmbeddedBroker.StartAsync(new() { Memory = memory });
        var log = next.Core.Catalog.Log(Topic, 0)!;
        for (var offset = 0; offset < batches; offset += 997)
        {
            Assert.Equal(ErrorCode.None, log.Read(offset, 1, committedOnly: false, atLeastOne: true, out var read, out _));
            var bytes = new byte[read.Records.Length];
            read.Records.CopyTo(0, bytes);
            Assert.Equal(offset, new RecordBatch(bytes).BaseOffset);
        }

        static Task FillAsync(EmbeddedBroker broker)
        {
            broker.Core.Catalog.Create(Topic, 1, new Dictionary<string, string>(), validateOnly: false);
            var log = broker.Core.Catalog.Log(Topic, 0)!;
            var value = new byte[4_100];
            for (var producer = 0; producer < batches; producer++)
            {
                var batch = new RecordBatchBuilder().Add(producer, null, value).From(producer, 0, 0, transactional: false);
                Assert.Equal(ErrorCode.None, log.Append(batch.Build(), Writer.Client).Error);
            }
            Assert.InRange(log.Producers().Count, ProducerTable.MaxProducers * 9 / 10, ProducerTable.MaxProducers);
            Assert.Contains(log.Producers(), p => p.ProducerId == batches - 1);
            return Task.CompletedTask;
        }
    }
}
