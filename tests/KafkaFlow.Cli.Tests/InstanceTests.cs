using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary><c>up</c>, and what the operator's commands say of a cluster with and without an engine.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class InstanceTests(Stack stack)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Up_says_its_addresses_and_writes_them_for_its_owner_only()
    {
        await stack.StartAsync();
        Assert.Matches(@"ready in \d+ ms kafka=\S+ postgres=postgresql://\S+ registry=none api=none", stack.UpTalk);
        var file = Path.Combine(stack.Data, "instance.json");
        var instance = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        Shape.HasKeys(instance, "pid", "started_at", "bootstrap", "registry", "postgres", "api", "version");
        Assert.True(JsonNode.DeepEquals(instance, JsonNode.Parse(stack.UpOutput)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", (string)instance["started_at"]!);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_second_up_in_one_data_directory_is_refused()
    {
        var error = Shape.Error(await stack.JsonAsync("up", "--kafka-port", "0", "--postgres-port", "0"), 7, "unavailable");
        Assert.Contains(stack.Data, (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_holder_and_the_option()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        using var scratch = TestEnvironment.NewDirectory("port");
        var error = Shape.Error(await CliProcess.RunAsync(
            ["up", "--bootstrap", await stack.BootstrapAsync(), "--prefix", KafkaCluster.NewPrefix(), "--data", scratch.FullPath,
             "--postgres-port", port, "--output", "json"], Limit), 7, "unavailable");
        Assert.Contains($"port {port} for Postgres is in use by process {Environment.ProcessId}", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Contains("--postgres-port", (string)error["hint"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_stops_everything_that_up_started_and_removes_its_file()
    {
        using var scratch = TestEnvironment.NewDirectory("up");
        await using var up = CliProcess.Start(
            ["up", "--kafka-port", "0", "--postgres-port", "0", "--data", scratch.FullPath, "--output", "json"],
            new Dictionary<string, string> { ["KAFKA_HOME"] = TestEnvironment.IsOnKafka ? TestEnvironment.KafkaHome! : "" });
        await up.WaitForTalkAsync("ready in ", Limit);
        var instance = await up.WaitForDocumentAsync(Limit);
        var kafka = int.Parse(((string)instance["bootstrap"]!).Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        var postgres = new Uri((string)instance["postgres"]!).Port;
        Assert.True(Ports.Answers(kafka) && Ports.Answers(postgres));
        var result = await up.StopAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.False(Ports.Answers(kafka) || Ports.Answers(postgres));
        Assert.False(File.Exists(Path.Combine(scratch.FullPath, "instance.json")));
    }

    [Fact]
    public async Task Status_and_topics_have_one_entry_for_each()
    {
        var status = (await stack.DocumentAsync(0, "engine", "status")).AsArray();
        Assert.Equal([0, 1, 2, 3], status.Select(row => (int)row!["partition"]!));
        Assert.All(status, row =>
        {
            Shape.Contains(row, "partition", "role", "position", "lag", "checkpoint_age_ms", "restore_percent");
            Assert.Equal("running", (string)row!["role"]!);
        });
        var topics = (await stack.DocumentAsync(0, "topics", "check")).AsArray();
        Assert.All(topics, topic => Assert.Equal("ok", (string)topic!["status"]!));
        Assert.Contains($"{stack.Prefix}.state-changelog", topics.Select(t => (string)t!["topic"]!));
    }

    [Fact]
    public async Task A_cluster_without_an_engine_is_told_after_ten_seconds_with_the_command_that_starts_one()
    {
        var bootstrap = await stack.BootstrapAsync();
        string[] there = ["--bootstrap", bootstrap, "--prefix", KafkaCluster.NewPrefix(), "--output", "json"];
        var missing = await CliProcess.RunAsync(["topics", "check", .. there], Limit);
        Assert.Equal(4, missing.ExitCode);
        Assert.All(JsonNode.Parse(missing.Output)!.AsArray(), t => Assert.Equal("missing", (string)t!["status"]!));
        var created = await CliProcess.RunAsync(["topics", "apply", .. there], Limit);
        Assert.Equal(0, created.ExitCode);
        Assert.All(JsonNode.Parse(created.Output)!.AsArray(), t => Assert.Equal("created", (string)t!["status"]!));

        var result = await CliProcess.RunAsync(["run", "playbooks/hello.yaml", .. there], Limit);
        var error = Shape.Error(result, 7, "unavailable");
        Assert.Contains("after 10 s", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Contains($"kafkaflow engine run --bootstrap {bootstrap}", (string)error["hint"]!, StringComparison.Ordinal);
        var status = JsonNode.Parse((await CliProcess.RunAsync(["engine", "status", .. there], Limit)).Output)!.AsArray();
        Assert.All(status, row => Assert.Equal("unowned", (string)row!["role"]!));
    }
}
