using KafkaFlow.Contracts;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>What a handler knows about the attempt it runs. Thread-safe.</summary>
public sealed class TaskContext(TaskRecord task, ILogger logger)
{
    private string? _details;

    /// <summary>To be handed to whatever the task changes, so that a second execution changes nothing.</summary>
    public string IdempotencyKey => task.TaskId;

    public ILogger Logger => logger;

    /// <summary>
    /// Says how far the work is. The newest details travel with the next heartbeat, at most one a second; a later
    /// attempt finds them in its task (<see cref="TaskRecord.HeartbeatDetails"/>).
    /// </summary>
    /// <param name="detailsJson">JSON text.</param>
    /// <exception cref="ArgumentException">It is no JSON.</exception>
    public void Heartbeat(string detailsJson)
    {
        if (Json.ProblemOf(detailsJson) is { } problem)
            throw new ArgumentException($"heartbeat details: {problem}", nameof(detailsJson));
        Volatile.Write(ref _details, detailsJson);
    }

    internal string? TakeDetails() => Interlocked.Exchange(ref _details, null);
}
