using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>sink run</c>: writes events to Postgres. The bare noun means run.</summary>
internal static class SinkCommands
{
    public static Command Create(GlobalOptions global)
    {
        var sink = new Command("sink", "Write events to Postgres.");
        AddRun(global, sink);
        var run = new Command("run", "Write events to Postgres until stopped.");
        AddRun(global, run);
        sink.Subcommands.Add(run);
        return sink;
    }

    private static void AddRun(GlobalOptions global, Command command) =>
        global.SetAction(command, async (context, _, cancel) =>
        {
            using var loggers = Logging.Create(context.Settings.LogLevel);
            using var cluster = await context.ConnectAsync(cancel);
            if (cluster.Settings.Postgres is not { } postgres || postgres == CliSettings.NoPostgres)
                throw CliException.Unavailable("no Postgres address",
                    "name one with --postgres URI or KAFKAFLOW_POSTGRES");
            await using var hosts = new Hosts(cluster.Settings, cluster.Serdes, loggers);
            hosts.StartSink(postgres);
            await hosts.UntilCancelledAsync(cancel);
            return ExitCodes.Ok;
        });
}
