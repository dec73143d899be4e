namespace KafkaFlow.Workers.Tests;

/// <summary>This program: the tests, or with the first argument <c>worker</c> a worker process for them to kill.</summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments) => arguments is ["worker", .. var rest]
        ? await WorkerProcess.RunAsync(rest)
        : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
}
