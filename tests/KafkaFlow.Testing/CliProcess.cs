using System.Diagnostics;
using System.Text.Json.Nodes;

namespace KafkaFlow.Testing;

/// <summary>What a command line call printed and how it ended.</summary>
public sealed record CliResult(int ExitCode, string Output, string Talk)
{
    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Talk}";
}

/// <summary>
/// The command line tool as a process of its own. Its output is read while
/// it runs. A test that kills it does so by its id.
/// </summary>
public sealed class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Lines _output = new();
    private readonly Lines _talk = new();

    private CliProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _output.Add(line.Data);
        process.ErrorDataReceived += (_, line) => _talk.Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public string Output => _output.Text;

    public string Talk => _talk.Text;

    public bool HasExited => _process.HasExited;

    public static CliProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        var start = new ProcessStartInfo(TestEnvironment.Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? TestEnvironment.RepositoryRoot,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return new CliProcess(Process.Start(start) ?? throw new InvalidOperationException($"{TestEnvironment.Program} did not start"));
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<CliResult> RunAsync(
        IEnumerable<string> arguments, TimeSpan? limit = null, IReadOnlyDictionary<string, string>? environment = null,
        string? directory = null)
    {
        await using var process = Start(arguments, environment, directory);
        return await process.EndAsync(limit ?? TimeSpan.FromMinutes(2));
    }

    public async Task<CliResult> EndAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"kafkaflow has not ended after {limit.TotalSeconds:0} s; stdout: {Output}\nstderr: {Talk}");
        }
        return new CliResult(_process.ExitCode, Output, Talk);
    }

    /// <summary>Waits until stderr holds <paramref name="text"/>.</summary>
    public Task WaitForTalkAsync(string text, TimeSpan limit) =>
        WaitAsync(() => Talk.Contains(text, StringComparison.Ordinal), $"'{text}' was not said", limit);

    /// <summary>Waits for stdout's one JSON document, which ends with a line: the two streams are read side by side, so
    /// what stderr says before or after tells nothing of it.</summary>
    public async Task<JsonNode> WaitForDocumentAsync(TimeSpan limit)
    {
        await WaitAsync(() => Output.EndsWith('\n'), "no document", limit);
        return JsonNode.Parse(Output)!;
    }

    private async Task WaitAsync(Func<bool> holds, string problem, TimeSpan limit)
    {
        for (var clock = Stopwatch.StartNew(); !holds();)
        {
            if (_process.HasExited || clock.Elapsed > limit)
                throw new TimeoutException(
                    $"{problem} within {clock.Elapsed.TotalSeconds:0} s; stdout: {Output}\nstderr: {Talk}");
            await Task.Delay(TimeSpan.FromMilliseconds(25));
        }
    }

    /// <summary>kill -9 of this process only.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(new CancellationTokenSource(StopLimit).Token);
    }

    /// <summary>SIGTERM, then waits.</summary>
    public async Task<CliResult> StopAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }
        return await EndAsync(StopLimit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                await StopAsync();
            }
            catch (TimeoutException)
            {
                await KillAsync();
            }
        }
        _process.Dispose();
    }

    private sealed class Lines
    {
        private readonly System.Text.StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public void Add(string? line)
        {
            if (line is null) return;
            lock (_text) _text.Append(line).Append('\n');
        }
    }
}
