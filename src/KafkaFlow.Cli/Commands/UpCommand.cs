using System.CommandLine;
using System.Diagnostics;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.LocalServers;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// <c>up</c> and <c>dev</c>: a broker and Postgres where none was named, then engine, workers and sink in this process,
/// until stopped. <c>dev</c> always has the embedded broker; <c>up</c> takes the cluster that is named, else a Kafka
/// from <c>KAFKA_HOME</c>, else the embedded broker.
/// </summary>
internal static class UpCommand
{
    private const int PostgresPort = 5433;
    private const int RegistryPort = 8081;
    private const int Concurrency = 32;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    public static Command Up(GlobalOptions global)
    {
        var ports = new PortOptions(withRegistry: false);
        var command = new Command("up", "Start everything on Kafka and keep it running until stopped.");
        ports.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var settings = context.Settings;
            if (settings.Bootstrap is null && settings.KafkaHome is { } home
                && KafkaServer.ProblemOf(home) is { } problem)
                throw CliException.Unavailable(problem, "unset KAFKA_HOME to use the embedded broker");
            return RunAsync(context, ports.PlanOf(parsed, settings.DataDirectory, settings.KafkaHome), cancel);
        });
        return command;
    }

    public static Command Dev(GlobalOptions global)
    {
        var ports = new PortOptions(withRegistry: true);
        var ephemeral = new Option<bool>("--ephemeral") { Description = "keep nothing: data in a temporary directory" };
        var command = new Command("dev", "Start everything in this process, no Kafka needed, until stopped.")
        {
            ephemeral,
        };
        ports.AddTo(command);
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            if (context.Settings.Bootstrap is { } named)
                throw new CliException(ExitCodes.Usage, "bad_option", "dev brings a broker of its own")
                {
                    Where = "--bootstrap / KAFKAFLOW_BOOTSTRAP", Expected = "none", Found = named,
                    Hint = "to start the parts on a cluster: kafkaflow up --bootstrap HOST:PORT",
                };
            if (!parsed.GetValue(ephemeral))
                return await RunAsync(context, ports.PlanOf(parsed, context.Settings.DataDirectory, null), cancel);
            using var scratch = new ScratchDirectory("dev");
            return await RunAsync(context, ports.PlanOf(parsed, scratch.FullPath, null), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, StackPlan plan, CancellationToken cancel)
    {
        var directory = context.Settings.DataDirectory;
        using var owned = DirectoryLock.Take(directory);
        using var loggers = Logging.Create(context.Settings.LogLevel, quiet: true);
        await using var stack = await LocalStack.StartAsync(context.Settings, plan, context.Report, loggers, cancel);
        using var cluster = await stack.ConnectAsync(loggers, cancel);
        await using var hosts = new Hosts(stack.Settings, cluster.Serdes, loggers);
        hosts.StartEngine(Path.Combine(plan.Directory, "state"));
        hosts.StartWorker(TaskHandlers.BuiltIn, Concurrency);
        var instance = InstanceOf(stack);
        try
        {
            instance.Write(directory); // what is asked for from now on is in the log; the rest is on its way
            await ReadyAsync(hosts, context.Report, cancel);
            if (await stack.PostgresReadyAsync() is { } postgres) hosts.StartSink(postgres);
            await ReadyAsync(hosts, context.Report, cancel);
            Announce(context.Report, instance, stack.Settings.Topics);
            await hosts.UntilCancelledAsync(cancel);
            return ExitCodes.Ok;
        }
        finally
        {
            File.Delete(Instance.FileIn(directory));
        }
    }

    private static async Task ReadyAsync(Hosts hosts, Report report, CancellationToken cancel)
    {
        if (!await hosts.ReadyAsync(ReadyLimit, cancel))
            report.Talk($"not every part has work after {ReadyLimit.TotalSeconds:0} s: other instances may hold it");
    }

    private static Instance InstanceOf(LocalStack stack) => new(
        Environment.ProcessId, Timestamp.FromDateTime(DateTime.UtcNow).ToString(), stack.Settings.Bootstrap!,
        stack.Settings.Registry, stack.PostgresUri, Api: null, Version.Text);

    private static void Announce(Report report, Instance instance, TopicNames topics)
    {
        if (report.IsJson) report.Document(instance.ToJson(), _ => { });
        report.Announce($"ready in {SinceProcessStart().TotalMilliseconds:0} ms kafka={instance.Bootstrap} "
            + $"postgres={instance.Postgres ?? "none"} "
            + $"registry={(instance.Registry.Length > 0 ? instance.Registry : "none")} api=none");
        report.Talk("next: kafkaflow run playbooks/hello.yaml");
        report.Talk($"      kcat -C -b {instance.Bootstrap} -t {topics.Events} -o beginning -e -f '%T %k %h\\n'");
        if (instance.Postgres is { } postgres)
            report.Talk($"      psql '{postgres}' -c 'select execution_id, status, duration_ms from execution'");
    }

    /// <summary>What a user waits, the start of the runtime included.</summary>
    private static TimeSpan SinceProcessStart()
    {
        using var self = Process.GetCurrentProcess();
        return DateTime.UtcNow - self.StartTime.ToUniversalTime();
    }

    private sealed class PortOptions(bool withRegistry)
    {
        private readonly Option<int> _kafka = PortOption.Create("--kafka-port", PortOption.Kafka);
        private readonly Option<int> _postgres = PortOption.Create("--postgres-port", PostgresPort);
        private readonly Option<int> _registry = PortOption.Create("--registry-port", RegistryPort);

        public void AddTo(Command command)
        {
            command.Options.Add(_kafka);
            command.Options.Add(_postgres);
            if (withRegistry) command.Options.Add(_registry);
        }

        public StackPlan PlanOf(ParseResult parsed, string directory, string? kafkaHome) =>
            new(directory, kafkaHome, parsed.GetValue(_kafka), parsed.GetValue(_postgres),
                withRegistry ? parsed.GetValue(_registry) : null);
    }
}

internal static class PortOption
{
    public const int Kafka = 9092;

    public static Option<int> Create(string name, int value)
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
}
