using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>worker run</c>: serves task topics of the built-in node types. The bare noun means run.</summary>
internal static class WorkerCommands
{
    private const int DefaultConcurrency = 32;

    public static Command Create(GlobalOptions global)
    {
        var worker = new Command("worker", "Serve tasks.");
        AddRun(global, worker);
        var run = new Command("run", "Serve tasks until stopped.");
        AddRun(global, run);
        worker.Subcommands.Add(run);
        return worker;
    }

    private static void AddRun(GlobalOptions global, Command command)
    {
        var types = new Option<string>("--types")
        {
            Description = "node types, comma separated", DefaultValueFactory = _ =>
                string.Join(',', TaskHandlers.BuiltIn),
        };
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "tasks at once", DefaultValueFactory = _ => DefaultConcurrency,
        };
        command.Options.Add(types);
        command.Options.Add(concurrency);
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var names =
                parsed.GetValue(types)!.Split(',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            using var loggers = Logging.Create(context.Settings.LogLevel);
            using var cluster = await context.ConnectAsync(cancel);
            await using var hosts = new Hosts(cluster.Settings, cluster.Serdes, loggers);
            hosts.StartWorker(names, parsed.GetValue(concurrency));
            await hosts.UntilCancelledAsync(cancel);
            return ExitCodes.Ok;
        });
    }
}
