using System.Globalization;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Testing;

/// <summary>
/// A broker in a process and a directory of its own that a test may kill and start again: the embedded one, or the
/// Kafka of <c>KAFKA_HOME</c> where <c>KAFKAFLOW_TEST_BROKER</c> says <c>kafka</c>.
/// </summary>
public sealed class PrivateBroker : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private readonly KafkaServer? _kafka;
    private readonly string _directory;
    private readonly int _port;
    private ChildProcess? _embedded;

    private PrivateBroker(KafkaServer? kafka, string directory, int port) =>
        (_kafka, _directory, _port) = (kafka, directory, port);

    public string Bootstrap => $"127.0.0.1:{_port}";

    /// <returns>null if the broker of this run can be started, else what is missing.</returns>
    public static string? Problem() => TestEnvironment.IsOnKafka
        ? KafkaServer.ProblemOf(TestEnvironment.KafkaHome)
        : File.Exists(TestEnvironment.Program) ? null : $"{TestEnvironment.Program} has not been built";

    /// <summary>Skips the test where the broker of this run is missing.</summary>
    public static async Task<PrivateBroker> StartAsync(string directory)
    {
        if (Problem() is { } problem) Assert.Skip($"not run: {problem}");
        if (TestEnvironment.IsOnKafka)
        {
            var kafka = await KafkaServer.StartAsync(TestEnvironment.KafkaHome!, directory, 0, CancellationToken.None);
            return new PrivateBroker(kafka, directory, kafka.Port);
        }
        var broker = new PrivateBroker(null, directory, Ports.Free(1)[0]);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts again after <see cref="KillAsync"/>, same port and data.</summary>
    public async Task StartAsync()
    {
        if (_kafka is not null)
        {
            await _kafka.StartAsync(CancellationToken.None);
            return;
        }
        Directory.CreateDirectory(_directory);
        var log = Path.Combine(_directory, "broker.log");
        _embedded = ChildProcess.Start(
            TestEnvironment.Program,
            ["broker", "run", "--port", _port.ToString(CultureInfo.InvariantCulture), "--data", _directory], log,
            environment: new Dictionary<string, string> { ["KAFKAFLOW_LOG"] = "warn" });
        await _embedded.WaitUntilAsync(() => Ports.Answers(_port), StartTimeout, "the broker", CancellationToken.None);
    }

    /// <summary>kill -9; its data stays.</summary>
    public Task KillAsync() => _kafka?.KillAsync() ?? _embedded!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        if (_kafka is not null) await _kafka.DisposeAsync();
        if (_embedded is not null) await _embedded.DisposeAsync();
    }
}
