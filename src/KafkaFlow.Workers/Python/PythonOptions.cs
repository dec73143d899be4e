using KafkaFlow.Contracts;

namespace KafkaFlow.Workers.Python;

/// <summary>The interpreter of the node type python and the limits of one task.</summary>
public sealed record PythonOptions
{
    public const string InterpreterVariable = "KAFKAFLOW_PYTHON";
    public const string DefaultInterpreter = "/usr/bin/python3";

    public string Interpreter { get; init; } =
        Environment.GetEnvironmentVariable(InterpreterVariable) is { Length: > 0 } named ? named : DefaultInterpreter;

    private const long MinMemoryBytes = 64 * 1024 * 1024;

    /// <summary>Address space of a task's process.</summary>
    public long MemoryBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    public int CpuSeconds { get; init; } = 3600;

    /// <summary>Also where the task names no timeout.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromHours(1);

    public int OpenFiles { get; init; } = 256;

    /// <summary>Kept of stdout and of stderr each; the rest is dropped.</summary>
    public int OutputBytes { get; init; } = 16 * 1024;

    public int ResultBytes { get; init; } = SizeLimits.AnswerBytes;

    /// <summary>Variables of the worker's environment that a task's process gets; all others, which may hold secrets,
    /// are left out.</summary>
    public IReadOnlySet<string> PassedVariables { get; init; } = new HashSet<string>
    {
        "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "http_proxy", "https_proxy", "no_proxy",
    };

    /// <returns>One sentence per mistake.</returns>
    public IEnumerable<string> Problems()
    {
        if (Interpreter.Length == 0) yield return $"{InterpreterVariable} is empty; expected a path";
        if (MemoryBytes < MinMemoryBytes)
            yield return $"python memory is {MemoryBytes} bytes; expected at least {MinMemoryBytes}";
        if (CpuSeconds < 1) yield return $"python cpu time is {CpuSeconds} s; expected at least 1";
        if (OpenFiles < 16) yield return $"python open files is {OpenFiles}; expected at least 16";
        if (WallTime <= TimeSpan.Zero) yield return $"python wall time is {WallTime}; expected more than 0";
    }
}
