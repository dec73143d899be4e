using System.Text.RegularExpressions;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Testing;

/// <summary>
/// An in-memory schema registry on a free port of loopback, started at first use and stopped with the fixture. Its
/// program is outside the repository (<c>KAFKAFLOW_SHARED/registry</c>).
/// </summary>
public sealed partial class RegistryServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly SemaphoreSlim _gate = new(1);
    private TemporaryDirectory? _directory;
    private ChildProcess? _process;
    private Uri? _address;

    /// <returns>Its base address; skips the test where there is no such program or no Java.</returns>
    public async Task<Uri> AddressAsync()
    {
        await _gate.WaitAsync(StartTimeout);
        try
        {
            return _address ??= await StartAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }

    private async Task<Uri> StartAsync()
    {
        var script = TestEnvironment.RequireShared("registry/start-registry.sh");
        _directory = TestEnvironment.NewDirectory("registry");
        var log = _directory.PathOf("registry.log");
        _process = ChildProcess.Start("bash", [script, "0"], log);
        Match ready = Match.Empty;
        await _process.WaitUntilAsync(
            () => File.Exists(log) && (ready = Ready().Match(File.ReadAllText(log))).Success, StartTimeout, "Schema registry",
            CancellationToken.None);
        return new Uri(ready.Groups[1].Value);
    }

    [GeneratedRegex(@"ready on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Ready();
}
