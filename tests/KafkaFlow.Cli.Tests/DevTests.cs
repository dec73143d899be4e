using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary><c>dev</c>: everything in one process on the embedded broker, with nothing else installed.</summary>
[Trait("tier", "fast")]
[Trait("needs", "postgres")]
public sealed class DevTests
{
    private const string Hello = "playbooks/hello.yaml";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly Dictionary<string, string> NoPostgres = new() { ["PG_BIN"] = "/no/such/directory" };

    [Fact]
    public async Task It_says_its_addresses_and_the_three_next_commands_and_each_of_them_works()
    {
        RequirePostgres();
        using var scratch = TestEnvironment.NewDirectory("dev");
        await using var dev = Start(scratch);
        await dev.WaitForTalkAsync("ready in ", Limit);
        await dev.WaitForTalkAsync("psql '", Limit);
        var next = dev.Talk.Split('\n').SkipWhile(line => !line.StartsWith("next:", StringComparison.Ordinal))
            .Select(line => line.Replace("next:", "", StringComparison.Ordinal).Trim()).Where(line => line.Length > 0).ToList();
        Assert.Equal(["kafkaflow", "kcat", "psql"], next.Select(line => line.Split(' ')[0]));

        var run = await BashAsync($"{next[0].Replace("kafkaflow", $"'{TestEnvironment.Program}'", StringComparison.Ordinal)} --data '{scratch.FullPath}'");
        Assert.Contains("Hello, World!", run, StringComparison.Ordinal);
        Assert.Contains("event_type=execution_completed", await BashAsync(next[1]), StringComparison.Ordinal);
        await EventuallyAsync(async () => (await BashAsync(next[2])).Contains("COMPLETED", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sigterm_stops_all_of_it_and_frees_its_ports()
    {
        RequirePostgres();
        using var scratch = TestEnvironment.NewDirectory("dev");
        await using var dev = Start(scratch);
        await dev.WaitForTalkAsync("ready in ", Limit);
        var instance = InstanceIn(scratch);
        int[] ports = [PortOf((string)instance["bootstrap"]!), .. new[] { "postgres", "registry" }.Select(name => new Uri((string)instance[name]!).Port)];
        Assert.All(ports, port => Assert.True(Ports.Answers(port)));
        var ended = await dev.StopAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.All(ports, port => Assert.False(Ports.Answers(port)));
        Assert.False(File.Exists(scratch.PathOf("instance.json")));
    }

    [Fact]
    public async Task A_second_start_after_kill_9_goes_on_with_what_was_under_way()
    {
        using var scratch = TestEnvironment.NewDirectory("dev");
        string[] at = ["--data", scratch.FullPath, "--output", "json"];
        await using (var first = Start(scratch, NoPostgres))
        {
            await first.WaitForTalkAsync("ready in ", Limit);
            await CallAsync(0, ["playbook", "register", "playbooks/approval.yaml", .. at]);
            await CallAsync(0, ["execution", "start", "examples/approval", "--id", "held", .. at]);
            await EventuallyAsync(() => WaitsForAsync("approval", at));
            await first.KillAsync();
        }
        await using var second = Start(scratch, NoPostgres);
        await second.WaitForTalkAsync("ready in ", Limit);
        Assert.True(await WaitsForAsync("approval", at));
        await CallAsync(0, ["execution", "reject", "held", "ask#1", "--actor", "ann", .. at]);
        await EventuallyAsync(async () =>
            (string)(await CallAsync(0, ["execution", "show", "held", .. at]))["status"]! is "COMPLETED" or "FAILED");
        await CallAsync(0, ["run", Hello, .. at]); // and takes new ones
    }

    [Fact]
    public async Task Without_Postgres_it_says_how_to_get_it_and_runs_without_a_sink()
    {
        using var scratch = TestEnvironment.NewDirectory("dev");
        await using var dev = Start(scratch, NoPostgres, "--ephemeral");
        await dev.WaitForTalkAsync("ready in ", Limit);
        Assert.Contains("PG_BIN is /no/such/directory; expected initdb and postgres in it", dev.Talk, StringComparison.Ordinal);
        Assert.Contains("postgres=none", dev.Talk, StringComparison.Ordinal);
        await CallAsync(0, ["run", Hello, "--data", scratch.FullPath, "--output", "json"]);
        await dev.StopAsync();
        Assert.Equal(["instance.lock"], Directory.GetFileSystemEntries(scratch.FullPath).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Run_without_an_instance_brings_its_own_broker_and_leaves_nothing()
    {
        using var scratch = TestEnvironment.NewDirectory("alone");
        var run = await CallAsync(0, ["run", Hello, "--set", "name=Ada", "--data", scratch.FullPath, "--output", "json"]);
        Assert.Equal("Hello, Ada!", (string)run["result"]!["greeting"]!);
        Assert.Empty(Directory.GetFileSystemEntries(scratch.FullPath));
    }

    [Fact]
    public async Task A_named_cluster_and_a_port_in_use_are_refused_by_name()
    {
        using var scratch = TestEnvironment.NewDirectory("dev");
        string[] dev = ["dev", "--data", scratch.FullPath, "--output", "json"];
        var named = Shape.Error(await CliProcess.RunAsync([.. dev, "--bootstrap", "127.0.0.1:9"], Limit), 2, "bad_option");
        Assert.Contains("up --bootstrap", (string)named["hint"]!, StringComparison.Ordinal);

        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = $"{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}";
        var taken = Shape.Error(
            await CliProcess.RunAsync([.. dev, "--kafka-port", port, "--postgres-port", "0"], Limit, NoPostgres), 7, "unavailable");
        Assert.Contains($"port {port} for Kafka is in use by process {Environment.ProcessId}", (string)taken["message"]!, StringComparison.Ordinal);
        Assert.Contains("--kafka-port", (string)taken["hint"]!, StringComparison.Ordinal);
    }

    private static CliProcess Start(
        TemporaryDirectory scratch, Dictionary<string, string>? environment = null, params string[] more) =>
        CliProcess.Start(["dev", "--kafka-port", "0", "--postgres-port", "0", "--registry-port", "0", "--data", scratch.FullPath, .. more], environment);

    private static void RequirePostgres()
    {
        if (PostgresServer.Problem() is { } problem) Assert.Skip($"not run: {problem}");
    }

    private static JsonNode InstanceIn(TemporaryDirectory scratch) =>
        JsonNode.Parse(File.ReadAllText(scratch.PathOf("instance.json")))!;

    private static int PortOf(string address) => int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture);

    private static async Task<JsonNode> CallAsync(int exitCode, string[] arguments)
    {
        var result = await CliProcess.RunAsync(arguments, Limit);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result}");
        return JsonNode.Parse(result.Output)!;
    }

    private static async Task<bool> WaitsForAsync(string kind, string[] at)
    {
        var result = await CliProcess.RunAsync(["why", "held", .. at], Limit);
        return result.ExitCode == 0
            && JsonNode.Parse(result.Output)!["because"]!.AsArray().Any(w => (string)w!["kind"]! == kind);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var clock = Stopwatch.StartNew(); !await holds();)
        {
            Assert.True(clock.Elapsed < Limit, $"not so after {Limit.TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private static async Task<string> BashAsync(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardOutput = true, WorkingDirectory = TestEnvironment.RepositoryRoot,
        };
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Limit);
        var output = await process.StandardOutput.ReadToEndAsync(late.Token);
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, $"{command}: exit {process.ExitCode}\n{output}");
        return output;
    }
}
