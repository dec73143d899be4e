using System.CommandLine;
using System.Diagnostics;
using System.Net;
using KafkaFlow.Broker;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>broker run</c>: the embedded broker alone. The bare noun means run.</summary>
internal static class BrokerCommand
{
    public static Command Create(GlobalOptions global)
    {
        var broker = new Command("broker", "Run the embedded broker of one node alone, for development.");
        AddRun(global, broker);
        var run = new Command("run", "Run it until stopped; data in the data directory's kafka/.");
        AddRun(global, run);
        broker.Subcommands.Add(run);
        return broker;
    }

    private static void AddRun(GlobalOptions global, Command command)
    {
        var port = PortOption.Create("--port", PortOption.Kafka);
        var host = new Option<string>("--host")
        {
            Description = "address to listen on; anything but loopback is open to everybody who reaches it",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        host.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !IPAddress.TryParse(result.Tokens[0].Value, out _))
                result.AddError($"--host is {result.Tokens[0].Value}; expected an IP address");
        });
        command.Options.Add(port);
        command.Options.Add(host);
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var clock = Stopwatch.StartNew();
            using var loggers = Logging.Create(context.Settings.LogLevel);
            var options = new BrokerOptions
            {
                DataDirectory = Path.Combine(context.Settings.DataDirectory, "kafka"),
                Address = IPAddress.Parse(parsed.GetValue(host)!), Port = parsed.GetValue(port), Logging = loggers,
            };
            await using var broker = await EmbeddedBroker.StartAsync(options);
            context.Report.Announce($"ready in {clock.ElapsedMilliseconds} ms kafka={broker.Bootstrap}");
            var stopped = new TaskCompletionSource();
            await using var _ = cancel.Register(stopped.SetResult);
            await stopped.Task;
            return ExitCodes.Ok;
        });
    }
}
