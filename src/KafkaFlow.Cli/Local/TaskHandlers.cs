using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Cli.Bench;
using KafkaFlow.Workers;
using KafkaFlow.Workers.Postgres;
using KafkaFlow.Workers.Python;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Local;

/// <summary>The node types this program can serve.</summary>
internal static class TaskHandlers
{
    public static readonly string[] BuiltIn = ["python", "postgres"];

    /// <summary>The node type of the benchmarks.</summary>
    public const string Echo = "echo";

    public static IReadOnlyList<ITaskHandler> For(IEnumerable<string> types, CliSettings settings,
        ILoggerFactory loggers) =>
        [.. types.Select(type => Create(type, settings, loggers))];

    private static ITaskHandler Create(string type, CliSettings settings, ILoggerFactory loggers) => type switch
    {
        "python" => new PythonTaskHandler(new PythonOptions(), loggers.CreateLogger<PythonTaskHandler>()),
        "postgres" =>
        new PostgresTaskHandler(new CredentialDirectory(settings.Credentials),
        loggers.CreateLogger<PostgresTaskHandler>()),
        Echo => new EchoHandler(),
        _ => throw new CliException(ExitCodes.Usage, "unknown_type",
            $"this worker does not serve the node type '{type}'")
        {
            Where = "--types",
            Expected = string.Join(", ", BuiltIn),
            Found = type,
            Hint = "a type of your own is served by a worker of your own: docs/worker-protocol.md",
        },
    };
}

