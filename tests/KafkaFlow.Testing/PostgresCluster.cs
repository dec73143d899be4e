using KafkaFlow.LocalServers;

namespace KafkaFlow.Testing;

/// <summary>
/// A private Postgres, started at first use and stopped with the fixture. A test that stops and starts the server
/// creates one of its own with <see cref="StartOwnAsync"/>.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private TemporaryDirectory? _directory;
    private PostgresServer? _server;

    /// <returns>The shared server; skips the test where there are no Postgres binaries.</returns>
    public async Task<PostgresServer> ServerAsync()
    {
        await _gate.WaitAsync(TimeSpan.FromMinutes(2));
        try
        {
            if (_server is null)
            {
                _directory = TestEnvironment.NewDirectory("postgres");
                _server = await StartOwnAsync(_directory);
            }
            return _server;
        }
        finally
        {
            _gate.Release();
        }
    }

    public static async Task<PostgresServer> StartOwnAsync(TemporaryDirectory directory)
    {
        if (PostgresServer.FindBinaries() is null) Assert.Skip("not run: no Postgres binaries (Debian: postgresql)");
        return await PostgresServer.StartAsync(directory.PathOf("data"), 0, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory?.Dispose();
        _gate.Dispose();
    }
}
