using System.Diagnostics;
using KafkaFlow.Testing;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>Fetch, search by time, and the faults that tests ask for.</summary>
[Trait("tier", "fast")]
public sealed class FetchTests
{
    private const string Topic = "fetched";

    [Fact]
    public async Task Every_partition_asked_is_in_every_answer_and_the_first_with_data_gives_one_batch_above_all_limits()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 100);
        for (var p = 10; p < 100; p++) await wire.ProduceAsync(Topic, Requests.Batch(new string('x', 500)), partition: p);
        var request = new FetchRequest { MaxBytes = 1, MinBytes = 1, MaxWaitMs = 0 };
        request.Topics.Add(new()
        {
            Topic = Topic,
            Partitions = [.. Enumerable.Range(0, 100).Select(p => new FetchRequest.FetchTopic.FetchPartition { Partition = p, PartitionMaxBytes = 1 })],
        });
        var answer = (await wire.AskAsync<FetchResponse>(request, 12)).Responses[0].Partitions;
        Assert.Equal(Enumerable.Range(0, 100), answer.Select(p => p.PartitionIndex));
        Assert.Equal([10], answer.Where(p => p.Records!.Length > 0).Select(p => p.PartitionIndex));
        Assert.All(answer, p => Assert.Equal((short)0, p.ErrorCode));
    }

    [Fact]
    public async Task A_parked_fetch_answers_on_data_on_deletion_and_at_its_time()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        using var wire = new WireClient(broker.Bootstrap);
        using var reader = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        async Task<Task<FetchResponse.FetchableTopicResponse.PartitionData>> ParkAsync()
        {
            var waiting = reader.FetchAsync(Topic, (await wire.FetchAsync(Topic, 0)).HighWatermark, waitMs: 60_000);
            await Task.Delay(100);
            Assert.False(waiting.IsCompleted);
            return waiting;
        }
        var parked = await ParkAsync();
        await wire.ProduceAsync(Topic, Requests.Batch("a"));
        Assert.True((await parked.WaitAsync(TimeSpan.FromSeconds(30))).Records!.Length > 0);

        parked = await ParkAsync();
        // Again and again: the request may still be on its way when the clock moves.
        for (var tries = 0; !parked.IsCompleted && tries < 200; tries++, await Task.Delay(50))
            clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(0, (await parked.WaitAsync(TimeSpan.FromSeconds(30))).Records!.Length);

        parked = await ParkAsync();
        await wire.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { Name = Topic }] });
        Assert.Equal((short)ErrorCode.UnknownTopicOrPartition, (await parked.WaitAsync(TimeSpan.FromSeconds(30))).ErrorCode);
    }

    [Fact]
    public async Task Fifty_parked_fetches_burn_nothing()
    {
        using var directory = KafkaFlow.Testing.TestEnvironment.NewDirectory("parked");
        var port = KafkaFlow.LocalServers.Ports.Free(1)[0];
        using var child = await BrokerChild.StartAsync(directory.FullPath, port);
        var wires = Enumerable.Range(0, 50).Select(_ => new WireClient($"127.0.0.1:{port}")).ToList();
        await wires[0].CreateAsync(Topic);
        var parked = wires.Select(wire => wire.FetchAsync(Topic, 0, waitMs: 30_000)).ToList();
        await Task.Delay(1_000);
        using var process = Process.GetProcessById(child.Pid);
        var before = process.TotalProcessorTime;
        await Task.Delay(2_000);
        process.Refresh();
        Assert.InRange((process.TotalProcessorTime - before).TotalMilliseconds, 0, 200);
        using var writer = new WireClient($"127.0.0.1:{port}");
        await writer.ProduceAsync(Topic, Requests.Batch("a"));
        foreach (var fetch in parked) Assert.True((await fetch.WaitAsync(TimeSpan.FromSeconds(10))).Records!.Length > 0);
        foreach (var wire in wires) wire.Dispose();
    }

    [Fact]
    public async Task The_search_by_time_gives_the_first_record_at_or_after_it()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 1, ("segment.bytes", "4000"), ("retention.ms", "-1"));
        var times = new List<long>();
        Assert.Equal(-1, await wire.OffsetAsync(Topic, -3));
        for (var batch = 0; batch < 120; batch++)
        {
            var builder = new RecordBatchBuilder();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                times.Add(random.Next(1, 5_000));
                builder.Add(times[^1], null, new byte[random.Next(300)]);
            }
            Assert.Equal((short)0, (await wire.ProduceAsync(Topic, builder)).ErrorCode);
        }
        for (var time = 0; time < 5_100; time += 13)
        {
            var expected = times.FindIndex(t => t >= time);
            Assert.True(expected == await wire.OffsetAsync(Topic, time), $"seed {seed}, time {time}");
        }
        Assert.Equal(times.IndexOf(times.Max()), await wire.OffsetAsync(Topic, -3));
        Assert.Equal(times.Count, await wire.OffsetAsync(Topic, -1));
    }

    /// <summary>Large reads of files are sent by the kernel, in several turns.</summary>
    [Theory]
    [InlineData(false, 20_000, 200, 60_000)]
    [InlineData(true, 20_000, 200, 60_000)]
    [InlineData(true, 100_000_000, 20_000, 6_000_000)]
    public async Task Any_read_size_from_any_offset_gives_the_log_without_gaps(
        bool onDisk, int segment, int valueLimit, int readLimit)
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        using var directory = KafkaFlow.Testing.TestEnvironment.NewDirectory("read-sizes");
        await using var broker = await EmbeddedBroker.StartAsync(new() { DataDirectory = onDisk ? directory.FullPath : null });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 1, ("segment.bytes", $"{segment}"));
        var written = 0;
        for (; written < 1_000; written += 4) await wire.ProduceAsync(Topic, Requests.Batch([.. Enumerable.Range(written, 4).Select(i => new string('v', random.Next(valueLimit)))]));
        for (var i = 0; i < 300; i++)
        {
            var offset = random.Next(written);
            var max = random.Next(1, readLimit);
            var read = await wire.FetchAsync(Topic, offset, maxBytes: max);
            var bytes = ((RecordMemory)read.Records!).Memory.ToArray();
            var next = -1L;
            for (var at = 0; at < bytes.Length;)
            {
                var batch = new RecordBatch(bytes.AsSpan(at));
                Assert.True(batch.ChecksumHolds, $"seed {seed}: {offset}, {max}, batch at {at}");
                if (next < 0) Assert.InRange(offset, batch.BaseOffset, batch.LastOffset);
                else Assert.Equal(next, batch.BaseOffset);
                next = batch.LastOffset + 1;
                at += batch.TotalLength;
            }
            Assert.True(next > offset && (bytes.Length <= max || next <= offset + 4), $"seed {seed}: {offset}, {max}: {bytes.Length} bytes to {next}");
        }
    }

    [Fact]
    public async Task Faults_break_delay_freeze_and_tear_what_a_test_asks_and_nothing_else()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        broker.Faults.FailNext(ApiKey.Produce, 1, afterHandling: true);
        using (var broken = new WireClient(broker.Bootstrap))
            await Assert.ThrowsAnyAsync<IOException>(() => broken.ProduceAsync(Topic, Requests.Batch("done but not answered")));
        Assert.Equal(1, (await wire.ProduceAsync(Topic, Requests.Batch("next"))).BaseOffset);

        broker.Faults.DelayNext(ApiKey.Produce, 1, TimeSpan.FromMilliseconds(300));
        var watch = Stopwatch.StartNew();
        await wire.ProduceAsync(Topic, Requests.Batch("slow"));
        Assert.InRange(watch.ElapsedMilliseconds, 280, 5_000);

        broker.Faults.Freeze();
        var frozen = wire.ProduceAsync(Topic, Requests.Batch("frozen"));
        await Task.Delay(200);
        Assert.False(frozen.IsCompleted);
        broker.Faults.Thaw();
        Assert.Equal(3, (await frozen.WaitAsync(TimeSpan.FromSeconds(5))).BaseOffset);

        broker.Faults.DropConnectionAfter(100);
        using var torn = new WireClient(broker.Bootstrap);
        await Assert.ThrowsAnyAsync<IOException>(() => torn.AskAsync<ApiVersionsResponse>(
            new ApiVersionsRequest { ClientSoftwareName = "a", ClientSoftwareVersion = "1" }));
        Assert.Equal(4, (await wire.FetchAsync(Topic, 0)).HighWatermark);
    }
}
