using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Workers.Tests;

/// <summary>
/// Input <c>{"hold_ms": N}</c>: waits and returns the input. Counts what began; with a file it leaves a line
/// <c>start ID</c> or <c>end ID</c> there for each.
/// </summary>
internal sealed class TestHandler(string nodeType, string? file = null) : ITaskHandler
{
    private static readonly Lock Gate = new();

    public ConcurrentQueue<string> Started { get; } = new();
    public ConcurrentQueue<string> Ended { get; } = new();
    public string NodeType => nodeType;

    public async Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel)
    {
        Started.Enqueue(task.TaskId);
        Leave("start", task.TaskId);
        using var input = JsonDocument.Parse(task.Input ?? "{}");
        if (input.RootElement.TryGetProperty("hold_ms", out var hold))
        {
            context.Heartbeat("""{"progress":"holding"}""");
            await Task.Delay(hold.GetInt32(), cancel);
        }
        if (input.RootElement.TryGetProperty("result_chars", out var chars))
            return TaskOutcome.Completed(JsonSerializer.Serialize(new string('x', chars.GetInt32())));
        Ended.Enqueue(task.TaskId);
        Leave("end", task.TaskId);
        return TaskOutcome.Completed(task.Input);
    }

    private void Leave(string what, string id)
    {
        if (file is null) return;
        var at = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        lock (Gate) File.AppendAllText(file, $"{what} {id} {at}\n");
    }
}
