using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KafkaFlow.Testing;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Tests;

/// <summary>Clients that do what they must not: they lose their connection, others notice nothing, memory stays bounded.
/// </summary>
[Trait("tier", "fast")]
public sealed class HostileTests(ITestOutputHelper output)
{
    private const string Topic = "hostile";

    [Fact]
    public async Task Unknown_kinds_versions_and_lengths_close_the_connection()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        byte[][] requests =
        [
            [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 2, 0, 0], [0, 0, 0, 0],
            [0, 0, 0, 10, 0x03, 0xE7, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF], [0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xFF, 0xFF],
            [0, 0, 0, 10, 0, 0, 0, 2, 0, 0, 0, 1, 0xFF, 0xFF], [0, 0, 0, 8, 0, 3, 0, 9, 0, 0, 0, 1],
            System.Text.Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ];
        foreach (var request in requests)
        {
            using var wire = new WireClient(broker.Bootstrap);
            await wire.SendBytesAsync(request);
            Assert.True(await wire.IsClosedByPeerAsync(), Convert.ToHexString(request));
        }
        using var other = new WireClient(broker.Bootstrap);
        Assert.NotEmpty((await other.AskAsync<MetadataResponse>(new MetadataRequest())).Brokers);
    }

    [Fact]
    public async Task An_unknown_version_of_ApiVersions_is_answered_in_version_0_with_the_table()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.SendBytesAsync(new byte[] { 0, 0, 0, 15, 0, 18, 0, 77, 0, 0, 0, 9, 0xFF, 0xFF, 0, 2, 65, 2, 66 });
        var c = Codec.Reader(await wire.ReceiveFrameAsync());
        Assert.Equal(9, ResponseHeader.Code(c, ApiTable.Of(ApiKey.ApiVersions), 0, 0));
        var answer = new ApiVersionsResponse();
        answer.Code(c);
        Assert.Equal((35, ApiTable.All.Count), (answer.ErrorCode, answer.ApiKeys.Count));
    }

    [Fact]
    public async Task Claimed_lengths_and_silent_connections_take_no_memory()
    {
        const int clients = 2_000;
        await using var broker = await EmbeddedBroker.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var wires = new List<WireClient>();
        for (var i = 0; i < clients; i++)
        {
            wires.Add(new(broker.Bootstrap));
            // Every second claims 100 MB and sends nothing of it.
            if (i % 2 == 0) await wires[i].SendBytesAsync(new byte[] { 0x06, 0x40, 0, 0 });
        }
        for (var waited = 0; broker.Connections < clients; waited++)
        {
            Assert.InRange(waited, 0, 200);
            await Task.Delay(50);
        }
        var perClient = (GC.GetTotalMemory(forceFullCollection: true) - before) / clients;
        output.WriteLine($"{perClient} bytes for a connection, both ends");
        Assert.InRange(perClient, 0, 40_000);
        using var other = new WireClient(broker.Bootstrap);
        Assert.NotEmpty((await other.AskAsync<MetadataResponse>(new MetadataRequest())).Brokers);
        foreach (var wire in wires) wire.Dispose();
    }

    [Fact]
    public async Task More_connections_than_the_limit_are_closed_at_once()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new() { MaxConnections = 3 });
        var wires = Enumerable.Range(0, 3).Select(_ => new WireClient(broker.Bootstrap)).ToList();
        foreach (var wire in wires) await wire.AskAsync<MetadataResponse>(new MetadataRequest());
        using var late = new WireClient(broker.Bootstrap);
        Assert.True(await late.IsClosedByPeerAsync());
        foreach (var wire in wires) wire.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_does_not_read_its_answers_is_closed_and_others_go_on(bool onDisk)
    {
        using var directory = KafkaFlow.Testing.TestEnvironment.NewDirectory("slow");
        await using var broker = await EmbeddedBroker.StartAsync(
            new() { SendTimeout = TimeSpan.FromSeconds(1), DataDirectory = onDisk ? directory.FullPath : null });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic, 1, ("max.message.bytes", "2000000"));
        var large = new RecordBatchBuilder().Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, new byte[1_000_000]);
        for (var i = 0; i < 40; i++) Assert.Equal((short)0, (await wire.ProduceAsync(Topic, large)).ErrorCode);
        using var slow = new WireClient(broker.Bootstrap);
        slow.Socket.ReceiveBufferSize = 4096;
        var request = new FetchRequest { MaxBytes = 50_000_000, MinBytes = 1 };
        request.Topics.Add(new() { Topic = Topic, Partitions = [new() { PartitionMaxBytes = 50_000_000 }] });
        await slow.SendAsync(request, 12);
        for (var waited = 0; broker.Connections > 1; waited++)
        {
            Assert.InRange(waited, 0, 200);
            Assert.Equal((short)0, (await wire.ProduceAsync(Topic, Requests.Batch("fine"))).ErrorCode);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_client_that_is_gone_while_its_fetch_waits_is_noticed()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        var request = new FetchRequest { MaxWaitMs = 300_000, MinBytes = 1, MaxBytes = 1000 };
        request.Topics.Add(new() { Topic = Topic, Partitions = [new() { PartitionMaxBytes = 1000 }] });
        using (var gone = new WireClient(broker.Bootstrap)) await gone.SendAsync(request, 12);
        for (var waited = 0; broker.Connections > 1; waited++)
        {
            Assert.InRange(waited, 0, 200);
            await Task.Delay(50);
        }
        Assert.Equal((short)0, (await wire.ProduceAsync(Topic, Requests.Batch("fine"))).ErrorCode);
    }

    [Fact]
    public async Task A_request_that_a_test_holds_back_is_done_though_its_client_has_given_up()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        using var wire = new WireClient(broker.Bootstrap);
        await wire.CreateAsync(Topic);
        broker.Faults.DelayNext(ApiKey.Produce, 1, TimeSpan.FromMinutes(1));
        var given = new ProduceRequest { Acks = -1, TimeoutMs = 1_000 };
        given.TopicData.Add(new() { Name = Topic, PartitionData = [new() { Records = new RecordMemory(Requests.Batch("late").Build()) }] });
        using (var gone = new WireClient(broker.Bootstrap)) await gone.SendAsync(given);
        await Task.Delay(TimeSpan.FromSeconds(2.5)); // the sweep has seen it by now
        Assert.Empty(await wire.ReadAsync(Topic, committed: false));
        clock.Advance(TimeSpan.FromMinutes(1));
        for (var waited = 0; (await wire.ReadAsync(Topic, committed: false)).Count == 0; waited++)
        {
            Assert.InRange(waited, 0, 200);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_client_that_stops_in_the_middle_of_a_request_is_closed_and_a_silent_one_later()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new()
        {
            ReceiveTimeout = TimeSpan.FromMilliseconds(300), IdleTimeout = TimeSpan.FromSeconds(3),
        });
        using var silent = new WireClient(broker.Bootstrap);
        using var stuck = new WireClient(broker.Bootstrap);
        await stuck.SendBytesAsync(new byte[] { 0, 0, 0, 40, 0 });
        Assert.True(await stuck.IsClosedByPeerAsync());
        Assert.NotEmpty((await silent.AskAsync<MetadataResponse>(new MetadataRequest())).Brokers);
        Assert.True(await silent.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task A_host_that_blocks_threads_of_the_pool_does_not_hold_up_the_broker()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var release = new ManualResetEventSlim();
        TimeSpan slowest = default;
        var asking = new Thread(() =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, broker.Port);
            var answer = new byte[4096];
            for (var i = 0; i < 20; i++)
            {
                var clock = Stopwatch.StartNew();
                socket.Send([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF]);
                while (socket.Receive(answer) > 0 && socket.Available > 0) continue;
                if (clock.Elapsed > slowest) slowest = clock.Elapsed;
            }
        });
        var blocked = Enumerable.Range(0, 10).Select(_ => Task.Run(() => release.Wait(TimeSpan.FromSeconds(20)))).ToList();
        asking.Start();
        asking.Join(TimeSpan.FromSeconds(20));
        release.Set();
        await Task.WhenAll(blocked);
        output.WriteLine($"slowest answer {slowest.TotalMilliseconds:0.0} ms");
        Assert.InRange(slowest, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Listening_beyond_loopback_needs_asking_and_is_warned_of()
    {
        var warnings = new List<string>();
        using var logging = new ErrorLog(warnings, LogLevel.Warning);
        await using (var local = await EmbeddedBroker.StartAsync(new() { Logging = logging }))
            Assert.StartsWith("127.0.0.1:", local.Bootstrap, StringComparison.Ordinal);
        Assert.Empty(warnings);
        await using var open = await EmbeddedBroker.StartAsync(
            new() { Logging = logging, Address = IPAddress.Any });
        Assert.Contains("no access control", Assert.Single(warnings), StringComparison.Ordinal);
        using var wire = new WireClient($"127.0.0.1:{open.Port}");
        Assert.Equal(Dns.GetHostName(), (await wire.AskAsync<MetadataResponse>(new MetadataRequest())).Brokers[0].Host);
    }

    [Fact]
    public async Task Random_requests_are_answered_or_close_their_connection_never_more()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var faults = new List<string>();
        using var logging = new ErrorLog(faults);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Logging = logging, MaxPartitions = 200 });
        var (answered, closed) = (0, 0);
        for (var i = 0; i < 3_000; i++)
        {
            var api = ApiTable.All[random.Next(ApiTable.All.Count)];
            var version = (short)random.Next(api.Served, api.Max + 1);
            using var c = Codec.Writer();
            var length = 0;
            c.Int32(ref length);
            new RequestHeader((short)api.Key, version, 1, "fuzz").Write(c, api);
            var body = new byte[random.Next(60)];
            for (var b = 0; b < body.Length; b++) body[b] = (byte)(random.Next(3) > 0 ? random.Next(3) : random.Next(256));
            var frame = c.Written.ToArray().Concat(body).ToArray();
            BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
            using var wire = new WireClient(broker.Bootstrap);
            await wire.SendBytesAsync(frame);
            using var late = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            try
            {
                await wire.ReceiveFrameAsync().WaitAsync(late.Token);
                answered++;
            }
            catch (Exception end) when (end is IOException or OperationCanceledException)
            {
                closed++;
            }
        }
        output.WriteLine($"seed {seed}: {answered} answered, {closed} closed or left waiting");
        Assert.True(faults.Count == 0, $"seed {seed}: {string.Join('\n', faults.Take(3))}");
        Assert.True(answered > 50 && closed > 50, $"seed {seed}: {answered} answered, {closed} closed");
        using var after = new WireClient(broker.Bootstrap);
        Assert.NotEmpty((await after.AskAsync<MetadataResponse>(new MetadataRequest())).Brokers);
    }
}
