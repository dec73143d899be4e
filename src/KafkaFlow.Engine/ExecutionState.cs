using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Folded state of one execution: a function of its facts alone, changed by <see cref="Engine.Evolve"/> only.
/// Immutable. A finished execution keeps what is required here and <see cref="DeadlineAt"/>: enough to tell late
/// commands apart.
/// </summary>
public sealed record ExecutionState
{
    public required string ExecutionId { get; init; }
    /// <summary>Hash of the start as requested (<see cref="StartRequest"/>).</summary>
    public required string StartHash { get; init; }
    public required ExecutionStatus Status { get; init; }
    public required long LastSeq { get; init; }
    /// <summary>Time of the last decision with facts; never goes back.</summary>
    public required Timestamp DecisionTime { get; init; }
    public required int Partition { get; init; }
    public Timestamp? DeadlineAt { get; init; }

    /// <summary>What the first event fixed; null once finished.</summary>
    public StartInfo? Start { get; init; }
    /// <summary>Visits of steps, live and settled, by id (<c>fetch#1</c>), in ordinal order.</summary>
    public ImmutableSortedDictionary<string, ActivationState> Activations { get; init; } = NoActivations;
    /// <summary>How many of them are live.</summary>
    public int Live { get; init; }
    /// <summary>Names of signals nothing has consumed, by <c>seq</c>.</summary>
    public ImmutableSortedDictionary<long, string> Signals { get; init; } = NoSignals;
    /// <summary>Set while a decision was cut at its limit: the <c>continue</c> that goes on carries it.</summary>
    public string? Cursor { get; init; }
    /// <summary>First failure that no <c>on_error</c> edge caught: <c>seq</c> of its event, its error.</summary>
    public long FailureSeq { get; init; }
    public string? Failure { get; init; }
    /// <summary>Status fixed by <c>execution_closing</c>, with that event's <c>seq</c> and the error as JSON.</summary>
    public string? ClosingStatus { get; init; }
    public long ClosingSeq { get; init; }
    public string? ClosingError { get; init; }
    /// <summary>Why an operator has to act, while the execution is parked.</summary>
    public string? ParkedReason { get; init; }

    public bool IsFinished =>
        Status is ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled;

    internal static readonly ImmutableSortedDictionary<string, ActivationState> NoActivations =
        ImmutableSortedDictionary.Create<string, ActivationState>(StringComparer.Ordinal);

    internal static readonly ImmutableSortedDictionary<long, string> NoSignals =
        ImmutableSortedDictionary<long, string>.Empty;

    internal StartInfo Begun => Start
        ?? throw new InvalidOperationException($"execution {ExecutionId} is {Status} and holds no start any more");
}

public enum ExecutionStatus : byte { Running = 1, Closing, Parked, Completed, Failed, Cancelled }

/// <summary>What <c>execution_started</c> fixed once.</summary>
public sealed record StartInfo
{
    public required string PlaybookPath { get; init; }
    public required int PlaybookVersion { get; init; }
    public required string ContentHash { get; init; }
    /// <summary>Merged and rendered, JSON text of an object.</summary>
    public required string Workload { get; init; }
    public required EngineSettings Settings { get; init; }
    public required Timestamp StartedAt { get; init; }
    public string? ParentExecutionId { get; init; }
    public string? Traceparent { get; init; }
}
