using System.Globalization;
using KafkaFlow.Testing;

namespace KafkaFlow.Streams.Tests;

/// <summary>
/// Instances in processes of their own, killed, frozen and robbed of their disks while records come in. Two versions of
/// the processor take turns, which decide the same record with one fact or with two.
/// </summary>
[Trait("needs", "kafka")]
public sealed class KillTests(KafkaCluster cluster, ITestOutputHelper output)
{
    private const int Partitions = 3;
    private const int Keys = 40;

    [Fact]
    [Trait("tier", "fast")]
    public async Task A_killed_instance_counts_every_number_once() =>
        await TortureAsync(TestSeed.Next(), instances: 1, kills: 12, canFreeze: false);

    [Fact]
    [Trait("tier", "ci")]
    public async Task Two_instances_that_are_killed_and_frozen_count_every_number_once() =>
        await TortureAsync(TestSeed.Next(), instances: 2, kills: 14, canFreeze: true);

    [Fact]
    [Trait("tier", "long")]
    public async Task Three_instances_survive_two_hundred_kills_and_freezes() =>
        await TortureAsync(TestSeed.Next(), instances: 3, kills: 200, canFreeze: true);

    private async Task TortureAsync(int seed, int instances, int kills, bool canFreeze)
    {
        output.WriteLine($"seed {seed}");
        var topics = new StreamTopics(await cluster.BootstrapAsync(), KafkaCluster.NewPrefix(), Partitions);
        await topics.CreateAsync();
        using var directory = TestEnvironment.NewDirectory("kill");
        var actors = Enumerable.Range(0, instances).Select(i => new Victim(topics, directory, i)).ToList();
        using var stop = new CancellationTokenSource();
        var feed = Task.Run(() => Feed(topics, seed, stop.Token), CancellationToken.None);
        try
        {
            var random = new Random(seed);
            foreach (var actor in actors) actor.Start(1);
            for (var kill = 0; kill < kills; kill++)
                await StrikeAsync(actors[random.Next(instances)], random, canFreeze);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var actor in actors) actor.Dispose();
        }
        output.WriteLine($"{await feed} records sent, prefix {topics.Prefix}");
        using (var last = new RunningStreams(
            topics.Options(directory.PathOf("last")), topics.Topology, new CountingFactory(new(topics.Outputs))))
        {
            last.WaitRunning(Partitions);
            last.Wait(r => r.Status.Partitions.All(p => p.Lag == 0), "no lag");
        }
        try
        {
            output.WriteLine(LogCheck.EachInputCountedOnce(topics));
        }
        catch (Exception)
        {
            foreach (var actor in actors) output.WriteLine(actor.LogTail());
            throw;
        }
    }

    private static async Task StrikeAsync(Victim victim, Random random, bool canFreeze)
    {
        // Mostly in the middle of its work, sometimes in the middle of a takeover.
        if (random.Next(4) > 0) await victim.WaitRunningAsync();
        await Task.Delay(random.Next(20, 1500));
        if (canFreeze && random.Next(3) == 0)
        {
            victim.Freeze();
            await Task.Delay(random.Next(100, 9000)); // the session lasts 6 s
            victim.Continue();
            return;
        }
        victim.Kill();
        if (random.Next(4) == 0) victim.LoseDisk();
        await Task.Delay(random.Next(0, 300));
        victim.Start(version: random.Next(1, 3));
    }

    private static int Feed(StreamTopics topics, int seed, CancellationToken stop)
    {
        var random = new Random(seed + 1);
        using var producer = topics.Producer();
        var sent = 0;
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < 10; i++, sent++)
            {
                var number = random.Next(100).ToString(CultureInfo.InvariantCulture);
                topics.Send(producer, $"key{random.Next(Keys)}", number);
            }
            Thread.Sleep(random.Next(1, 10));
        }
        producer.Flush(StreamTopics.Patience);
        return sent;
    }

    private sealed class Victim(StreamTopics topics, TemporaryDirectory directory, int number) : IDisposable
    {
        private const int LogTailLength = 6_000;
        private readonly string _state = directory.PathOf($"state{number}");
        private readonly string _log = directory.PathOf($"log{number}");
        private StreamChild? _child;
        private long _logBefore;

        public void Start(int version)
        {
            _logBefore = File.Exists(_log) ? new FileInfo(_log).Length : 0;
            _child = StreamChild.Start(topics, _state, $"victim{number}", version, _log);
        }

        /// <summary>Returns once it processes records, or after a while: others may hold all partitions.</summary>
        public async Task WaitRunningAsync()
        {
            for (var tries = 0; tries < 100; tries++)
            {
                using var log = new FileStream(
                    _log, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                log.Seek(_logBefore, SeekOrigin.Begin);
                using var reader = new StreamReader(log);
                var text = await reader.ReadToEndAsync();
                if (text.Contains("running at offset", StringComparison.Ordinal)) return;
                await Task.Delay(100);
            }
        }

        public void Kill()
        {
            _child?.Dispose();
            _child = null;
        }

        public void Freeze() => _child!.Stop();

        public void Continue() => _child!.Continue();

        public void LoseDisk()
        {
            if (Directory.Exists(_state)) Directory.Delete(_state, recursive: true);
        }

        public string LogTail()
        {
            var text = File.Exists(_log) ? File.ReadAllText(_log) : "no log";
            return $"--- instance {number}\n{text[Math.Max(0, text.Length - LogTailLength)..]}";
        }

        public void Dispose() => Kill();
    }
}
