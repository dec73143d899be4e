using System.Collections.Immutable;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>One visit of a step: live while its attempt is out, settled for ever after.</summary>
public sealed record ActivationState
{
    public required string Id { get; init; }
    public required string Step { get; init; }
    /// <summary>Null: it passed through inside the engine.</summary>
    public string? NodeType { get; init; }
    public required ActivationPhase Phase { get; init; }
    /// <summary><c>seq</c> of <c>step_started</c>, or of <c>step_skipped</c>.</summary>
    public required long StartSeq { get; init; }
    public required Timestamp StartedAt { get; init; }
    /// <summary>Edges whose being taken started it.</summary>
    public ImmutableArray<int> Taken { get; init; } = [];
    /// <summary>Edges taken afterwards, recorded as absorbed.</summary>
    public ImmutableArray<int> Absorbed { get; init; } = [];

    /// <summary>The attempt that is out, or the last one.</summary>
    public int Attempt { get; init; } = 1;
    /// <summary>Lost workers and forced re-emissions so far.</summary>
    public int Lost { get; init; }
    public string? TaskHash { get; init; }
    /// <summary>Attempts whose late answers were recorded as stale.</summary>
    public ImmutableArray<int> StaleAttempts { get; init; } = [];
    /// <summary>Content and clock of the attempt; null once settled.</summary>
    public AttemptState? Work { get; init; }

    // once settled
    public long EndSeq { get; init; }
    public string? Result { get; init; }
    /// <summary>A step that passed through has the value of this activation.</summary>
    public string? ResultFrom { get; init; }
    public string? Error { get; init; }
    /// <summary>Outcome of each outgoing edge, ordered by edge.</summary>
    public ImmutableArray<EdgeOutcome> Out { get; init; } = [];

    public bool IsLive =>
        Phase is ActivationPhase.Scheduled or ActivationPhase.Running or ActivationPhase.AttemptFailed;
}

public enum ActivationPhase : byte { Scheduled = 1, Running, AttemptFailed, Completed, Failed, Skipped, Cancelled }

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
    /// <summary>Set by <c>action_started</c>.</summary>
    public Timestamp? BeganAt { get; init; }
    /// <summary>Last sign of life among the facts.</summary>
    public Timestamp? BeatAt { get; init; }
    public string? WorkerId { get; init; }
    public string? Details { get; init; }
}

public enum EdgeState : byte { Taken = 1, Dead, Failed }

/// <param name="Edge">Index in the playbook's edges.</param>
/// <param name="Args">Rendered when it was taken; JSON text of an object, or null.</param>
public readonly record struct EdgeOutcome(int Edge, EdgeState State, string? Args);
