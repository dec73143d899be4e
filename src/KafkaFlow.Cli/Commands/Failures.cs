using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.Serdes;

namespace KafkaFlow.Cli.Commands;

/// <summary>Known exceptions of the rooms below, as outcomes of a command.</summary>
internal static class Failures
{
    public static CliException? Translate(Exception error) => error switch
    {
        LocalServerException server => CliException.Unavailable(server.Message),
        KafkaUnavailableException kafka => CliException.Unavailable(kafka.Message),
        SchemaUnavailableException schema => CliException.Unavailable(schema.Message),
        KafkaSettingsException settings => new CliException(ExitCodes.Usage, "bad_settings", settings.Message),
        TopicRefusedException topics => new CliException(ExitCodes.Conflict, "topic_refused", topics.Message),
        TimeoutException late => CliException.Unavailable(late.Message),
        _ => null,
    };
}
