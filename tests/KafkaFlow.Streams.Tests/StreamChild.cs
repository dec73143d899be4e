using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams.Tests;

/// <summary>One instance in a process of its own, to be killed, stopped and continued.</summary>
internal sealed class StreamChild : IDisposable
{
    private readonly Process _process;

    private StreamChild(Process process) => _process = process;

    public int Pid => _process.Id;

    public static StreamChild Start(
        StreamTopics topics, string state, string ordinal, int version, string log, int pauseMs = 0)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c", "exec \"$0\" \"$@\" >>\"$LOG_FILE\" 2>&1", program, "child", topics.Bootstrap, topics.Prefix,
                topics.Partitions.ToString(CultureInfo.InvariantCulture), state, ordinal,
                version.ToString(CultureInfo.InvariantCulture), pauseMs.ToString(CultureInfo.InvariantCulture),
            },
            Environment = { ["LOG_FILE"] = log },
        };
        return new(Process.Start(start)!);
    }

    /// <summary>The child's own side.</summary>
    public static int Run(string[] arguments)
    {
        var topics = new StreamTopics(
            arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
        using var loggers = LoggerFactory.Create(b => b.AddSimpleConsole(c =>
        {
            c.SingleLine = true;
            c.TimestampFormat = "HH:mm:ss.fff ";
        }));
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c =>
        {
            c.Cancel = true;
            stop.Cancel();
        });
        var counting = new CountingOptions(
            topics.Outputs, int.Parse(arguments[5], CultureInfo.InvariantCulture),
            TimeSpan.FromMilliseconds(int.Parse(arguments[6], CultureInfo.InvariantCulture)));
        using var runtime = new StreamsRuntime(
            topics.Options(arguments[3], arguments[4]), topics.Topology, new CountingFactory(counting), loggers);
        runtime.Run(stop.Token);
        return 0;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    public void Stop() => Signal("-STOP");

    public void Continue() => Signal("-CONT");

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(TimeSpan.FromSeconds(5));
    }
}
