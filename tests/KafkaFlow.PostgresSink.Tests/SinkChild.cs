using System.Diagnostics;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>A sink in a process of its own, to be killed.</summary>
internal static class SinkChild
{
    internal const string Name = "sink-child";
    private const string ReadyLine = "ready";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Returns once it has its partitions.</summary>
    internal static async Task<Process> StartAsync(SinkOptions options)
    {
        var start = new ProcessStartInfo
        {
            FileName = Environment.ProcessPath!, RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        // Under `dotnet X.dll` the program is dotnet and its first argument the assembly.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(SinkChild).Assembly.Location);
        string[] arguments =
            [Name, options.Kafka.Bootstrap, options.Postgres, options.Prefix, options.InstanceId ?? ""];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var child = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Limit);
        Assert.Equal(ReadyLine, await child.StandardOutput.ReadLineAsync(timeout.Token));
        return child;
    }

    internal static async Task KillAsync(Process child)
    {
        child.Kill();
        using var timeout = new CancellationTokenSource(Limit);
        await child.WaitForExitAsync(timeout.Token);
        child.Dispose();
    }

    internal static async Task<int> RunAsync(string[] arguments)
    {
        var options = new SinkOptions
        {
            Kafka = new() { Bootstrap = arguments[0] }, Postgres = arguments[1], Prefix = arguments[2],
            InstanceId = arguments[3], MaxBatchRecords = 100,
        };
        using var serdes = RecordSerdes.Local();
        using var host = new PostgresSinkHost(options, serdes, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var running = host.RunAsync(stop.Token);
        await host.Ready;
        Console.WriteLine(ReadyLine);
        // The parent's end closes stdin: no orphan stays.
        await Console.In.ReadToEndAsync();
        await stop.CancelAsync();
        await running;
        return 0;
    }
}
