using KafkaFlow.Broker;
using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.PostgresSink;
using KafkaFlow.Registry;
using KafkaFlow.Serdes;
using Npgsql;

namespace KafkaFlow.Cli.Commands;

/// <summary>Known exceptions of the rooms below, as outcomes of a command.</summary>
internal static class Failures
{
    public static CliException? Translate(Exception error) => error switch
    {
        LocalServerException server => CliException.Unavailable(server.Message),
        BrokerException broker => CliException.Unavailable(broker.Message),
        RegistryException registry => CliException.Unavailable(registry.Message),
        KafkaUnavailableException kafka => CliException.Unavailable(kafka.Message),
        SchemaUnavailableException schema => CliException.Unavailable(schema.Message),
        KafkaSettingsException settings => new CliException(ExitCodes.Usage, "bad_settings", settings.Message),
        TopicRefusedException topics => new CliException(ExitCodes.Conflict, "topic_refused", topics.Message),
        PostgresException answer => new CliException(
            ExitCodes.Failure, "postgres", $"Postgres refused: {answer.SqlState} {answer.MessageText}"),
        NpgsqlException postgres => CliException.Unavailable(
            $"Postgres does not answer: {Innermost(postgres).Message}",
            "check that it runs, and --postgres / KAFKAFLOW_POSTGRES"),
        SinkException sink => CliException.Unavailable(sink.Message),
        TimeoutException late => CliException.Unavailable(late.Message),
        Exception file when file is IOException or UnauthorizedAccessException =>
            new CliException(ExitCodes.Failure, "file", file.Message),
        _ => null,
    };

    /// <summary>What nobody foresaw: the message for everybody, the place for those who look at the source.</summary>
    public static CliException Unforeseen(Exception error) =>
        new(ExitCodes.Failure, "internal", $"{error.GetType().Name}: {error.Message}")
        {
            Where = error.StackTrace?.Split('\n')[0].Trim(),
            Hint = "this is a defect of KafkaFlow; please report it with this text and what you did",
        };

    private static Exception Innermost(Exception error) =>
        error.InnerException is { } inner ? Innermost(inner) : error;
}
