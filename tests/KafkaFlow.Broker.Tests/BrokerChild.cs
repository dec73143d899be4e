using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Tests;

/// <summary>A broker in a process of its own: <c>serve DIRECTORY PORT [NAME=VALUE ..]</c>, where a name is
/// <c>auto.create</c>, <c>partitions</c>, <c>log</c> or a topic's setting. It prints <c>ready</c>.</summary>
internal sealed class BrokerChild : IDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(20);
    private readonly Process _process;

    private BrokerChild(Process process) => _process = process;

    public int Pid => _process.Id;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var given = arguments[2..].Select(a => a.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        string[] own = ["auto.create", "partitions", "log"];
        using var logging = LoggerFactory.Create(builder => builder
            .AddSimpleConsole(o => o.SingleLine = true)
            .SetMinimumLevel(Enum.Parse<LogLevel>(given.GetValueOrDefault("log") ?? "None")));
        await using var broker = await EmbeddedBroker.StartAsync(new()
        {
            DataDirectory = arguments[0],
            Port = int.Parse(arguments[1], CultureInfo.InvariantCulture),
            AutoCreateTopics = given.GetValueOrDefault("auto.create") == "true",
            DefaultPartitions = int.Parse(given.GetValueOrDefault("partitions") ?? "1", CultureInfo.InvariantCulture),
            TopicDefaults = given.Where(pair => !own.Contains(pair.Key)).ToDictionary(),
            Logging = logging,
        });
        var stop = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        Console.WriteLine($"ready {broker.Bootstrap}");
        await stop.Task;
        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }

    public static async Task<BrokerChild> StartAsync(string directory, int port, params string[] settings)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "KafkaFlow.Broker.Tests");
        var start = new ProcessStartInfo(program, ["serve", directory, $"{port}", .. settings]) { RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var late = new CancellationTokenSource(ReadyLimit);
        var line = await process.StandardOutput.ReadLineAsync(late.Token);
        if (line?.StartsWith("ready ", StringComparison.Ordinal) != true)
            throw new InvalidOperationException($"broker child: expected ready, found {line}");
        return new(process);
    }

    /// <summary>kill -9 of this process only.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
