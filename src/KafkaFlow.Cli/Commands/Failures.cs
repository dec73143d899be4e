using KafkaFlow.Cli.Output;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Cli.Commands;

/// <summary>Known exceptions of the rooms below, as outcomes of a command.</summary>
internal static class Failures
{
    public static CliException? Translate(Exception error) => error switch
    {
        LocalServerException server => CliException.Unavailable(server.Message),
        TimeoutException late => CliException.Unavailable(late.Message),
        _ => null,
    };
}
