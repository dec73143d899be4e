using Xunit.Runner.InProc.SystemConsole;

namespace KafkaFlow.Broker.Tests;

/// <summary>Runs the tests; or, with <c>serve</c>, a broker that tests kill and outside suites talk to.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments) => arguments switch
    {
        ["serve", ..] => await BrokerChild.RunAsync(arguments[1..]),
        _ => await ConsoleRunner.Run(arguments),
    };
}
