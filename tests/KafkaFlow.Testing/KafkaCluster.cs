namespace KafkaFlow.Testing;

/// <summary>
/// The broker of this test run, started at first use: <c>KAFKAFLOW_TEST_BOOTSTRAP</c> names a running one, else one is
/// started on a free port and stopped with the fixture. Use as an assembly fixture. Topics are private to a test through
/// <see cref="NewPrefix"/>.
/// </summary>
public sealed class KafkaCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private TemporaryDirectory? _directory;
    private PrivateBroker? _broker;

    public static string NewPrefix() => $"t{Guid.NewGuid():N}"[..12];

    /// <returns>host:port; skips the test where no broker can be had.</returns>
    public async Task<string> BootstrapAsync()
    {
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_BOOTSTRAP") is { Length: > 0 } named) return named;
        await _gate.WaitAsync(TimeSpan.FromMinutes(3));
        try
        {
            _directory ??= TestEnvironment.NewDirectory("kafka");
            _broker ??= await PrivateBroker.StartAsync(_directory.FullPath);
            return _broker.Bootstrap;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }
}
