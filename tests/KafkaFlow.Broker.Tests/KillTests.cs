using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Broker.Tests;

/// <summary>kill -9 of the broker under load: nothing acknowledged is lost, an idempotent producer writes nothing twice,
/// transactions are all or nothing.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Partitions = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [Trait("tier", "ci")]
    [InlineData(8)]
    public Task A_broker_killed_under_load_loses_and_repeats_nothing(int kills) => RunAsync(kills);

    [Theory]
    [Trait("tier", "long")]
    [InlineData(200)]
    public Task A_broker_killed_200_times_under_load_loses_and_repeats_nothing(int kills) => RunAsync(kills);

    private async Task RunAsync(int kills)
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        using var directory = TestEnvironment.NewDirectory("kill");
        var port = Ports.Free(1)[0];
        var child = await BrokerChild.StartAsync(directory.FullPath, port, "segment.bytes=200000");
        var settings = new KafkaSettings { Bootstrap = $"127.0.0.1:{port}" };
        using (var admin = KafkaClients.Admin(settings))
            await admin.CreateTopicsAsync([new() { Name = "plain", NumPartitions = Partitions, ReplicationFactor = 1 }, new() { Name = "txn", NumPartitions = Partitions, ReplicationFactor = 1 }]);
        using var stop = new CancellationTokenSource();
        var acknowledged = new HashSet<int>();
        var plain = Task.Run(() => Produce(settings, acknowledged, stop.Token));
        var committed = new HashSet<int>();
        var unknown = new HashSet<int>();
        var transactions = Task.Run(() => Transact(settings, committed, unknown, stop.Token));
        try
        {
            for (var i = 0; i < kills; i++)
            {
                await Task.Delay(random.Next(50, 700));
                // On a busy machine a client may need longer to come back; a kill without work in between proves nothing.
                if (i % 2 == 1) await UntilAsync(() => committed.Count > i / 2);
                child.Kill();
                child = await BrokerChild.StartAsync(directory.FullPath, port, "segment.bytes=200000");
            }
            await UntilAsync(() => committed.Count > kills / 2 && acknowledged.Count > 50 * kills);
            await stop.CancelAsync();
            await Task.WhenAll(plain, transactions).WaitAsync(Patience * 2);
            using var wire = new WireClient(settings.Bootstrap);
            await new TransactionalClient(wire, "kill-txn").InitAsync();
            var found = new List<int>();
            for (var p = 0; p < Partitions; p++) found.AddRange((await wire.ReadAsync("plain", true, p)).Select(r => int.Parse(r.Value!, null)));
            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Empty(acknowledged.Except(found));
            var parts = new List<List<int>>();
            for (var p = 0; p < Partitions; p++) parts.Add([.. (await wire.ReadAsync("txn", true, p)).Select(r => int.Parse(r.Value!, null))]);
            Assert.Equal(parts[0], parts[1]);
            Assert.Equal(parts[0].Count, parts[0].Distinct().Count());
            Assert.Empty(committed.Except(parts[0]));
            Assert.Empty(parts[0].Except(committed).Except(unknown));
            output.WriteLine($"seed {seed}: {kills} kills, {acknowledged.Count} records and {committed.Count} transactions acknowledged, {unknown.Count} unknown");
            Assert.True(acknowledged.Count > 50 * kills && committed.Count > kills / 2, "too few to prove anything");
        }
        finally
        {
            child.Dispose();
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var clock = Stopwatch.StartNew(); !holds() && clock.Elapsed < Patience;) await Task.Delay(20);
    }

    private static void Produce(KafkaSettings settings, HashSet<int> acknowledged, CancellationToken stop)
    {
        using var producer = KafkaClients.Producer(KafkaClients.GaplessProducerConfig(settings, "kill"));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            while (!TryProduce(producer, i, acknowledged) && !stop.IsCancellationRequested) Thread.Sleep(20);
            if (i % 20 == 0) Thread.Sleep(1);
        }
        producer.Flush(Patience);
    }

    /// <returns>False while the client's queue is full.</returns>
    private static bool TryProduce(IProducer<byte[]?, byte[]?> producer, int number, HashSet<int> acknowledged)
    {
        try
        {
            producer.Produce(new TopicPartition("plain", number % Partitions), new() { Value = Encoding.UTF8.GetBytes($"{number}") }, done =>
            {
                if (done.Error.Code == ErrorCode.NoError) lock (acknowledged) acknowledged.Add(number);
            });
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private static void Transact(KafkaSettings settings, HashSet<int> committed, HashSet<int> unknown, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested;)
        {
            using var producer = KafkaClients.Producer(KafkaClients.TransactionalProducerConfig(settings, "kill", "kill-txn"));
            try
            {
                producer.InitTransactions(Patience);
                while (!stop.IsCancellationRequested)
                {
                    number++;
                    producer.BeginTransaction();
                    for (var p = 0; p < Partitions; p++)
                        producer.Produce(new TopicPartition("txn", p), new() { Value = Encoding.UTF8.GetBytes($"{number}") });
                    unknown.Add(number);
                    producer.CommitTransaction(Patience);
                    unknown.Remove(number);
                    committed.Add(number);
                }
            }
            catch (KafkaException broken) when (broken is not KafkaTxnRequiresAbortException)
            {
                continue; // the next producer of the id decides what this one has left open
            }
            catch (KafkaTxnRequiresAbortException)
            {
                continue;
            }
        }
    }
}
