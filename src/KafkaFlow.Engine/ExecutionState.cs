using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Folded state of one execution: a function of its facts alone, changed by <see cref="Engine.Evolve"/> only.
/// Immutable to everybody else: members with a setter are set while a fact is being folded, on a copy that nobody has
/// seen. A finished execution keeps what is required here and <see cref="DeadlineAt"/>: enough to tell late commands
/// apart.
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
    public Timestamp? DeadlineAt { get; internal set; }

    /// <summary>What the first event fixed; null once finished.</summary>
    public StartInfo? Start { get; init; }
    /// <summary>By id (<c>fetch#1</c>): what is live, and of what is settled as much as is still needed.</summary>
    public ImmutableSortedDictionary<string, ActivationState> Activations { get; internal set; } = NoActivations;
    /// <summary>How many of them are live.</summary>
    public int Live { get; internal set; }
    /// <summary>By name of the step.</summary>
    public ImmutableSortedDictionary<string, StepVisits> Steps { get; internal set; } = NoSteps;
    /// <summary>Items of loops that are not over, or whose result is needed, by id (<c>fetch#1[17]</c>).</summary>
    public ImmutableSortedDictionary<string, ItemState> Items { get; internal set; } = NoItems;
    /// <summary>By <c>seq</c>.</summary>
    public ImmutableSortedDictionary<long, SignalState> Signals { get; internal set; } = NoSignals;
    /// <summary>What <c>variable_set</c> set, JSON text by name.</summary>
    public ImmutableSortedDictionary<string, string> Vars { get; internal set; } = NoVars;
    /// <summary>RFC 6902 patches applied to the playbook, in order.</summary>
    public ImmutableList<string> Patches { get; internal set; } = [];
    /// <summary>Activations begun, and bytes of facts, so far.</summary>
    public int Activated { get; internal set; }
    public long HistoryBytes { get; init; }
    /// <summary>Set while a decision was cut at its limit: the <c>continue</c> that goes on carries it.</summary>
    public string? Cursor { get; init; }
    /// <summary>First failure that no <c>on_error</c> edge caught: <c>seq</c> of its event, its error.</summary>
    public long FailureSeq { get; internal set; }
    public string? Failure { get; internal set; }
    /// <summary>Status fixed by <c>execution_closing</c>, with that event's <c>seq</c> and the error as JSON.</summary>
    public string? ClosingStatus { get; internal set; }
    public long ClosingSeq { get; internal set; }
    public string? ClosingError { get; internal set; }
    /// <summary>A cancel with force: nothing is compensated, no finally step runs.</summary>
    public bool IsForced { get; internal set; }
    /// <summary>Activation that is being undone.</summary>
    public string? Compensating { get; internal set; }
    public bool FinallyBegun { get; internal set; }
    /// <summary>Why an operator has to act, while the execution is parked.</summary>
    public string? ParkedReason { get; internal set; }

    public bool IsFinished =>
        Status is ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled;

    internal static readonly ImmutableSortedDictionary<string, ActivationState> NoActivations =
        ImmutableSortedDictionary.Create<string, ActivationState>(StringComparer.Ordinal);

    internal static readonly ImmutableSortedDictionary<string, StepVisits> NoSteps =
        ImmutableSortedDictionary.Create<string, StepVisits>(StringComparer.Ordinal);

    internal static readonly ImmutableSortedDictionary<string, ItemState> NoItems =
        ImmutableSortedDictionary.Create<string, ItemState>(StringComparer.Ordinal);

    internal static readonly ImmutableSortedDictionary<string, string> NoVars =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    internal static readonly ImmutableSortedDictionary<long, SignalState> NoSignals =
        ImmutableSortedDictionary<long, SignalState>.Empty;

    public int GraphVersion => Patches.Count + 1;

    /// <summary>Keys changed since the decision began, newest first; no part of the folded state.</summary>
    internal Touch? Touched { get; set; }

    internal StartInfo Begun => Start
        ?? throw new InvalidOperationException($"execution {ExecutionId} is {Status} and holds no start any more");
}

public enum ExecutionStatus : byte { Running = 1, Closing, Parked, Completed, Failed, Cancelled, Paused }

internal enum TouchKind : byte { Activation, Step, Item, Signal, Variable }

/// <summary>A key of the state that a fact has changed. Makes the cost of storing a decision that of its
/// changes.</summary>
internal sealed record Touch(TouchKind Kind, string Key, long Seq, Touch? Previous);

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
    /// <summary>Where the end is reported, as the start had it, JSON text; null without a parent.</summary>
    public string? Parent { get; init; }
    public string? Traceparent { get; init; }
}
