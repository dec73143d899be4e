using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaFlow.Cli.Tests.Stack))]

namespace KafkaFlow.Cli.Tests;

/// <summary>One <c>kafkaflow up</c> for all tests that only use it.</summary>
public sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly KafkaCluster _kafka = new(); // an assembly fixture is given no other one
    private TemporaryDirectory? _directory;
    private CliProcess? _up;

    public string Prefix { get; } = KafkaCluster.NewPrefix();
    public string Data => _directory!.FullPath;
    public string UpOutput => _up!.Output;
    public string UpTalk => _up!.Talk;

    public Task<string> BootstrapAsync() => _kafka.BootstrapAsync();

    public async Task StartAsync()
    {
        await _gate.WaitAsync(StartLimit);
        try
        {
            if (_up is not null) return;
            var bootstrap = await _kafka.BootstrapAsync();
            if (PostgresServer.FindBinaries() is null) Assert.Skip("not run: no Postgres binaries (Debian: postgresql)");
            _directory = TestEnvironment.NewDirectory("cli");
            _up = CliProcess.Start(
                ["up", "--bootstrap", bootstrap, "--prefix", Prefix, "--data", Data, "--postgres-port", "0", "--output", "json"]);
            await _up.WaitForTalkAsync("ready in ", StartLimit);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A command against this stack, JSON asked for.</summary>
    public async Task<CliResult> JsonAsync(params string[] arguments) => await TextAsync([.. arguments, "--output", "json"]);

    public async Task<CliResult> TextAsync(params string[] arguments)
    {
        await StartAsync();
        return await CliProcess.RunAsync([.. arguments, "--data", Data, "--prefix", Prefix]);
    }

    /// <summary>The document of a call that must end with <paramref name="exitCode"/>.</summary>
    public async Task<JsonNode> DocumentAsync(int exitCode, params string[] arguments)
    {
        var result = await JsonAsync(arguments);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        return JsonNode.Parse(result.Output)!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_up is not null) await _up.DisposeAsync();
        await _kafka.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }
}
