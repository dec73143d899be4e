using System.CommandLine;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Doctor;
using KafkaFlow.Serdes.Registry;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>doctor</c>: what is missing or wrong on this machine and in the cluster, and what mends it.</summary>
internal static class DoctorCommand
{
    public static Command Create(GlobalOptions global)
    {
        var seconds = new Option<int>("--timeout")
        {
            Description = "seconds for each check", DefaultValueFactory = _ => 10,
        };
        var command = new Command("doctor", "Check this machine, and the cluster if one is named or runs here.")
        {
            seconds,
        };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var options = OptionsOf(context.Settings) with
            {
                Timeout = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 1, 600)),
            };
            var report = await Examination.RunAsync(options, cancel);
            context.Report.Document(report.ToJson(), report.WriteText);
            return report.Ok ? ExitCodes.Ok : ExitCodes.Failure;
        });
        return command;
    }

    /// <summary>What was not given is taken from the instance that runs in the data directory, if one does.</summary>
    private static DoctorOptions OptionsOf(CliSettings given)
    {
        var instance = given.Bootstrap is null ? Instance.Find(given.DataDirectory) : null;
        var settings = instance is null ? given : given with
        {
            Bootstrap = instance.Bootstrap,
            Postgres = given.Postgres ?? instance.Postgres,
            Registry = given.Registry.Length > 0 ? given.Registry : instance.Registry,
        };
        return new DoctorOptions
        {
            Kafka = settings.Bootstrap is null ? null : settings.Kafka,
            Postgres = settings.Postgres is CliSettings.NoPostgres ? null : settings.Postgres,
            Registry = RegistryOf(settings),
            Topics = settings.Topics,
            DataDirectory = settings.DataDirectory,
        };
    }

    private static RegistrySettings? RegistryOf(CliSettings settings)
    {
        try
        {
            return settings.Registry.Length == 0
                ? null
                : RegistrySettings.Parse(settings.Registry, settings.RegistryAuth, settings.RegistryCa);
        }
        catch (ArgumentException bad)
        {
            throw new CliException(ExitCodes.Usage, "bad_registry", bad.Message)
            {
                Where = "--registry / KAFKAFLOW_REGISTRY",
            };
        }
    }
}
