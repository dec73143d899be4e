using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaFlow.Broker.Tests.RealKafka))]

namespace KafkaFlow.Broker.Tests;

/// <summary>The Kafka of <c>KAFKA_HOME</c> that the embedded broker is compared with, started at first use.</summary>
public sealed class RealKafka : IAsyncDisposable
{
    private TemporaryDirectory? _directory;
    private KafkaServer? _server;

    /// <returns>host:port; skips the test where there is no installation.</returns>
    public async Task<string> BootstrapAsync()
    {
        if (KafkaServer.ProblemOf(TestEnvironment.KafkaHome) is { } problem) Assert.Skip($"not run: {problem}");
        _directory ??= TestEnvironment.NewDirectory("kafka");
        _server ??= await KafkaServer.StartAsync(
            TestEnvironment.KafkaHome!, _directory.FullPath, 0, CancellationToken.None);
        return _server.Bootstrap;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory?.Dispose();
    }
}
