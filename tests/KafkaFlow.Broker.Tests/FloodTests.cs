using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using KafkaFlow.Testing;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>Thousands of clients that do what they must not, against a broker in a process of its own: its memory stays
/// bounded, and another client, which writes all the while, is answered as before.</summary>
[Trait("tier", "ci")]
public sealed class FloodTests(ITestOutputHelper output)
{
    private const string Topic = "flood";
    private const int MiB = 1024 * 1024;
    private static readonly TimeSpan SlowestAnswer = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Ten_thousand_half_open_connections_cost_little_and_disturb_nobody()
    {
        await using var flood = await Flood.StartAsync();
        for (var i = 0; i < 10_000; i++)
        {
            var wire = flood.Connect();
            // Silence; half a length; a length of 90 MB and one byte; a length no request may have.
            byte[] said = (i % 4) switch
            {
                0 => [], 1 => [0, 0], 2 => [0x05, 0x60, 0, 0, 1], _ => [0x7F, 0xFF, 0xFF, 0xFF, 0, 0],
            };
            if (said.Length > 0) await wire.SendBytesAsync(said);
        }
        await flood.EndAsync(output, growthLimit: 120 * MiB);
    }

    [Fact]
    public async Task Readers_that_ask_for_all_and_take_nothing_hold_one_piece_each()
    {
        await using var flood = await Flood.StartAsync();
        var large = new RecordBatchBuilder().Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, new byte[900_000]);
        for (var i = 0; i < 50; i++) Assert.Equal((short)0, (await flood.Admin.ProduceAsync(Topic, large)).ErrorCode);
        var all = new FetchRequest { MaxBytes = 100 * MiB, MinBytes = 1 };
        all.Topics.Add(new() { Topic = Topic, Partitions = [new() { PartitionMaxBytes = 100 * MiB }] });
        for (var i = 0; i < 150; i++)
        {
            var wire = flood.Connect();
            wire.Socket.ReceiveBufferSize = 4096;
            await wire.SendAsync(all, 12);
        }
        await flood.EndAsync(output, growthLimit: 120 * MiB);
    }

    [Fact]
    public async Task Writers_that_never_finish_share_a_budget_and_the_largest_are_closed()
    {
        await using var flood = await Flood.StartAsync();
        var part = new byte[2 * MiB];
        byte[] length = [0x05, 0x60, 0, 0];
        length.CopyTo(part, 0);
        for (var i = 0; i < 300; i++)
        {
            try
            {
                await flood.Connect().SendBytesAsync(part);
            }
            catch (IOException)
            {
                continue; // closed while it wrote
            }
        }
        // The default budget, and what the memory pool keeps beside it.
        await flood.EndAsync(output, growthLimit: (256 + 128) * MiB);
        Assert.InRange(flood.ClosedByBroker, 150, 299);
    }

    /// <summary>The broker, the hostile connections, and the client that must not notice them.</summary>
    private sealed class Flood : IAsyncDisposable
    {
        private readonly TemporaryDirectory _directory = TestEnvironment.NewDirectory("flood");
        private readonly CancellationTokenSource _stop = new();
        private readonly List<WireClient> _hostile = [];
        private readonly List<TimeSpan> _answers = [];
        private BrokerChild? _broker;
        private string _address = "";
        private Task? _honest;
        private long _before;

        public WireClient Admin { get; private set; } = null!;

        public int ClosedByBroker => _hostile.Count(wire => wire.Socket.Poll(0, SelectMode.SelectRead));

        public static async Task<Flood> StartAsync()
        {
            var flood = new Flood();
            var port = LocalServers.Ports.Free(1)[0];
            flood._broker = await BrokerChild.StartAsync(flood._directory.FullPath, port);
            flood._address = $"127.0.0.1:{port}";
            flood.Admin = new(flood._address);
            await flood.Admin.CreateAsync(Topic, 2);
            flood._honest = Task.Run(flood.WriteAsync);
            while (flood.Answers < 200) await Task.Delay(10);
            flood._before = flood.ResidentBytes();
            return flood;
        }

        public WireClient Connect()
        {
            var wire = new WireClient(_address);
            _hostile.Add(wire);
            return wire;
        }

        /// <summary>Waits two seconds for what the flood may still do, then judges.</summary>
        public async Task EndAsync(ITestOutputHelper output, long growthLimit)
        {
            var (most, from) = (0L, Answers);
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(2); await Task.Delay(50))
                most = Math.Max(most, ResidentBytes() - _before);
            await _stop.CancelAsync();
            await _honest!.WaitAsync(TimeSpan.FromSeconds(20));
            var sorted = _answers.Order().ToList();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{_hostile.Count} connections; memory grew by {most / MiB} MiB; {sorted.Count} answers to the other client, " +
                $"p50 {sorted[sorted.Count / 2].TotalMilliseconds:0.00} ms, slowest {sorted[^1].TotalMilliseconds:0} ms"));
            Assert.InRange(most, 0, growthLimit);
            Assert.InRange(sorted[^1], TimeSpan.Zero, SlowestAnswer);
            Assert.True(sorted.Count - from > 10, $"{sorted.Count - from} answers during the flood");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            foreach (var wire in _hostile) wire.Dispose();
            Admin.Dispose();
            _broker?.Dispose();
            _stop.Dispose();
            _directory.Dispose();
        }

        private int Answers
        {
            get
            {
                lock (_answers) return _answers.Count;
            }
        }

        private long ResidentBytes()
        {
            using var process = Process.GetProcessById(_broker!.Pid);
            return process.WorkingSet64;
        }

        private async Task WriteAsync()
        {
            using var wire = new WireClient(_address);
            while (!_stop.IsCancellationRequested)
            {
                var clock = Stopwatch.StartNew();
                Assert.Equal((short)0, (await wire.ProduceAsync(Topic, Requests.Batch("honest"), partition: 1)).ErrorCode);
                lock (_answers) _answers.Add(clock.Elapsed);
                await Task.Delay(5);
            }
        }
    }
}
