using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaFlow.EndToEnd.Tests.Stack))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>
/// A running product for tests that only use it: <c>kafkaflow up</c> under a private prefix on the run's Kafka, with a
/// Postgres of its own and the credential <c>pg_local</c> for playbooks.
/// </summary>
public sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private readonly SemaphoreSlim _gate = new(1);
    private TemporaryDirectory? _directory;
    private CliProcess? _up;
    private bool _isReady;

    /// <summary>The broker of this test run; tests with a prefix of their own may use it too.</summary>
    public KafkaCluster Kafka { get; } = new();

    public string Bootstrap { get; private set; } = "";
    public string Prefix { get; } = KafkaCluster.NewPrefix();
    public string Postgres { get; private set; } = "";
    public string Data => _directory!.FullPath;

    public async Task StartAsync()
    {
        await _gate.WaitAsync(StartLimit);
        try
        {
            if (_isReady) return;
            Bootstrap = await Kafka.BootstrapAsync();
            if (PostgresServer.FindBinaries() is null) Assert.Skip("not run: no Postgres binaries (Debian: postgresql)");
            _directory = TestEnvironment.NewDirectory("stack");
            Directory.CreateDirectory(Path.Combine(Data, "credentials"));
            var up = CliProcess.Start(
                ["up", "--bootstrap", Bootstrap, "--prefix", Prefix, "--data", Data, "--postgres-port", "0", "--output", "json"],
                Environment());
            _up = up;
            await up.WaitForTalkAsync("ready in ", StartLimit);
            Postgres = (string)(await up.WaitForDocumentAsync(StartLimit))["postgres"]!;
            WriteCredential("pg_local");
            _isReady = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    public string Talk => _up!.Talk;

    /// <summary>Runs a command against this stack; JSON on stdout.</summary>
    public async Task<(CliResult Result, JsonNode? Document)> CallAsync(params string[] arguments)
    {
        await StartAsync();
        var result = await CliProcess.RunAsync([.. arguments, "--data", Data, "--prefix", Prefix, "--output", "json"]);
        return (result, result.Output.Length == 0 ? null : JsonNode.Parse(result.Output));
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["KAFKAFLOW_CREDENTIALS"] = Path.Combine(Data, "credentials"),
    };

    private void WriteCredential(string name)
    {
        var uri = new Uri(Postgres);
        var credential = new JsonObject
        {
            ["name"] = name, ["type"] = "postgres",
            ["data"] = new JsonObject
            {
                ["db_host"] = uri.Host, ["db_port"] = $"{uri.Port}", ["db_user"] = uri.UserInfo, ["db_password"] = "",
                ["db_name"] = uri.AbsolutePath.Trim('/'),
            },
        };
        File.WriteAllText(Path.Combine(Data, "credentials", $"{name}.json"), credential.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_up is not null) await _up.DisposeAsync();
        await Kafka.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }
}
