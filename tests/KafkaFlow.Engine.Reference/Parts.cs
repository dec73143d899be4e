using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

public enum RunStatus { Running, Closing, Paused, Parked, Completed, Failed, Cancelled }

public enum Outcome { Live, Completed, Failed, Skipped, Cancelled }

/// <summary>What became of an input.</summary>
public enum InputOutcome
{
    Accepted,
    /// <summary>An answer that came too late or to another attempt.</summary>
    Stale,
    /// <summary>A request that does not apply.</summary>
    Rejected,
    /// <summary>For a run that is parked: to be sent again after resume.</summary>
    Held,
    /// <summary>Nothing that concerns this run.</summary>
    Ignored,
}

public sealed record ReferenceSettings
{
    public int MaxLost { get; init; } = 3;
    public int MaxSignals { get; init; } = 1_000;
    public int MaxVisits { get; init; } = 1_000;
    public long HeartbeatMs { get; init; } = 30_000;
    /// <summary>How long a task topic keeps a task that nobody started, less an hour.</summary>
    public long RetentionMs { get; init; } = 604_800_000 - 3_600_000;
    public IReadOnlyList<string> ParkOn { get; init; } = [];
}

public sealed record RunError(string Step, string Code, string Message, int Attempt, bool Retryable = false)
{
    public Value ToValue() => Value.Map(
    [
        new("step", Value.String(Step)), new("code", Value.String(Code)), new("message", Value.String(Message)),
        new("attempt", Value.Int(Attempt)), new("retryable", Value.Bool(Retryable)),
    ]);
}

/// <summary>What a worker may answer now.</summary>
public sealed record OpenTask(string Activation, int Attempt, string InputJson);

/// <summary>A timer that may fire. <see cref="DueMicros"/> is null where it follows from a hash (backoff).</summary>
public sealed record OpenTimer(string Activation, string Kind, long? DueMicros);

/// <summary>An approval, a wait for a signal or a child, and what it waits for.</summary>
public sealed record OpenWait(string Activation, string Kind, string What);

/// <summary>One activation as it stands.</summary>
/// <param name="Reason">Of a skipped one: <c>dead_path</c> or <c>upstream_failed</c>.</param>
/// <param name="Taken">Indexes of the edges that a visit has taken.</param>
public sealed record ActivationView(
    string Activation, Outcome Outcome, string? ResultJson, string? ErrorCode, string? Reason,
    IReadOnlyList<int> Taken);

/// <summary>A taken edge as its target sees it.</summary>
internal sealed record Arrival(ShapeEdge Edge, Value? Args, Value Value, RunError? Error);

internal enum EdgeState { Unresolved, Taken, Dead, Failed }

/// <summary>One visit of a step.</summary>
internal sealed class Visit
{
    public required string Step { get; init; }
    public required int Number { get; init; }
    public required StepRole Role { get; init; }
    public required PlaybookGraph Graph { get; init; }
    public required Shape Shape { get; init; }
    public required int Begun { get; init; }
    public string Id => $"{Step}#{Number}";
    public IReadOnlyList<Arrival> Arrivals { get; init; } = [];
    /// <summary>What <c>result</c> stands for in the step; missing at the entry.</summary>
    public Value ResultIn { get; init; } = Value.Missing;
    public RunError? ErrorIn { get; init; }
    public Value EventIn { get; init; } = Value.Missing;
    public Outcome Outcome { get; set; } = Outcome.Live;
    public int Ended { get; set; }
    public Value Value { get; set; } = Value.Null;
    public RunError? Error { get; set; }
    public bool IsUpstreamFailed { get; set; }
    /// <summary>After a while step: how it ended.</summary>
    public Value EventOut { get; set; } = Value.Missing;
    public Dictionary<int, (EdgeState State, Value? Args)> Edges { get; } = [];
    public Work? Work { get; set; }
}

internal enum WorkState
{
    Running,
    BackingOff,
    /// <summary>An iteration before its delay is over.</summary>
    Delayed,
    Waiting,
    Looping,
    Parked,
    /// <summary>Cancelled, but its child has not ended yet.</summary>
    Awaiting,
    Done,
}

/// <summary>The work of a visit, of an item or of an iteration; items within items nest.</summary>
internal sealed class Work
{
    public required string Id { get; init; }
    public required Visit Visit { get; init; }
    public required StepNode Node { get; init; }
    public Work? Parent { get; init; }
    public int Index { get; init; }
    public Value Item { get; init; } = Value.Missing;
    /// <summary>In a while: the value of the iteration before.</summary>
    public Value? Previous { get; init; }
    public bool IsIteration { get; init; }
    public required int Begun { get; init; }
    public required long BegunAt { get; init; }

    public WorkState State { get; set; }
    public Outcome Outcome { get; set; } = Outcome.Live;
    public Value Value { get; set; } = Value.Null;
    public RunError? Error { get; set; }
    public bool IsLive => Outcome == Outcome.Live;

    public int Attempt { get; set; }
    public int Counted { get; set; }
    public int Lost { get; set; }
    public string Input { get; set; } = "";
    public bool Started { get; set; }
    public long Emitted { get; set; }
    public long Scheduled { get; set; }
    public long StartedAt { get; set; }
    public long LastBeat { get; set; }

    public List<Value>? Items { get; set; }
    public List<Work> Children { get; } = [];
    public long LoopBegun { get; set; }
    public long? DelayUntil { get; set; }
    public bool NextIterationDue { get; set; }

    public string? Signal { get; set; }
    public long? WaitUntil { get; set; }
    public List<string>? Who { get; set; }

    public IEnumerable<Work> All => Children.SelectMany(child => child.All).Prepend(this);
}
