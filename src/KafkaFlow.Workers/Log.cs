using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "python process {Pid} that forks tasks ended with {Code}; starting another")]
    public static partial void PythonTemplateDied(ILogger logger, int pid, int code);

    [LoggerMessage(LogLevel.Warning, "python: {Line}")]
    public static partial void PythonTemplateSays(ILogger logger, string line);

    [LoggerMessage(LogLevel.Warning, "task {TaskId}: its python process is gone ({Reason})")]
    public static partial void PythonProcessLost(ILogger logger, string taskId, string reason);

    [LoggerMessage(LogLevel.Debug, "task {TaskId} printed on stdout: {Stdout} and on stderr: {Stderr}")]
    public static partial void PythonOutput(ILogger logger, string taskId, string stdout, string stderr);
}
