using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaFlow.Kafka;
using KafkaFlow.Testing;

namespace KafkaFlow.Broker.Tests;

/// <summary>Real clients: librdkafka through this project's own settings, kcat, kafka-python.</summary>
[Trait("tier", "fast")]
public sealed class ClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Kcat_writes_and_reads_with_every_codec(string codec)
    {
        await using var broker = await EmbeddedBroker.StartAsync(new() { AutoCreateTopics = true });
        var text = string.Join('\n', Enumerable.Range(0, 2_000).Select(i => $"key{i}:some value that compresses {i}"));
        await RunAsync("kcat", text + "\n", "-b", broker.Bootstrap, "-P", "-t", "t", "-K:", "-z", codec, "-H", "a=b");
        var read = await RunAsync("kcat", "", "-b", broker.Bootstrap, "-C", "-t", "t", "-e", "-q", "-f", "%k:%s\\n", "-X", "check.crcs=true");
        Assert.Equal(text + "\n", read);
        using var wire = new WireClient(broker.Bootstrap);
        if (codec != "zstd") Assert.Equal(2_000, (await wire.ReadAsync("t", committed: false)).Count);
    }

    [Fact]
    public async Task Admin_makes_describes_alters_grows_and_deletes_topics()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        var settings = new KafkaSettings { Bootstrap = broker.Bootstrap };
        using var admin = KafkaClients.Admin(settings);
        await admin.CreateTopicsAsync([new() { Name = "made", NumPartitions = 2, ReplicationFactor = 1, Configs = new() { ["cleanup.policy"] = "compact" } }]);
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = "made" };
        var config = (await admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal(("compact", false), (config["cleanup.policy"].Value, config["cleanup.policy"].IsDefault));
        Assert.Equal(("604800000", true), (config["retention.ms"].Value, config["retention.ms"].IsDefault));
        await admin.AlterConfigsAsync(new() { [resource] = [new() { Name = "retention.ms", Value = "5000" }] });
        config = (await admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal(("delete", "5000"), (config["cleanup.policy"].Value, config["retention.ms"].Value));
        await admin.CreatePartitionsAsync([new() { Topic = "made", IncreaseTo = 5 }]);
        Assert.Equal(5, admin.GetMetadata("made", Patience).Topics[0].Partitions.Count);
        var bad = await Assert.ThrowsAsync<CreateTopicsException>(() => admin.CreateTopicsAsync(
            [new() { Name = "bad", NumPartitions = 1, ReplicationFactor = 1, Configs = new() { ["cleanup.policy"] = "never" } }]));
        Assert.Equal(ErrorCode.InvalidConfig, bad.Results[0].Error.Code);
        await admin.DeleteTopicsAsync(["made"]);
        Assert.DoesNotContain(admin.GetMetadata(Patience).Topics, topic => topic.Topic == "made");
    }

    [Fact]
    public async Task Every_topic_of_the_project_is_made_and_found_as_it_is_written()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        var settings = new KafkaSettings { Bootstrap = broker.Bootstrap };
        using var admin = KafkaClients.Admin(settings);
        foreach (var file in Directory.GetFiles(Path.Combine(TestEnvironment.RepositoryRoot, "topics"), "*.yaml"))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var lines = File.ReadAllLines(file).SkipWhile(line => !line.StartsWith("configs:", StringComparison.Ordinal)).Skip(1);
            var configs = lines.Select(line => line.Trim().Split(": ")).ToDictionary(pair => pair[0], pair => pair[1]);
            await admin.CreateTopicsAsync([new() { Name = name, NumPartitions = 4, ReplicationFactor = 1, Configs = configs }]);
            var found = (await admin.DescribeConfigsAsync([new() { Type = ResourceType.Topic, Name = name }]))[0].Entries;
            foreach (var (key, value) in configs) Assert.Equal(value, found[key].Value);
        }
    }

    [Fact]
    public async Task A_group_shares_a_topic_commits_and_goes_on_and_the_brokers_time_is_stamped()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        var settings = new KafkaSettings { Bootstrap = broker.Bootstrap };
        using var admin = KafkaClients.Admin(settings);
        await admin.CreateTopicsAsync([new() { Name = "t", NumPartitions = 4, ReplicationFactor = 1, Configs = new() { ["message.timestamp.type"] = "LogAppendTime" } }]);
        using var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "p"));
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var i = 0; i < 100; i++)
        {
            var done = await producer.ProduceAsync(new TopicPartition("t", i % 4), new() { Value = Encoding.UTF8.GetBytes($"{i}"), Timestamp = new(1, TimestampType.CreateTime) });
            Assert.Equal(TimestampType.LogAppendTime, done.Timestamp.Type);
            Assert.True(done.Timestamp.UnixTimestampMs >= before);
        }
        var seen = new HashSet<string>();
        for (var half = 0; half < 2; half++)
        {
            using var one = KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings, "c1", "shared"));
            using var two = KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings, "c2", "shared"));
            one.Subscribe("t");
            two.Subscribe("t");
            for (var clock = Stopwatch.StartNew(); seen.Count < 50 * (half + 1);)
            {
                Assert.True(clock.Elapsed < Patience, $"{seen.Count} records");
                foreach (var consumer in new[] { one, two })
                {
                    if (seen.Count >= 50 * (half + 1) || consumer.Consume(20) is not { } record) continue;
                    Assert.True(seen.Add(Encoding.UTF8.GetString(record.Message.Value!)), "seen twice");
                    consumer.Commit(record);
                }
            }
            one.Close();
            two.Close();
        }
        Assert.Equal(100, seen.Count);
    }

    [Fact]
    public async Task Exactly_once_copies_with_a_transactional_producer_and_the_groups_metadata()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        var settings = new KafkaSettings { Bootstrap = broker.Bootstrap };
        using var admin = KafkaClients.Admin(settings);
        await admin.CreateTopicsAsync([new() { Name = "in", NumPartitions = 2, ReplicationFactor = 1 }, new() { Name = "out", NumPartitions = 2, ReplicationFactor = 1 }]);
        using (var source = KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "s")))
        {
            for (var i = 0; i < 300; i++) source.Produce(new TopicPartition("in", i % 2), new() { Value = BitConverter.GetBytes(i) });
            source.Flush(Patience);
        }
        for (var generation = 0; generation < 3; generation++)
        {
            using var consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings, "c", "copier", readCommitted: true));
            using var producer = KafkaClients.Producer(KafkaClients.TransactionalProducerConfig(settings, "p", "copier"));
            producer.InitTransactions(Patience);
            consumer.Subscribe("in");
            for (var batch = 0; batch < 5; batch++)
            {
                var records = new List<ConsumeResult<byte[]?, byte[]?>>();
                for (var clock = Stopwatch.StartNew(); records.Count < 20 && clock.Elapsed < Patience;)
                    if (consumer.Consume(200) is { } record) records.Add(record);
                producer.BeginTransaction();
                foreach (var record in records) producer.Produce(new TopicPartition("out", record.Partition), new() { Value = record.Message.Value });
                var offsets = records.GroupBy(r => r.TopicPartition).Select(g => new TopicPartitionOffset(g.Key, g.Max(r => r.Offset.Value) + 1));
                producer.SendOffsetsToTransaction(offsets, consumer.ConsumerGroupMetadata, Patience);
                if (batch == 4 && generation < 2) break; // left open, as a process that dies leaves it
                producer.CommitTransaction(Patience);
            }
        }
        using var reader = new WireClient(broker.Bootstrap);
        // 80 + 80 + 100 records were copied by transactions that ended; nothing of those that did not.
        await new TransactionalClient(reader, "copier").InitAsync();
        var copied = (await reader.ReadAsync("out", true)).Count + (await reader.ReadAsync("out", true, 1)).Count;
        Assert.Equal(260, copied);
        Assert.True((await reader.ReadAsync("out", false)).Count + (await reader.ReadAsync("out", false, 1)).Count > 260);
    }

    [Fact]
    public async Task Kafka_python_produces_and_consumes_in_a_group()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new() { AutoCreateTopics = true });
        var script = $"""
            from kafka import KafkaProducer, KafkaConsumer
            p = KafkaProducer(bootstrap_servers='{broker.Bootstrap}')
            for i in range(50): p.send('py', b'v%d' % i)
            p.flush()
            c = KafkaConsumer('py', bootstrap_servers='{broker.Bootstrap}', group_id='g', auto_offset_reset='earliest', consumer_timeout_ms=4000)
            n = 0
            for m in c:
                n += 1
                if n == 50: break
            c.commit(); c.close(); print(n)
            """;
        Assert.Equal("50", (await RunAsync("python3", script, "-")).Trim());
    }

    private static async Task<string> RunAsync(string program, string input, params string[] arguments)
    {
        if (!File.Exists($"/usr/bin/{program}")) Assert.Skip($"not run: {program} is not installed");
        var start = new ProcessStartInfo($"/usr/bin/{program}", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var talk = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await talk}");
        return await output;
    }
}
