using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers.Python;

/// <summary>
/// The warm interpreter that forks one child per task. Starts at first use and again after it died. Thread-safe; owns
/// the process and a private directory with its socket. The end of this process closes the template's stdin, which ends
/// it and all its children, also after kill -9.
/// </summary>
internal sealed class PythonTemplate(PythonOptions options, ILogger logger) : IDisposable
{
    private const int ConnectAttempts = 3;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly Lazy<string> Program = new(ReadProgram);
    private readonly SemaphoreSlim _gate = new(1);
    private Running? _running;
    private bool _disposed;

    /// <summary>Process id, or 0 before the first start.</summary>
    public int Pid => _running?.Process.Id ?? 0;

    /// <summary>A connection to a new child.</summary>
    /// <exception cref="PythonUnavailableException">The interpreter cannot be started.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var running = await EnsureStartedAsync(cancel);
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(running.SocketPath), cancel);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                await RetireAsync(running);
                if (attempt == ConnectAttempts)
                    throw new PythonUnavailableException(
                        $"the process of {options.Interpreter} takes no tasks after {attempt} starts: {e.Message}", e);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    public async Task<Running> EnsureStartedAsync(CancellationToken cancel)
    {
        if (_running is { Process.HasExited: false } ready) return ready;
        await _gate.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_running is { Process.HasExited: false } started) return started;
            if (_running is { } dead)
            {
                Log.PythonTemplateDied(logger, dead.Process.Id, dead.Process.ExitCode);
                dead.Dispose();
            }
            _running = null;
            return _running = await StartAsync(cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _running?.Dispose();
        _running = null;
    }

    /// <summary>It runs but does not listen: end it, so that the next call starts another.</summary>
    private static async Task RetireAsync(Running running)
    {
        if (running.Process.HasExited) return;
        running.Process.Kill();
        using var limit = new CancellationTokenSource(StartTimeout);
        await running.Process.WaitForExitAsync(limit.Token);
    }

    private async Task<Running> StartAsync(CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("kafkaflow-python-").FullName;
        var path = Path.Combine(directory, "tasks.sock");
        var start = new ProcessStartInfo(options.Interpreter, ["-c", Program.Value, path])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => !options.PassedVariables.Contains(name)).ToList())
            start.Environment.Remove(name);
        Process process;
        try
        {
            process = Process.Start(start)
                ?? throw new PythonUnavailableException($"{options.Interpreter} did not start");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Directory.Delete(directory, recursive: true);
            throw new PythonUnavailableException(
                $"the interpreter {options.Interpreter} cannot be started ({e.Message}); install python3 or set "
                + $"{PythonOptions.InterpreterVariable} to the path of one", e);
        }
        var running = new Running(process, directory, path);
        var errors = running.CollectErrors(logger);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartTimeout);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token);
        if (line == "ready") return running;
        await Task.WhenAny(errors, Task.Delay(TimeSpan.FromSeconds(1), cancel));
        running.Dispose();
        throw new PythonUnavailableException(
            $"{options.Interpreter} ended while starting; expected 'ready', found '{line}'. {running.LastError}");
    }

    private static string ReadProgram()
    {
        using var stream = typeof(PythonTemplate).Assembly.GetManifestResourceStream("task_server.py")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>One start of the template.</summary>
    internal sealed class Running(Process process, string directory, string socketPath) : IDisposable
    {
        public Process Process { get; } = process;
        public string SocketPath { get; } = socketPath;
        public string LastError { get; private set; } = "";

        public async Task CollectErrors(ILogger logger)
        {
            while (await Process.StandardError.ReadLineAsync() is { } line)
            {
                LastError = line;
                Log.PythonTemplateSays(logger, line);
            }
        }

        public void Dispose()
        {
            Process.StandardInput.Dispose();
            if (!Process.WaitForExit(TimeSpan.FromSeconds(2))) Process.Kill();
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }
}

/// <summary>There is no interpreter to run python tasks; the message says what to do.</summary>
public sealed class PythonUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
