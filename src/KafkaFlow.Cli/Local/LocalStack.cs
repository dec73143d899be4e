using System.Diagnostics;
using KafkaFlow.Broker;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.Registry;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Local;

/// <summary>Which servers to start where no address was given. A port of 0 takes a free one.</summary>
/// <param name="Directory">Holds <c>kafka/</c> and <c>postgres/</c>.</param>
/// <param name="KafkaHome">A Kafka installation to start; null takes the broker inside this process.</param>
/// <param name="PostgresPort">null starts no Postgres.</param>
/// <param name="RegistryPort">null starts no schema registry.</param>
internal sealed record StackPlan(
    string Directory, string? KafkaHome = null, int KafkaPort = 0, int? PostgresPort = null, int? RegistryPort = null);

/// <summary>
/// The servers that <c>dev</c>, <c>up</c> and <c>run</c> need and nobody named: a broker, a schema registry, a private
/// Postgres. Owns them; disposing stops them in reverse order.
/// </summary>
internal sealed class LocalStack : IAsyncDisposable
{
    private readonly Report _report;
    private EmbeddedBroker? _broker;
    private KafkaServer? _kafka;
    private RegistryServer? _registry;
    private PostgresServer? _postgres;
    private Task _postgresStart = Task.CompletedTask;
    private Task _registryStart = Task.CompletedTask;

    private LocalStack(CliSettings settings, Report report) => (Settings, _report) = (settings, report);

    /// <summary>The settings with the addresses of what was started.</summary>
    public CliSettings Settings { get; private set; }

    /// <summary>Where Postgres is or will be; null for none.</summary>
    public string? PostgresUri { get; private set; }

    /// <summary>Returns with a broker that answers; registry and Postgres go on starting beside.</summary>
    /// <exception cref="CliException">A port is in use, or what the plan names cannot be started.</exception>
    public static async Task<LocalStack> StartAsync(
        CliSettings settings, StackPlan plan, Report report, ILoggerFactory loggers, CancellationToken cancel)
    {
        var stack = new LocalStack(settings, report);
        try
        {
            stack.BeginPostgres(plan, cancel);
            await stack.StartBrokerAsync(plan, loggers, cancel);
            stack.BeginRegistry(plan, loggers, cancel);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until Postgres takes connections.</summary>
    /// <returns>Its address; null if there is none.</returns>
    /// <exception cref="LocalServerException">It did not start.</exception>
    public async Task<string?> PostgresReadyAsync()
    {
        await _postgresStart;
        return PostgresUri;
    }

    /// <summary>Side by side: the product's topics, a registry of this stack, and a client of it all.</summary>
    /// <exception cref="RegistryException">The registry did not start.</exception>
    /// <exception cref="KafkaUnavailableException">The broker does not answer.</exception>
    public async Task<Cluster> ConnectAsync(ILoggerFactory loggers, CancellationToken cancel)
    {
        var topics = Task.Run(ApplyTopicsAsync, cancel);
        var cluster = await Cluster.ConnectAsync(Settings, loggers, cancel);
        try
        {
            await Task.WhenAll(topics, _registryStart);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    private async Task ApplyTopicsAsync()
    {
        using var admin = new TopicAdmin(Settings.Kafka);
        await admin.ApplyAsync(Settings.Prefix);
    }

    private async Task StartBrokerAsync(StackPlan plan, ILoggerFactory loggers, CancellationToken cancel)
    {
        if (Settings.Bootstrap is not null) return;
        CheckPort(plan.KafkaPort, "Kafka", "--kafka-port");
        var clock = Stopwatch.StartNew();
        var data = Path.Combine(plan.Directory, "kafka");
        if (plan.KafkaHome is { } home)
        {
            _kafka = await KafkaServer.StartAsync(home, data, plan.KafkaPort, cancel);
            _report.Talk($"Kafka of {home} is up on {_kafka.Bootstrap} after {clock.ElapsedMilliseconds} ms");
        }
        else
        {
            _broker = await EmbeddedBroker.StartAsync(
                new BrokerOptions { DataDirectory = data, Port = plan.KafkaPort, Logging = loggers });
            _report.Talk($"embedded broker, one node for development, is up on {_broker.Bootstrap} "
                + $"after {clock.ElapsedMilliseconds} ms");
        }
        Settings = Settings with { Bootstrap = _broker?.Bootstrap ?? _kafka!.Bootstrap };
    }

    private void BeginRegistry(StackPlan plan, ILoggerFactory loggers, CancellationToken cancel)
    {
        if (Settings.Registry.Length > 0 || plan.RegistryPort is not { } wanted) return;
        CheckPort(wanted, "the schema registry", "--registry-port");
        var options = new RegistryOptions { Kafka = Settings.Kafka, Port = wanted == 0 ? Ports.Free(1)[0] : wanted };
        _registryStart = Task.Run(
            async () => _registry = await RegistryServer.StartAsync(options, loggers, cancel), cancel);
        Settings = Settings with { Registry = $"http://{options.Host}:{options.Port}" };
    }

    private void BeginPostgres(StackPlan plan, CancellationToken cancel)
    {
        PostgresUri = Settings.Postgres == CliSettings.NoPostgres ? null : Settings.Postgres;
        if (Settings.Postgres is not null || plan.PostgresPort is not { } port) return;
        if (PostgresServer.Problem() is { } problem)
        {
            _report.Talk($"without a sink: {problem}");
            return;
        }
        CheckPort(port, "Postgres", "--postgres-port");
        _postgres = PostgresServer.In(Path.Combine(plan.Directory, "postgres"), port);
        _postgresStart = Task.Run(() => _postgres.StartAsync(cancel), cancel);
        PostgresUri = _postgres.Uri;
    }

    private static void CheckPort(int port, string server, string option)
    {
        if (port != 0 && !Ports.IsFree(port))
            throw CliException.Unavailable(
                $"port {port} for {server} is in use by {Ports.HolderOf(port)}",
                $"choose another with {option} N, or 0 for a free one");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var start in new[] { _postgresStart, _registryStart })
            await start.ContinueWith(_ => { }, TaskScheduler.Default); // its failure has its own reader
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_registry is not null) await _registry.DisposeAsync();
        if (_kafka is not null) await _kafka.DisposeAsync();
        if (_broker is not null) await _broker.DisposeAsync();
    }
}
