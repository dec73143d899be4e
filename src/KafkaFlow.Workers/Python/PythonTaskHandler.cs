using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaFlow.Contracts;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers.Python;

/// <summary>
/// Node type python: calls <c>main</c> of the given code in a process of its own. Input:
/// <c>{"code": text, "args": map, "scope": map}</c>; parameters of main are bound by name from args, then from the
/// scope. Thread-safe; owns the warm interpreter.
/// </summary>
public sealed class PythonTaskHandler : IWarmTaskHandler, IDisposable
{
    private const int MaxLostProcesses = 2;
    private const int SignalKill = -9;
    private const int SignalCpuTime = -24;
    private readonly PythonOptions _options;
    private readonly ILogger _logger;
    private readonly PythonTemplate _template;

    public PythonTaskHandler(PythonOptions options, ILogger<PythonTaskHandler> logger)
    {
        var problems = options.Problems().ToList();
        if (problems.Count > 0) throw new ArgumentException(string.Join('\n', problems), nameof(options));
        _options = options;
        _logger = logger;
        _template = new PythonTemplate(options, logger);
    }

    public string NodeType => "python";

    /// <summary>Process id of the interpreter that forks; 0 before the first task.</summary>
    public int TemplatePid => _template.Pid;

    public async Task WarmUpAsync(CancellationToken cancel) => await _template.EnsureStartedAsync(cancel);

    public async Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.WallTime);
        try
        {
            for (var lost = 0; lost < MaxLostProcesses; lost++)
                if (await RunOnceAsync(task, limit.Token) is { } outcome) return outcome;
            return TaskOutcome.Failed(
                TaskErrorCodes.PythonProcessLost, $"the python process died {MaxLostProcesses} times under this task");
        }
        catch (PythonUnavailableException e)
        {
            return TaskOutcome.Failed(TaskErrorCodes.PythonUnavailable, e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return TaskOutcome.Failed(
                TaskErrorCodes.AttemptTimeout,
                $"main ran longer than {_options.WallTime.TotalSeconds:0} s, the limit of this worker");
        }
    }

    public void Dispose() => _template.Dispose();

    /// <returns>null if the template died under the task, through no fault that it can name.</returns>
    private async Task<TaskOutcome?> RunOnceAsync(TaskRecord task, CancellationToken cancel)
    {
        // Closing the connection is what kills the child.
        using var connection = new PythonConnection(await _template.ConnectAsync(cancel), _options);
        try
        {
            await connection.SendAsync(Request(task), cancel);
            var answer = await connection.ReadAnswerAsync(cancel);
            if (connection.HasOutput && _logger.IsEnabled(LogLevel.Debug))
                Log.PythonOutput(_logger, task.TaskId, connection.Stdout, connection.Stderr);
            return answer.Kind switch
            {
                PythonFrame.Result => TaskOutcome.Completed(Encoding.UTF8.GetString(answer.Payload)),
                PythonFrame.Error => Failed(answer.Payload, connection),
                _ => Ended(answer.Payload, connection),
            };
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            Log.PythonProcessLost(_logger, task.TaskId, e.Message);
            return null;
        }
    }

    private byte[] Request(TaskRecord task) => Encoding.UTF8.GetBytes(Json.Text(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("task_id", task.TaskId);
        writer.WriteString("execution_id", task.ExecutionId);
        writer.WriteString("step", task.Step);
        writer.WriteNumber("attempt", task.Attempt);
        writer.WriteStartObject("limits");
        writer.WriteNumber("memory_bytes", _options.MemoryBytes);
        writer.WriteNumber("cpu_seconds", _options.CpuSeconds);
        writer.WriteNumber("open_files", _options.OpenFiles);
        writer.WriteNumber("output_bytes", _options.OutputBytes);
        writer.WriteNumber("result_bytes", _options.ResultBytes);
        writer.WriteEndObject();
        writer.WritePropertyName("input");
        writer.WriteRawValue(task.Input ?? "null", skipInputValidation: true);
        writer.WriteEndObject();
    }));

    private static TaskOutcome Failed(byte[] payload, PythonConnection connection)
    {
        using var error = JsonDocument.Parse(payload);
        var root = error.RootElement;
        return TaskOutcome.Failed(
            root.GetProperty("code").GetString()!, root.GetProperty("message").GetString()!,
            root.GetProperty("retryable").GetBoolean(),
            Details(connection, root.GetProperty("traceback").GetString()!));
    }

    private TaskOutcome Ended(byte[] payload, PythonConnection connection)
    {
        using var exit = JsonDocument.Parse(payload);
        if (exit.RootElement.TryGetProperty("fork", out var problem))
            return TaskOutcome.Failed(
                TaskErrorCodes.PythonUnavailable, $"no process for the task: {problem.GetString()}");
        var code = exit.RootElement.GetProperty("code").GetInt32();
        var what = code switch
        {
            SignalCpuTime => $"the process used more than {_options.CpuSeconds} s of processor time",
            SignalKill => "the process was killed (signal 9), as the system does when memory runs out",
            < 0 => string.Create(CultureInfo.InvariantCulture, $"the process ended by signal {-code}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"the process ended with exit code {code}"),
        };
        return TaskOutcome.Failed(
            TaskErrorCodes.PythonExited, $"{what} before main returned", details: Details(connection, ""));
    }

    private static string Details(PythonConnection connection, string traceback) => Json.Text(writer =>
    {
        writer.WriteStartObject();
        if (traceback.Length > 0) writer.WriteString("traceback", traceback.Replace('\0', '\uFFFD'));
        writer.WriteString("stdout", connection.Stdout);
        writer.WriteString("stderr", connection.Stderr);
        writer.WriteEndObject();
    });
}
