using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using KafkaFlow.Testing;

namespace KafkaFlow.Streams.Tests;

/// <summary>Figures of the runtime with a trivial processor: one state change, one fact and one output per
/// record.</summary>
internal static class StreamBench
{
    private const int Keys = 10_000;
    private const int Partitions = 4;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var records = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 500_000;
        await using var cluster = new KafkaCluster();
        var topics = new StreamTopics(await cluster.BootstrapAsync(), KafkaCluster.NewPrefix(), Partitions);
        await topics.CreateAsync();
        using var directory = TestEnvironment.NewDirectory("bench");
        using var producer = topics.Producer();
        using var running = new RunningStreams(
            topics.Options(directory.FullPath), topics.Topology, new CountingFactory(new(topics.Outputs)));
        running.WaitRunning(Partitions);
        Latency(topics, producer, "warm-up", 500);
        Latency(topics, producer, "hop", 2_000);
        await ThroughputAsync(topics.Bootstrap, records);
        return 0;
    }

    /// <summary>Produce one record, wait for the output it causes: two hops less the processing of none.</summary>
    private static void Latency(StreamTopics topics, IProducer<byte[]?, byte[]?> producer, string name, int count)
    {
        using var consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(topics.Kafka, "bench"));
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p =>
            new TopicPartitionOffset(topics.Outputs, p, EndOf(consumer, new(topics.Outputs, p)))));
        consumer.Consume(TimeSpan.FromMilliseconds(200));
        var direct = new List<double>();
        var hop = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            producer.Produce(new TopicPartition(topics.Outputs, i % Partitions), StreamTopics.Message("floor", "x"));
            while (consumer.Consume(TimeSpan.FromSeconds(10)) is { } r && r.Message.Key!.Length != 5) { }
            direct.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            started = Stopwatch.GetTimestamp();
            topics.Send(producer, $"key{i % Keys}", "1");
            consumer.Consume(TimeSpan.FromSeconds(10));
            hop.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        direct.Sort();
        hop.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: produce+fetch p50 {direct[count / 2]:0.00} p99 {direct[count * 99 / 100]:0.00} ms; "
            + $"through the runtime p50 {hop[count / 2]:0.00} p99 {hop[count * 99 / 100]:0.00} ms"));
    }

    private static Offset EndOf(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition) =>
        consumer.QueryWatermarkOffsets(partition, StreamTopics.Patience).High;

    /// <summary>A backlog that stands ready, so that producing it takes no part.</summary>
    private static async Task ThroughputAsync(string bootstrap, int records)
    {
        var topics = new StreamTopics(bootstrap, KafkaCluster.NewPrefix(), Partitions);
        await topics.CreateAsync();
        using (var producer = topics.Producer()) Fill(topics, producer, records);
        using var directory = TestEnvironment.NewDirectory("bench");
        using var running = new RunningStreams(
            topics.Options(directory.FullPath), topics.Topology, new CountingFactory(new(topics.Outputs)));
        running.Wait(r => r.Metrics.Records > 0, "the first record");
        var (started, from) = (Stopwatch.GetTimestamp(), running.Runtime.Metrics.Records);
        var cpu = Environment.CpuUsage.TotalTime;
        running.Wait(r => r.Metrics.Records >= records, "all records processed");
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var metrics = running.Runtime.Metrics;
        var perCheckpoint = metrics.TransactionMicroseconds / Math.Max(1, metrics.Transactions) / 1000.0;
        var perRecord = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / (records - from);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"throughput: {(records - from) / seconds:0} records/s, {perRecord:0.0} us of CPU each; "
            + $"{metrics.Transactions} checkpoints of {perCheckpoint:0.0} ms, {metrics.LimitWaits} waits at limits"));
    }

    private static void Fill(StreamTopics topics, IProducer<byte[]?, byte[]?> producer, int records)
    {
        for (var i = 0; i < records; i++)
            while (!TrySend(topics, producer, $"key{i % Keys}")) Thread.Sleep(1);
        producer.Flush(StreamTopics.Patience);
    }

    private static bool TrySend(StreamTopics topics, IProducer<byte[]?, byte[]?> producer, string key)
    {
        try
        {
            topics.Send(producer, key, "1");
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }
}
