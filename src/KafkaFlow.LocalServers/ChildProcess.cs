using System.Diagnostics;
using System.Globalization;

namespace KafkaFlow.LocalServers;

/// <summary>
/// A server process that ends when its owner does, however that ends. A shell stands between: it holds a pipe to the
/// owner; when the pipe closes (Stop, exit or kill -9 of the owner) it signals the server, and kills it after a grace
/// period. Output goes to a log file. Thread-safe; owns the process.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int GraceSeconds = 15;

    private const string Script = """
        log=$1; signal=$2; grace=$3; shift 3
        exec 3<&0
        : >>"$log"
        "$@" </dev/null >>"$log" 2>&1 & pid=$!
        echo $pid
        (
          cat <&3 >/dev/null
          kill -$signal $pid 2>/dev/null
          i=0
          while kill -0 $pid 2>/dev/null && [ $i -lt $((grace * 10)) ]; do sleep 0.1; i=$((i + 1)); done
          kill -KILL $pid 2>/dev/null
        ) >/dev/null 2>&1 & watch=$!
        wait $pid; code=$?
        kill $watch 2>/dev/null
        exit $code
        """;

    private readonly Process _shell;

    private ChildProcess(Process shell, int pid, string logFile)
    {
        _shell = shell;
        Pid = pid;
        LogFile = logFile;
    }

    /// <summary>Process id of the server itself.</summary>
    public int Pid { get; }

    public string LogFile { get; }

    public bool HasExited => _shell.HasExited;

    /// <param name="signal">Name of the signal that asks the server to stop, such as TERM.</param>
    /// <exception cref="LocalServerException">The program could not be started.</exception>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string logFile, string signal = "TERM",
        IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        string[] fixedArguments =
            ["-c", Script, "child", logFile, signal, GraceSeconds.ToString(CultureInfo.InvariantCulture), program];
        foreach (var argument in fixedArguments.Concat(arguments)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        var shell = Process.Start(start) ?? throw new LocalServerException($"{program} could not be started");
        var line = shell.StandardOutput.ReadLine();
        if (!int.TryParse(line, CultureInfo.InvariantCulture, out var pid))
            throw new LocalServerException($"{program} could not be started; expected its process id, found '{line}'");
        return new ChildProcess(shell, pid, logFile);
    }

    /// <summary>Whether there is a process with this id now, whoever started it.</summary>
    public static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks the server to stop and waits; after the grace period it is killed.</summary>
    public async Task StopAsync()
    {
        if (!_shell.HasExited)
        {
            _shell.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(GraceSeconds + 5));
            await _shell.WaitForExitAsync(limit.Token);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        using (var server = Process.GetProcessById(Pid)) server.Kill();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(GraceSeconds));
        await _shell.WaitForExitAsync(limit.Token);
    }

    /// <summary>Waits until <paramref name="ready"/> says so; fails early if the process ends.</summary>
    /// <exception cref="LocalServerException">It ended or the time ran out; the message carries the log's
    /// tail.</exception>
    public async Task WaitUntilAsync(Func<bool> ready, TimeSpan timeout, string what, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (!ready())
        {
            if (HasExited) throw new LocalServerException($"{what} ended while starting. {LogTail()}");
            if (clock.Elapsed > timeout)
                throw new LocalServerException($"{what} was not ready after {timeout.TotalSeconds:0} s. {LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(25), cancel);
        }
    }

    private string LogTail()
    {
        const int tailLines = 12;
        var lines = File.Exists(LogFile) ? File.ReadAllLines(LogFile) : [];
        return $"Last lines of {LogFile}:\n{string.Join('\n', lines.TakeLast(tailLines))}";
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _shell.Dispose();
    }
}

/// <summary>A local server could not be started or stopped; the message says what to check.</summary>
public sealed class LocalServerException(string message, Exception? inner = null) : Exception(message, inner);
