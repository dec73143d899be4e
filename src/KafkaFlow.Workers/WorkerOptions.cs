using KafkaFlow.Contracts;

namespace KafkaFlow.Workers;

/// <summary>Settings of one worker process. Limits are per process unless they say otherwise.</summary>
public sealed record WorkerOptions
{
    public TopicNames Topics { get; init; } = new(TopicNames.DefaultPrefix);

    /// <summary>Stands in every answer; tells processes apart.</summary>
    public string WorkerId { get; init; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>Tasks of one node type that run at once.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>A task that runs longer is handed over to the engine's heartbeat timer.</summary>
    public TimeSpan HandOverAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where a task names no heartbeat timeout. A third of it lies between two heartbeats.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>At most this long after its answer is acknowledged the offset of a task is committed.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long running tasks may take to end after the worker was asked to stop.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handler may take to stop once its task is cancelled; then the answer goes out.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Records of one node type read but not finished; beyond it reading pauses.</summary>
    public int MaxOutstanding { get; init; } = 10_000;

    /// <summary>Bytes of the same.</summary>
    public long MaxOutstandingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Answers kept to answer a repeated task record with; the oldest go first.</summary>
    public int RememberedAnswers { get; init; } = 10_000;

    /// <summary>Characters of the same.</summary>
    public long RememberedAnswerChars { get; init; } = 32 * 1024 * 1024;

    /// <summary>Cancelled, timed out and superseded task ids kept for records that arrive later.</summary>
    public int RememberedControls { get; init; } = 100_000;

    public TimeSpan ControlMemory { get; init; } = TimeSpan.FromHours(1);

    /// <returns>One sentence per mistake; empty if there is none.</returns>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (WorkerId.Length == 0) problems.Add("worker id is empty");
        AtLeast(Concurrency, 1, "concurrency");
        AtLeast(MaxOutstanding, Concurrency, "records outstanding (concurrency)");
        AtLeast(RememberedAnswers, 1, "remembered answers");
        AtLeast(RememberedControls, 1, "remembered controls");
        Positive(HandOverAfter, "hand-over time");
        Positive(HeartbeatTimeout, "heartbeat timeout");
        Positive(CommitInterval, "commit interval");
        if (DrainLimit < TimeSpan.Zero) problems.Add($"drain limit is {DrainLimit}; expected 0 or more");
        return problems;

        void AtLeast(int value, int least, string name)
        {
            if (value < least) problems.Add($"{name} is {value}; expected at least {least}");
        }

        void Positive(TimeSpan value, string name)
        {
            if (value <= TimeSpan.Zero) problems.Add($"{name} is {value}; expected more than 0");
        }
    }
}
