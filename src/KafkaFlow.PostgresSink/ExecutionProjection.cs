using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// A row of <c>execution</c> while it is folded. What ended stays: facts at or below the last seq change nothing. Live
/// activations, items and iterations of loops included, in the order of their start, each with what it is at.
/// Status: terminal by the terminal fact; PARKED, PAUSED until resumed or closing; WAITING while everything live waits
/// for a time, a signal, a decision or a child; else RUNNING. A loop is at what its items are at.
/// </summary>
internal sealed class ExecutionProjection
{
    /// <summary>What must be read again from <c>event</c> to go on with a row that was put aside.</summary>
    public static readonly string[] TypesThatKeepLive =
    [
        EventTypes.StepStarted, EventTypes.StepCompleted, EventTypes.StepFailed, EventTypes.StepSkipped,
        EventTypes.StepCancelled, EventTypes.LoopStarted, EventTypes.LoopIteration, EventTypes.ChildStarted,
        EventTypes.ExecutionPaused, EventTypes.ExecutionParked, EventTypes.ExecutionResumed,
        EventTypes.ExecutionClosing,
    ];

    private enum Doing : byte { Work, Wait, Loop }

    private readonly OrderedDictionary<string, Doing> _live;
    private bool _paused;
    private bool _parked;

    public ExecutionProjection(string executionId)
    {
        ExecutionId = executionId;
        _live = [];
    }

    private ExecutionProjection(ExecutionProjection other)
    {
        ExecutionId = other.ExecutionId;
        _live = new(other._live);
        (_paused, _parked) = (other._paused, other._parked);
        (PlaybookPath, PlaybookVersion, ContentHash) = (other.PlaybookPath, other.PlaybookVersion, other.ContentHash);
        (Status, ParentExecutionId, LastSeq) = (other.Status, other.ParentExecutionId, other.LastSeq);
        (StartedAt, UpdatedAt, EndedAt) = (other.StartedAt, other.UpdatedAt, other.EndedAt);
        (Result, Error, DurationMs) = (other.Result, other.Error, other.DurationMs);
    }

    public string ExecutionId { get; }
    public string? PlaybookPath { get; set; }
    public int? PlaybookVersion { get; set; }
    public string? ContentHash { get; set; }
    public string Status
    {
        get => HasEnded ? field : LiveStatus();
        set;
    } = EventStatus.Running;

    public string? ParentExecutionId { get; set; }

    /// <summary>Only in the copy that saw execution_started; the row keeps it from then on.</summary>
    public string? Payload { get; private set; }
    public string? Result { get; set; }
    public string? Error { get; set; }
    public long LastSeq { get; set; }
    public Timestamp? StartedAt { get; set; }
    public Timestamp UpdatedAt { get; set; }
    public Timestamp? EndedAt { get; set; }
    public long? DurationMs { get; set; }

    public bool HasEnded => EndedAt is not null;

    /// <summary>Names of the steps that are live, one per visit.</summary>
    public string CurrentSteps =>
        JsonSerializer.Serialize(_live.Keys.Where(id => !id.Contains('[', StringComparison.Ordinal))
            .Select(Activations.StepOf));

    /// <summary>A copy to fold on; the original stays as it was written.</summary>
    public ExecutionProjection Copy() => new(this);

    public void Apply(ExecutionEvent fact)
    {
        if (fact.Seq <= LastSeq) return;
        LastSeq = fact.Seq;
        UpdatedAt = fact.CreatedAt;
        PlaybookPath ??= fact.PlaybookPath;
        PlaybookVersion ??= fact.PlaybookVersion;
        ContentHash ??= fact.ContentHash;
        ParentExecutionId ??= fact.ParentExecutionId;
        if (fact.EventType == EventTypes.ExecutionStarted)
        {
            StartedAt = fact.CreatedAt;
            Payload = fact.Context;
        }
        ApplyLive(fact.EventType, fact.Status, fact.Activation);
        if (EventTypes.IsTerminal(fact.EventType)) End(fact);
    }

    /// <summary>The part of a fact that says what is live; also used to read it again.</summary>
    public void ApplyLive(string eventType, string status, string? activation)
    {
        switch (eventType)
        {
            case EventTypes.StepStarted when activation is not null:
                _live[activation] = status == EventStatus.Waiting ? Doing.Wait : Doing.Work;
                break;
            case EventTypes.LoopIteration when activation is not null && status == EventStatus.Running:
                _live[activation] = Doing.Work;
                break;
            case EventTypes.LoopStarted when activation is not null && _live.ContainsKey(activation):
                _live[activation] = Doing.Loop;
                break;
            case EventTypes.ChildStarted when activation is not null && _live.ContainsKey(activation):
                _live[activation] = Doing.Wait;
                break;
            case EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepSkipped
                or EventTypes.StepCancelled or EventTypes.LoopIteration when activation is not null:
                _live.Remove(activation);
                break;
            case EventTypes.ExecutionPaused:
                _paused = true;
                break;
            case EventTypes.ExecutionParked:
                _parked = true;
                break;
            case EventTypes.ExecutionResumed or EventTypes.ExecutionClosing:
                (_paused, _parked) = (false, false);
                break;
        }
    }

    private void End(ExecutionEvent fact)
    {
        Status = fact.Status;
        Result = fact.Result;
        Error = fact.Error;
        EndedAt = fact.CreatedAt;
        DurationMs = fact.DurationMs
            ?? (StartedAt is { } started ? (fact.CreatedAt.UnixMicros - started.UnixMicros) / 1000 : null);
        _live.Clear();
    }

    private string LiveStatus()
    {
        if (_parked) return EventStatus.Parked;
        if (_paused) return EventStatus.Paused;
        var waits = false;
        foreach (var doing in _live.Values)
        {
            if (doing == Doing.Work) return EventStatus.Running;
            waits |= doing == Doing.Wait;
        }
        return waits ? EventStatus.Waiting : EventStatus.Running;
    }
}
