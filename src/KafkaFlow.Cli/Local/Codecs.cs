using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Serdes;
using KafkaFlow.Serdes.Registry;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Local;

/// <summary>The codecs of records as the settings ask for them.</summary>
internal static class Codecs
{
    public static RecordSerdes For(CliSettings settings, ILoggerFactory loggers)
    {
        try
        {
            var registry = settings.Registry.Length == 0
                ? null
                : RegistrySettings.Parse(settings.Registry, settings.RegistryAuth, settings.RegistryCa);
            return RecordSerdes.Create(settings.Kafka, settings.Topics, registry,
                loggers.CreateLogger("KafkaFlow.Serdes"));
        }
        catch (ArgumentException bad)
        {
            throw new CliException(ExitCodes.Usage, "bad_registry",
                bad.Message) { Where = "--registry / KAFKAFLOW_REGISTRY" };
        }
    }
}
