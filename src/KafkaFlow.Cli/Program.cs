using System.CommandLine;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli;

/// <summary>Composition root: the command tree, and how its outcomes become exit codes.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var root = Root(out var global);

        // An argument such as @payload.json is a value here, not a file of further arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var report = new Report(global.IsJson(parsed), Console.Out, Console.Error);
        try
        {
            if (parsed.Errors.Count > 0) throw UsageErrors.Of(parsed);
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            };
            return await parsed.InvokeAsync(configuration);
        }
        catch (CliException error)
        {
            return report.Error(error);
        }
        catch (OperationCanceledException)
        {
            return report.Error(new CliException(ExitCodes.Failure, "interrupted", "interrupted"));
        }
        catch (Exception error) when (Failures.Translate(error) is { } known)
        {
            return report.Error(known);
        }
        catch (Exception error)
        {
            return report.Error(Failures.Unforeseen(error));
        }
    }

    /// <summary>The command tree.</summary>
    public static RootCommand Root(out GlobalOptions global)
    {
        global = new GlobalOptions();
        var root = new RootCommand("KafkaFlow: durable workflows whose only moving part is Kafka.")
        {
            RunCommand.Create(global),
            PlaybookCommands.Create(global),
            ExecutionCommands.Create(global),
            WhyCommand.Create(global),
            TopicsCommands.Create(global),
            EngineCommands.Create(global),
            WorkerCommands.Create(global),
            SinkCommands.Create(global),
            UpCommand.Dev(global),
            UpCommand.Up(global),
            BrokerCommand.Create(global),
            TopologyCommand.Create(global),
            DoctorCommand.Create(global),
            ExprCommand.Create(global),
            BenchCommands.Create(global),
        };
        global.AddTo(root);
        return root;
    }
}
