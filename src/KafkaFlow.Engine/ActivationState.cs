using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>One visit of a step, or one item of its loop: live while it waits for something, settled for ever
/// after.</summary>
public sealed record ActivationState
{
    public required string Id { get; init; }
    public required string Step { get; init; }
    /// <summary>Null: it passed through inside the engine.</summary>
    public string? NodeType { get; init; }
    public required ActivationPhase Phase { get; init; }
    /// <summary><c>seq</c> of <c>step_started</c>, <c>loop_iteration</c> or <c>step_skipped</c>.</summary>
    public required long StartSeq { get; init; }
    public required Timestamp StartedAt { get; init; }
    /// <summary>Version of the graph it began under, and goes on under.</summary>
    public int GraphVersion { get; init; } = 1;
    /// <summary>Edges whose being taken started it, document order.</summary>
    public ImmutableArray<int> Taken { get; init; } = [];
    /// <summary>Edges taken afterwards, recorded as absorbed.</summary>
    public ImmutableArray<int> Absorbed { get; init; } = [];
    /// <summary>The activations that led here, one per taken edge; of a visit that undoes, the one to undo. They are
    /// kept as long as this visit may begin anew.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];
    /// <summary>The one whose value was <c>result</c> when it began; null if there was none.</summary>
    public string? Source => Sources.IsEmpty ? null : Sources[^1];
    /// <summary>Rendered args of a live visit that no worker has, JSON text <c>{"args": ..}</c>.</summary>
    public string? Args { get; init; }

    /// <summary>The attempt that is out, or the last one.</summary>
    public int Attempt { get; init; } = 1;
    /// <summary>Lost workers and forced re-emissions so far.</summary>
    public int Lost { get; init; }
    /// <summary>Failed attempts that count against <c>max_attempts</c>.</summary>
    public int Failures { get; init; }
    public string? TaskHash { get; init; }
    /// <summary>Attempts whose late answers were recorded as stale.</summary>
    public ImmutableArray<int> StaleAttempts { get; init; } = [];
    /// <summary>Content and clock of the attempt; null once settled, and where no worker is involved.</summary>
    public AttemptState? Work { get; init; }
    /// <summary>Set while, and after, the step runs as a loop.</summary>
    public LoopState? Loop { get; init; }
    /// <summary>Set while it waits for something other than a worker.</summary>
    public WaitState? Wait { get; init; }

    // once settled
    public long EndSeq { get; init; }
    public string? Result { get; init; }
    /// <summary>A step that passed through has the value of this activation.</summary>
    public string? ResultFrom { get; init; }
    /// <summary>How many activations have their value from this one: it is kept as long as they are.</summary>
    public int Holders { get; init; }
    public string? Error { get; init; }
    /// <summary>Outcome of each outgoing edge, ordered by edge.</summary>
    public ImmutableArray<EdgeOutcome> Out { get; init; } = [];
    /// <summary>Name of the step that undoes it; null also once it was undone.</summary>
    public string? Compensate { get; init; }

    public bool IsLive => Phase is not (ActivationPhase.Completed or ActivationPhase.Failed or ActivationPhase.Skipped
        or ActivationPhase.Cancelled);

    /// <summary>A worker has it, or may take it.</summary>
    public bool IsOut => Phase is ActivationPhase.Scheduled or ActivationPhase.Running;
}

public enum ActivationPhase : byte
{
    Scheduled = 1, Running, AttemptFailed, Completed, Failed, Skipped, Cancelled,
    /// <summary>The next attempt begins when its delay is over.</summary>
    BackingOff,
    /// <summary>For a time, a signal, a decision or a child.</summary>
    Waiting,
    /// <summary>Its items or iterations are at work.</summary>
    Looping,
}

/// <summary>What is out with a worker, and since when.</summary>
public sealed record AttemptState
{
    /// <summary>Whole rendered input, JSON text.</summary>
    public required string Input { get; init; }
    public string? Auth { get; init; }
    public long? QueueMs { get; init; }
    public long? AttemptMs { get; init; }
    public required long HeartbeatMs { get; init; }
    public long? TotalMs { get; init; }
    /// <summary>When this attempt was first handed out, and when it was last.</summary>
    public required Timestamp QueuedAt { get; init; }
    public required Timestamp EmittedAt { get; init; }
    /// <summary>When it will be handed out, while it backs off.</summary>
    public Timestamp? BackoffUntil { get; init; }
    /// <summary>Set by <c>action_started</c>.</summary>
    public Timestamp? BeganAt { get; init; }
    /// <summary>Last sign of life among the facts.</summary>
    public Timestamp? BeatAt { get; init; }
    public string? WorkerId { get; init; }
    public string? Details { get; init; }
}

/// <summary>Progress of a loop over items, or of a while-loop.</summary>
/// <param name="Count">How many items; of a while-loop, 0.</param>
/// <param name="Begun">Items or iterations begun so far; they begin in order.</param>
/// <param name="DueAt">When the whole loop has taken too long.</param>
public sealed record LoopState(int Count, int Begun, int Live, int Completed, int Failed, Timestamp? DueAt)
{
    public bool IsWhile => Count == 0;
}

/// <summary>What an activation waits for.</summary>
/// <param name="Signal">Name of the signal.</param>
/// <param name="Who">Actors that may decide an approval; empty: everybody.</param>
/// <param name="Child">Execution id of the child.</param>
/// <param name="AwaitCancel">Whether its end is awaited after it has been cancelled.</param>
/// <param name="DueAt">When the wait ends by itself.</param>
public sealed record WaitState(
    string? Signal, ImmutableArray<string> Who, string? Child, bool AwaitCancel, Timestamp? DueAt);

/// <summary>An item of a loop by its own key: its value until it has ended, then what became of it.</summary>
/// <param name="Value">JSON text; null once ended, and for the iterations of a while-loop.</param>
/// <param name="Result">JSON text; null where it follows from a loop within the item.</param>
/// <param name="Count">Items of a loop within it.</param>
public sealed record ItemState(string? Value, bool HasEnded, string? Result, string? Error, int? Count);

/// <summary>Visits of one step.</summary>
/// <param name="Visits">So far, skipped ones included.</param>
/// <param name="Current">Latest activation within the current iteration of the loops around it.</param>
/// <param name="Completed">Latest completed activation.</param>
/// <param name="Priors">What that was when the current iteration of a loop around the step began.</param>
/// <param name="FailureSeq"><c>seq</c> of the first failure that no <c>on_error</c> edge caught; 0: none.</param>
/// <param name="Failure">Its error, JSON text.</param>
public sealed record StepVisits(
    int Visits, string? Current, string? Completed, ImmutableArray<PriorVisit> Priors, long FailureSeq = 0,
    string? Failure = null)
{
    internal static readonly StepVisits None = new(0, null, null, []);

    internal bool Holds(string activation)
    {
        foreach (var prior in Priors)
            if (prior.Activation == activation) return true;
        return Current == activation || Completed == activation;
    }

    /// <returns>What had completed when the current iteration of a loop began; null if nothing had, or if that one
    /// has not turned since the loop around it did.</returns>
    internal string? PriorOf(string loop)
    {
        foreach (var prior in Priors)
            if (prior.Loop == loop) return prior.Activation;
        return null;
    }
}

/// <param name="Loop">Name of its header.</param>
public readonly record struct PriorVisit(string Loop, string Activation);

/// <summary>A signal nothing has consumed.</summary>
public sealed record SignalState(string Name, string? Payload);

public enum EdgeState : byte { Taken = 1, Dead, Failed }

/// <param name="Edge">Index in the playbook's edges.</param>
/// <param name="To">Name of the step it leads to.</param>
/// <param name="Args">Rendered when it was taken; JSON text of an object, or null.</param>
public readonly record struct EdgeOutcome(int Edge, EdgeState State, string To, string? Args);
