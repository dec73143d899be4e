using System.Diagnostics;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Cli.Local;

/// <summary>Which parts to start beside what is already there.</summary>
/// <param name="KafkaPort">0 takes a free port.</param>
/// <param name="WithPostgres">Start a private Postgres where no address was given.</param>
internal sealed record StackPlan(int KafkaPort, int PostgresPort, bool WithPostgres);

/// <summary>
/// The servers that <c>up</c> and <c>run</c> need and nobody named: a Kafka from <c>KAFKA_HOME</c>, a private Postgres.
/// Owns both; disposing stops them in reverse order.
/// </summary>
internal sealed class LocalStack : IAsyncDisposable
{
    private KafkaServer? _kafka;
    private PostgresServer? _postgres;

    private LocalStack(CliSettings settings) => Settings = settings;

    /// <summary>The settings with the addresses of what was started.</summary>
    public CliSettings Settings { get; private set; }

    public string? PostgresUri { get; private set; }

    /// <param name="directory">Holds <c>kafka/</c> and <c>postgres/</c>.</param>
    public static async Task<LocalStack> StartAsync(
        CliSettings settings, StackPlan plan, string directory, Report report, CancellationToken cancel)
    {
        var stack = new LocalStack(settings);
        try
        {
            await Task.WhenAll(
                stack.StartKafkaAsync(plan, directory, report, cancel),
                stack.StartPostgresAsync(plan, directory, report, cancel));
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    private async Task StartKafkaAsync(StackPlan plan, string directory, Report report, CancellationToken cancel)
    {
        if (Settings.Bootstrap is not null) return;
        if (KafkaServer.ProblemOf(Settings.KafkaHome) is { } problem)
            throw CliException.Unavailable(
                problem,
                "set KAFKA_HOME to a Kafka installation, or name a running cluster with --bootstrap HOST:PORT");
        CheckPort(plan.KafkaPort, "Kafka", "--kafka-port");
        var clock = Stopwatch.StartNew();
        report.Talk("starting Kafka ..");
        _kafka = await KafkaServer.StartAsync(
            Settings.KafkaHome!, Path.Combine(directory, "kafka"), plan.KafkaPort, cancel);
        report.Talk($"Kafka is up on {_kafka.Bootstrap} after {clock.ElapsedMilliseconds} ms");
        Settings = Settings with { Bootstrap = _kafka.Bootstrap };
    }

    private async Task StartPostgresAsync(StackPlan plan, string directory, Report report, CancellationToken cancel)
    {
        if (Settings.Postgres is not null || !plan.WithPostgres)
        {
            PostgresUri = Settings.Postgres == CliSettings.NoPostgres ? null : Settings.Postgres;
            return;
        }
        CheckPort(plan.PostgresPort, "Postgres", "--postgres-port");
        _postgres = await PostgresServer.StartAsync(Path.Combine(directory, "postgres"), plan.PostgresPort, cancel);
        report.Talk($"Postgres is up on 127.0.0.1:{_postgres.Port}");
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
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_kafka is not null) await _kafka.DisposeAsync();
    }
}
