using System.CommandLine;
using System.Text.Json;
using KafkaFlow.Cli.Output;
using KafkaFlow.EngineHost;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>topology</c>: the object that wires the engine's runtime, described as Kafka Streams does.</summary>
internal static class TopologyCommand
{
    private static readonly JsonSerializerOptions SnakeCase =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create(GlobalOptions global)
    {
        var command = new Command("topology", "Describe sources, processors, stores and sinks of the engine.");
        global.SetAction(command, (context, _, _) =>
        {
            var topology = EngineTopology.Of(context.Settings.Topics);
            var document = JsonSerializer.SerializeToNode(topology.ToModel(), SnakeCase)!;
            context.Report.Document(document, o => o.Write(topology.Describe()));
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }
}
