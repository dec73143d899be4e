using System.Diagnostics;
using System.Runtime.InteropServices;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers.Tests;

/// <summary>A worker for node type <c>held</c> in a process of its own.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public static async Task<WorkerProcess> StartAsync(string bootstrap, string prefix, string file)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["worker", bootstrap, prefix, file])
        {
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            if (line == "ready") return new(process);
        throw new InvalidOperationException("the worker process ended before it was ready");
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await EndedAsync();
    }

    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await EndedAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    internal static async Task<int> RunAsync(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var loggers = LoggerFactory.Create(builder => builder
            .AddSimpleConsole().AddFilter(level => level >= LogLevel.Warning));
        var kafka = new KafkaSettings { Bootstrap = arguments[0] };
        using var serdes = RecordSerdes.Create(kafka, new TopicNames(arguments[1]));
        var host = new WorkerHost(
            new WorkerOptions { Topics = new TopicNames(arguments[1]) }, [new TestHandler("held", arguments[2])],
            serdes, kafka, loggers);
        var running = host.RunAsync(stop.Token);
        await host.Ready;
        Console.WriteLine("ready");
        await running;
        return 0;
    }

    private async Task EndedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
    }
}
