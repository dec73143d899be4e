using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;

namespace KafkaFlow.Cli.Bench;

/// <summary>Turns of one broker: latency of single records, rates of librdkafka and of the Java tools.</summary>
internal sealed class BrokerProbe(BrokerSide side, string kafkaHome)
{
    public const int RecordBytes = 300;
    private const string HopTopic = "bench-hop";
    private const string NativeTopic = "bench-librdkafka";
    private const string JavaTopic = "bench-java";
    private const int PollMs = 20;

    /// <summary>All of a turn's: a client that waits for room in its queue, or whose fetcher rests for a second over a
    /// full one, measures itself.</summary>
    private const string QueueMessages = "10000000";
    private const string QueueKilobytes = "2097151";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ToolLimit = TimeSpan.FromMinutes(30);

    private long _native;
    private long _java;

    public static IReadOnlyList<string> Topics => [HopTopic, NativeTopic, JavaTopic];

    public void Hop(CancellationToken cancel)
    {
        var cpu = side.CpuMs();
        var hops = HopFloor.Times(side.Settings, new(HopTopic, 0), cancel).Order().ToList();
        side.Note("hop_cpu_us", (side.CpuMs() - cpu) * 1000 / (hops.Count + HopFloor.WarmUp));
        side.Note("hop_p50_ms", hops[(int)((hops.Count - 1) * 0.50)]);
        side.Note("hop_p99_ms", hops[(int)((hops.Count - 1) * 0.99)]);
    }

    public void Native(int records, CancellationToken cancel)
    {
        var from = _native;
        Measured("librdkafka_produce", records, () => Produce(records, cancel));
        _native += records;
        side.IsCorrect &= EndOf(NativeTopic) == _native;
        Measured("librdkafka_fetch", records, () => Fetch(from, records, cancel));
    }

    public async Task JavaAsync(int records, CancellationToken cancel)
    {
        await JavaProduceAsync(records, cancel);
        _java += records;
        side.IsCorrect &= EndOf(JavaTopic) == _java;
        await JavaFetchAsync(records, cancel);
    }

    private void Measured(string name, int records, Action work)
    {
        var cpu = side.CpuMs();
        var clock = Stopwatch.StartNew();
        work();
        side.Note($"{name}_per_s", records / clock.Elapsed.TotalSeconds);
        side.Note($"{name}_cpu_us", (side.CpuMs() - cpu) * 1000 / records);
    }

    private void Produce(int records, CancellationToken cancel)
    {
        var config = KafkaClients.ProducerConfig(side.Settings, "kf-rate");
        config.LingerMs = 5;
        config.EnableDeliveryReports = false;
        config.Set("queue.buffering.max.messages", QueueMessages);
        config.Set("queue.buffering.max.kbytes", QueueKilobytes);
        using var producer = KafkaClients.Producer(config);
        new WarmTopics(producer.Handle).Warm(NativeTopic); // else up to a second of librdkafka's own is in the rate
        var partition = new TopicPartition(NativeTopic, 0);
        var value = new byte[RecordBytes];
        var message = new Message<byte[]?, byte[]?> { Value = value };
        for (var i = 0; i < records; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(value, i);
            while (!TryProduce(producer, partition, message)) producer.Poll(TimeSpan.FromMilliseconds(PollMs));
            cancel.ThrowIfCancellationRequested();
        }
        if (producer.Flush(Patience) > 0)
            throw new TimeoutException($"{side.Name} has not taken all records within {Patience}");
    }

    private static bool TryProduce(
        IProducer<byte[]?, byte[]?> producer, TopicPartition partition, Message<byte[]?, byte[]?> message)
    {
        try
        {
            producer.Produce(partition, message);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private void Fetch(long from, int records, CancellationToken cancel)
    {
        var config = KafkaClients.ConsumerConfig(side.Settings, "kf-rate");
        config.Set("queued.min.messages", QueueMessages);
        config.Set("queued.max.messages.kbytes", QueueKilobytes);
        using var consumer = KafkaClients.Consumer(config);
        consumer.Assign([new TopicPartitionOffset(NativeTopic, 0, from)]);
        for (var i = 0; i < records; i++)
        {
            var record = consumer.Consume(Patience)
                ?? throw new TimeoutException($"{side.Name}: no record {i} of {records} within {Patience}");
            side.IsCorrect &= record.Offset == from + i
                && BinaryPrimitives.ReadInt32LittleEndian(record.Message.Value) == i;
            cancel.ThrowIfCancellationRequested();
        }
    }

    private long EndOf(string topic)
    {
        using var consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(side.Settings, "kf-end"));
        return consumer.QueryWatermarkOffsets(new(topic, 0), Patience).High;
    }

    /// <summary>Prints "N records sent, R records/sec (..)".</summary>
    private async Task JavaProduceAsync(int records, CancellationToken cancel)
    {
        var text = await RunToolAsync("kafka-producer-perf-test",
        [
            "--topic", JavaTopic, "--num-records", $"{records}", "--record-size", $"{RecordBytes}",
            "--throughput", "-1", "--producer-props", $"bootstrap.servers={side.Bootstrap}", "acks=all",
        ], cancel);
        var total = text.Split('\n').Last(line => line.Contains("99.9th", StringComparison.Ordinal));
        side.Note("java_produce_per_s", Number(total.Split(',')[1].Trim().Split(' ')[0], total));
    }

    /// <summary>Prints one line of figures; the last is records per second without the join of the group.</summary>
    private async Task JavaFetchAsync(int records, CancellationToken cancel)
    {
        var text = await RunToolAsync("kafka-consumer-perf-test",
            ["--bootstrap-server", side.Bootstrap, "--topic", JavaTopic, "--messages", $"{records}"], cancel);
        var total = text.TrimEnd().Split('\n')[^1];
        side.Note("java_fetch_per_s", Number(total.Split(',')[^1].Trim(), total));
    }

    private static double Number(string text, string line) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
            : throw new CliException(ExitCodes.Failure, "bad_tool", $"expected a rate, found '{text}' in '{line}'");

    private async Task<string> RunToolAsync(string tool, string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Path.Combine(kafkaHome, "bin", $"{tool}.sh"), arguments)
        {
            RedirectStandardOutput = true,
        };
        start.Environment["KAFKA_HEAP_OPTS"] = "-Xmx512m";
        using var process = Process.Start(start)
            ?? throw new CliException(ExitCodes.Failure, "bad_tool", $"{tool} did not start");
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(cancel).WaitAsync(ToolLimit, cancel);
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0 ? text : throw new CliException(
                ExitCodes.Failure, "bad_tool", $"{tool} ended with {process.ExitCode}: {text}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
