using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>engine run|status</c>. The bare noun means run.</summary>
internal static class EngineCommands
{
    public static Command Create(GlobalOptions global)
    {
        var engine = new Command("engine", "Run an engine instance, or see what the engines do.");
        AddRun(global, engine);
        var run = new Command("run", "Run an engine instance until stopped.");
        AddRun(global, run);
        engine.Subcommands.Add(run);
        engine.Subcommands.Add(Status(global));
        return engine;
    }

    private static void AddRun(GlobalOptions global, Command command) =>
        global.SetAction(command, async (context, _, cancel) =>
        {
            using var loggers = Logging.Create(context.Settings.LogLevel);
            using var cluster = await context.ConnectAsync(cancel);
            await using var hosts = new Hosts(cluster.Settings, cluster.Serdes, loggers);
            using var owned = DirectoryLock.Take(Path.Combine(cluster.Settings.DataDirectory, "state"));
            hosts.StartEngine(Path.Combine(cluster.Settings.DataDirectory, "state"));
            await hosts.UntilCancelledAsync(cancel);
            return ExitCodes.Ok;
        });

    private static Command Status(GlobalOptions global)
    {
        var command = new Command("status", "Show each partition: who owns it, how far it is, how far behind.");
        global.SetAction(command, async (context, _, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            var rows = EngineStatus.Read(cluster, cancel);
            var document = new JsonArray([.. rows.Select(row => new JsonObject
            {
                ["partition"] = row.Partition, ["role"] = row.Role, ["position"] = row.Position, ["lag"] = row.Lag,
                ["checkpoint_age_ms"] = row.CheckpointAgeMs, ["restore_percent"] = row.RestorePercent,
                ["owner"] = row.Owner, ["held_by_transaction"] = row.HeldByTransaction,
            })]);
            context.Report.Document(document, _ => context.Report.Table(
                ["partition", "role", "position", "lag", "checkpoint age", "owner", "note"],
                rows.Select(row => new[]
                {
                    $"{row.Partition}", row.Role, $"{row.Position}", $"{row.Lag}",
                    row.CheckpointAgeMs is { } age ? $"{age} ms" : "none", row.Owner ?? "-",
                    row.HeldByTransaction ? "held by an open transaction" : "",
                })));
            if (rows.All(row => row.Role == "unowned"))
                context.Report.Talk("no engine runs; start one with: kafkaflow engine run");
            return ExitCodes.Ok;
        });
        return command;
    }
}
