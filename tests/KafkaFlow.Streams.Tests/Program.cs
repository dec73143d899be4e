using Xunit.Runner.InProc.SystemConsole;

namespace KafkaFlow.Streams.Tests;

/// <summary>Runs the tests; or, with <c>child</c>, one instance that a test kills; or, with <c>bench</c>, the
/// benchmark.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments) => arguments switch
    {
        ["child", ..] => StreamChild.Run(arguments[1..]),
        ["bench", ..] => await StreamBench.RunAsync(arguments[1..]),
        _ => await ConsoleRunner.Run(arguments),
    };
}
