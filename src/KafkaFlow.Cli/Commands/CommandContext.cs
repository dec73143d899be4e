using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Cli.Commands;

/// <summary>What a command works with.</summary>
internal sealed record CommandContext(CliSettings Settings, Report Report)
{
    /// <exception cref="CliException">No address is known, or no broker answers there.</exception>
    public Task<Cluster> ConnectAsync(CancellationToken cancel) =>
        Cluster.ConnectAsync(Connected(), NullLoggerFactory.Instance, cancel);

    /// <summary>Settings with addresses of the running instance filled in where none were given.</summary>
    /// <exception cref="CliException">No address was given and no instance runs.</exception>
    public CliSettings Connected()
    {
        if (Settings.Bootstrap is not null) return Settings;
        var instance = Instance.Find(Settings.DataDirectory);
        if (instance is null)
            throw CliException.Unavailable(
                $"no Kafka address: --bootstrap was not given and no instance runs in {Settings.DataDirectory}",
                "start one with: kafkaflow dev    or name a cluster with --bootstrap HOST:PORT");
        return Settings with
        {
            Bootstrap = instance.Bootstrap,
            Postgres = Settings.Postgres ?? instance.Postgres,
            Registry = Settings.Registry.Length > 0 ? Settings.Registry : instance.Registry,
        };
    }
}
