using System.Diagnostics;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Broker.Tests;

/// <summary>The tools of a Kafka installation, unchanged, against this broker.</summary>
[Trait("tier", "ci")]
[Trait("needs", "kafka")]
public sealed class ToolsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Every_tool_of_a_Kafka_installation_does_its_work()
    {
        if (KafkaServer.ProblemOf(TestEnvironment.KafkaHome) is { } problem) Assert.Skip($"not run: {problem}");
        using var directory = TestEnvironment.NewDirectory("tools");
        await using var broker = await EmbeddedBroker.StartAsync(new() { DataDirectory = directory.PathOf("data") });
        string[] at = ["--bootstrap-server", broker.Bootstrap];

        await Run("kafka-broker-api-versions", "", [.. at], "Produce(0): 0 to 11", "ListTransactions(66)");
        await Run("kafka-cluster", "", ["cluster-id", .. at], $"Cluster ID: {broker.ClusterId}");
        await Run("kafka-topics", "", [.. at, "--create", "--topic", "t", "--partitions", "3", "--replication-factor", "1", "--config", "retention.ms=86400000"], "Created topic t.");
        await Run("kafka-topics", "", [.. at, "--alter", "--topic", "t", "--partitions", "4"]);
        await Run("kafka-topics", "", [.. at, "--describe", "--topic", "t"], "PartitionCount: 4", "retention.ms=86400000");
        await Run("kafka-configs", "", [.. at, "--alter", "--topic", "t", "--add-config", "max.message.bytes=2000000"], "Completed updating config");
        await Run("kafka-configs", "", [.. at, "--describe", "--topic", "t"], "max.message.bytes=2000000");
        await Run("kafka-configs", "", [.. at, "--describe", "--entity-type", "brokers", "--entity-name", "1", "--all"], "inter.broker.protocol.version=3.9-IV0");

        await Run("kafka-console-producer", "k1:v1\nk2:v2\nk3:v3\n", [.. at, "--topic", "t", "--property", "parse.key=true", "--property", "key.separator=:"]);
        await Run("kafka-console-consumer", "", [.. at, "--topic", "t", "--from-beginning", "--max-messages", "3", "--group", "g"], "v1", "v2", "v3");
        await Run("kafka-consumer-groups", "", [.. at, "--list"], "g");
        await Run("kafka-consumer-groups", "", [.. at, "--describe", "--group", "g"], "CURRENT-OFFSET", "t ");
        await Run("kafka-consumer-groups", "", [.. at, "--describe", "--group", "g", "--state"], "Empty");
        await Run("kafka-consumer-groups", "", [.. at, "--reset-offsets", "--group", "g", "--topic", "t", "--to-earliest", "--execute"], "NEW-OFFSET");
        await Run("kafka-consumer-groups", "", [.. at, "--delete", "--group", "g"], "was successful");
        await Run("kafka-get-offsets", "", [.. at, "--topic", "t"], "t:0:", "t:3:");
        await Run("kafka-get-offsets", "", [.. at, "--topic", "t", "--time", "max-timestamp"], "t:0:");

        var deletions = directory.PathOf("deletions.json");
        await File.WriteAllTextAsync(deletions, """{"partitions":[{"topic":"t","partition":0,"offset":-1}],"version":1}""");
        await Run("kafka-delete-records", "", [.. at, "--offset-json-file", deletions], "partition: t-0");
        await Run("kafka-verifiable-producer", "", [.. at, "--topic", "t", "--max-messages", "100"], "\"acked\":100");
        await Run("kafka-verifiable-consumer", "", [.. at, "--topic", "t", "--group-id", "v", "--reset-policy", "earliest", "--max-messages", "100"], "offsets_committed");
        await Run("kafka-producer-perf-test", "", ["--topic", "t", "--num-records", "20000", "--record-size", "200", "--throughput", "-1", "--producer-props", $"bootstrap.servers={broker.Bootstrap}", "acks=all"], "20000 records sent");
        await Run("kafka-producer-perf-test", "", ["--topic", "t", "--num-records", "5000", "--record-size", "200", "--throughput", "-1", "--transactional-id", "perf", "--transaction-duration-ms", "100", "--producer-props", $"bootstrap.servers={broker.Bootstrap}"], "5000 records sent");
        await Run("kafka-consumer-perf-test", "", [.. at, "--topic", "t", "--messages", "20000"], "nMsg.sec");
        await Run("kafka-e2e-latency", "", [broker.Bootstrap, "t", "200", "all", "100"], "Percentiles");
        // Kafka's Java client refuses an answer that leaves out a partition it asked for.
        await Run("kafka-topics", "", [.. at, "--create", "--topic", "wide", "--partitions", "100"], "Created topic wide.");
        await Run("kafka-verifiable-producer", "", [.. at, "--topic", "wide", "--max-messages", "1000"], "\"acked\":1000");
        await Run("kafka-console-consumer", "", [.. at, "--topic", "wide", "--from-beginning", "--max-messages", "1000", "--timeout-ms", "60000", "--consumer-property", "fetch.max.bytes=1", "--consumer-property", "max.partition.fetch.bytes=1"], "Processed a total of 1000 messages");
        await Run("kafka-transactions", "", [.. at, "list"], "perf");
        await Run("kafka-transactions", "", [.. at, "describe", "--transactional-id", "perf"], "CompleteCommit");
        await Run("kafka-transactions", "", [.. at, "describe-producers", "--topic", "t", "--partition", "0"], "ProducerId");
        await Run("kafka-topics", "", [.. at, "--delete", "--topic", "t"]);
        Assert.Null(broker.Core.Catalog.Find("t"));

        await Run("kafka-run-class", "", ["kafka.tools.DumpLogSegments", "--files", directory.PathOf("data/__consumer_offsets-0/00000000000000000000.log"), "--offsets-decoder", "--print-data-log"], "isvalid: true", "\"group\":\"g\"");
        await Run("kafka-run-class", "", ["kafka.tools.DumpLogSegments", "--files", directory.PathOf("data/__transaction_state-0/00000000000000000000.log"), "--transaction-log-decoder", "--print-data-log"], "\"transactionalId\":\"perf\"");
    }

    private async Task Run(string tool, string input, string[] arguments, params string[] expected)
    {
        var script = Path.Combine(TestEnvironment.KafkaHome!, "bin", $"{tool}.sh");
        if (!File.Exists(script)) return;
        var start = new ProcessStartInfo(script, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KAFKA_HEAP_OPTS"] = "-Xmx256m";
        using var process = Process.Start(start)!;
        var (said, talk) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{tool} {string.Join(' ', arguments)} has not ended within {Limit}");
        }
        var text = await said + await talk;
        output.WriteLine($"{tool} {arguments.FirstOrDefault(a => a.StartsWith("--", StringComparison.Ordinal) && a != "--bootstrap-server")}: exit {process.ExitCode}");
        foreach (var part in expected) Assert.True(text.Contains(part, StringComparison.Ordinal), $"{tool} {string.Join(' ', arguments)}: expected '{part}' in\n{text}");
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)} ended with {process.ExitCode}\n{text}");
    }
}
