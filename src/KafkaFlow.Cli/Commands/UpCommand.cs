using System.CommandLine;
using System.Diagnostics;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>up</c>: Kafka and Postgres where none was named, then engine, workers and sink in this
/// process.</summary>
internal static class UpCommand
{
    private const int KafkaPort = 9092;
    private const int PostgresPort = 5433;
    private const int Concurrency = 32;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    public static Command Create(GlobalOptions global)
    {
        var kafkaPort = Port("--kafka-port", KafkaPort);
        var postgresPort = Port("--postgres-port", PostgresPort);
        var command = new Command("up", "Start everything and keep it running until stopped.")
        {
            kafkaPort, postgresPort,
        };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var clock = Stopwatch.StartNew();
            var directory = context.Settings.DataDirectory;
            using var owned = DirectoryLock.Take(directory);
            using var loggers = Logging.Create(context.Settings.LogLevel, quiet: true);
            var plan = new StackPlan(parsed.GetValue(kafkaPort), parsed.GetValue(postgresPort), WithPostgres: true);
            await using var stack =
                await LocalStack.StartAsync(context.Settings, plan, directory, context.Report, cancel);
            using var cluster = await Cluster.ConnectAsync(stack.Settings, loggers, cancel);
            using (var admin = new TopicAdmin(stack.Settings.Kafka)) await admin.ApplyAsync(stack.Settings.Prefix);
            await using var hosts = StartHosts(stack, cluster, loggers, directory);
            if (!await hosts.ReadyAsync(ReadyLimit, cancel))
                context.Report.Talk(
                    $"not every part has work after {ReadyLimit.TotalSeconds:0} s: other instances may hold it");
            var instance = InstanceOf(stack);
            instance.Write(directory);
            try
            {
                Announce(context.Report, instance, stack.Settings.Topics, clock.ElapsedMilliseconds);
                await Until.CancelledAsync(hosts, cancel);
                return ExitCodes.Ok;
            }
            finally
            {
                File.Delete(Instance.FileIn(directory));
            }
        });
        return command;
    }

    private static Option<int> Port(string name, int value)
    {
        var option = new Option<int>(name)
        {
            Description = $"0 takes a free one ({value})", DefaultValueFactory = _ => value,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !ushort.TryParse(result.Tokens[0].Value, out _))
                result.AddError($"{name} is {result.Tokens[0].Value}; expected a port, 0..65535");
        });
        return option;
    }

    private static Hosts StartHosts(LocalStack stack, Cluster cluster, ILoggerFactory loggers, string directory)
    {
        var hosts = new Hosts(stack.Settings, cluster.Serdes, loggers);
        hosts.StartEngine(Path.Combine(directory, "state"));
        hosts.StartWorker(TaskHandlers.BuiltIn, Concurrency);
        if (stack.PostgresUri is { } postgres) hosts.StartSink(postgres);
        return hosts;
    }

    private static Instance InstanceOf(LocalStack stack) => new(
        Environment.ProcessId, Timestamp.FromDateTime(DateTime.UtcNow).ToString(), stack.Settings.Bootstrap!,
        stack.Settings.Registry, stack.PostgresUri, Api: null, Version.Text);

    private static void Announce(Report report, Instance instance, TopicNames topics, long elapsedMs)
    {
        report.Announce($"ready in {elapsedMs} ms kafka={instance.Bootstrap} postgres={instance.Postgres ?? "none"} "
            + $"registry={(instance.Registry.Length > 0 ? instance.Registry : "none")} api=none");
        report.Talk("next: kafkaflow playbook register playbooks/order.yaml");
        report.Talk("      kafkaflow execution start examples/order --set amount=30");
        report.Talk($"      kcat -C -b {instance.Bootstrap} -t {topics.Events} -o beginning -e -f '%T %k %h\\n'");
        if (instance.Postgres is { } postgres)
            report.Talk($"      psql '{postgres}' -c 'select execution_id, status, duration_ms from execution'");
        if (report.IsJson) report.Document(instance.ToJson(), _ => { });
    }
}
