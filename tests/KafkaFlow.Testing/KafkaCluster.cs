using KafkaFlow.LocalServers;

namespace KafkaFlow.Testing;

/// <summary>
/// The Kafka of this test run, started at first use: <c>KAFKAFLOW_TEST_BOOTSTRAP</c> names a running one, else one is
/// started from <c>KAFKA_HOME</c> on free ports and stopped with the fixture. Use as an assembly fixture.
/// Topics are private to a test through <see cref="NewPrefix"/>.
/// </summary>
public sealed class KafkaCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private TemporaryDirectory? _directory;
    private KafkaServer? _server;
    private string? _bootstrap;

    public static string NewPrefix() => $"t{Guid.NewGuid():N}"[..12];

    /// <returns>host:port; skips the test where no Kafka can be had.</returns>
    public async Task<string> BootstrapAsync()
    {
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_BOOTSTRAP") is { Length: > 0 } named) return named;
        if (KafkaServer.ProblemOf(TestEnvironment.KafkaHome) is { } problem) Assert.Skip($"not run: {problem}");
        await _gate.WaitAsync(TimeSpan.FromMinutes(3));
        try
        {
            if (_bootstrap is null)
            {
                _directory = TestEnvironment.NewDirectory("kafka");
                _server = await KafkaServer.StartAsync(
                    TestEnvironment.KafkaHome!, _directory.FullPath, 0, CancellationToken.None);
                _bootstrap = _server.Bootstrap;
            }
            return _bootstrap;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }
}
