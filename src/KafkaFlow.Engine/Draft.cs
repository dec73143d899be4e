using KafkaFlow.Contracts;
using KafkaFlow.Expressions;

namespace KafkaFlow.Engine;

/// <summary>
/// One decision under way: the facts so far and the state they fold to. Each fact is folded as soon as it is recorded,
/// by the same code as at takeover, so the next thought always starts from what a reader of the log would know.
/// </summary>
internal sealed class Draft
{
    /// <summary>Room in a fact for everything that is not the value whose size is checked.</summary>
    public const int FactOverheadBytes = 16 * 1024;
    public const int FactRoomBytes = SizeLimits.FactBytes - FactOverheadBytes;

    private readonly List<ExecutionEvent> _facts = [];
    private readonly SortedSet<int> _pending = [];
    private readonly Dictionary<int, Value> _values = [];
    private readonly ExecutionState? _origin;
    private ExecutionState? _state;
    private ExecutionState? _beforeLast;
    private GraphPlan? _plan;
    private long _bytes;

    public Draft(ExecutionState? state, DecisionInput input)
    {
        (_origin, _state, Input) = (state, state, input);
        Now = state is null ? input.AppendedAt : Timestamp.Max(state.DecisionTime, input.AppendedAt);
    }

    public DecisionInput Input { get; }
    public Command Command => Input.Command;
    /// <summary>Decision time: what <c>now()</c> gives and <c>created_at</c> holds.</summary>
    public Timestamp Now { get; }
    public DecisionOutcome Outcome { get; set; } = DecisionOutcome.Accepted.Instance;
    public bool HasFacts => _facts.Count > 0;

    public ExecutionState State =>
        _state ?? throw new InvalidOperationException($"{Command.EventType} of {Command.ExecutionId} has no state");

    public GraphPlan Plan => _plan ??= GraphPlan.Of(Input.Graph ?? throw new InvalidOperationException(
        $"playbook {State.Start?.PlaybookPath} with hash {State.Start?.ContentHash} was not handed to the decision"));

    private EngineSettings Limits => _state?.Start?.Settings ?? Input.Settings;

    /// <summary>Whether the decision has to end here and go on by a <c>continue</c>.</summary>
    public bool AtLimit => _facts.Count >= Limits.MaxFactsPerDecision || _bytes >= Limits.MaxBytesPerDecision;

    public long Record(string eventType, string status, FactBody body)
    {
        var seq = (_state?.LastSeq ?? 0) + 1;
        var start = _state?.Start;
        var fact = new ExecutionEvent
        {
            ExecutionId = Command.ExecutionId,
            Seq = seq,
            EventId = ExecutionEvent.IdOf(Command.ExecutionId, seq),
            ParentEventId = body.ParentSeq > 0 ? ExecutionEvent.IdOf(Command.ExecutionId, body.ParentSeq) : null,
            EventType = eventType,
            Status = status,
            ParentExecutionId = start?.ParentExecutionId ?? body.ParentExecutionId,
            PlaybookPath = start?.PlaybookPath ?? Command.PlaybookPath,
            ContentHash = start?.ContentHash ?? Command.ContentHash,
            PlaybookVersion = start?.PlaybookVersion ?? body.PlaybookVersion,
            NodeId = body.Step,
            NodeName = body.Step,
            NodeType = body.NodeType,
            Activation = body.Activation,
            WorkerId = body.WorkerId,
            Traceparent = start is null ? Input.Traceparent : start.Traceparent,
            Attempt = body.Attempt,
            Context = body.Context,
            Result = body.Result,
            Meta = body.Meta?.ToJson(),
            Error = body.Error,
            DurationMs = body.DurationMs,
            CreatedAt = Now,
            Epoch = Input.Epoch,
            Part = _facts.Count + 1,
            Parts = 0,
            CausePartition = Input.Partition,
            CauseOffset = Input.Offset,
        };
        Append(fact);
        return seq;
    }

    /// <summary>Asks for another look at a step whose incoming edges may have changed.</summary>
    public void Pend(int step) => _pending.Add(step);

    public void PendAll()
    {
        for (var step = 0; step < Plan.Graph.Steps.Count; step++) _pending.Add(step);
    }

    public bool HasPending => _pending.Count > 0;

    /// <summary>The first pending step in document order.</summary>
    public int TakePending()
    {
        var step = _pending.Min;
        _pending.Remove(step);
        return step;
    }

    /// <summary>Ends the decision at its limit: the last fact says that there is more to do.</summary>
    public void Cut()
    {
        var last = _facts[^1];
        var meta = FactMeta.Parse(last.Meta) with { Cursor = last.EventId };
        _facts[^1] = last with { Meta = meta.ToJson() };
        _state = Evolution.Apply(_beforeLast, _facts[^1]);
    }

    /// <summary>The value of a completed step, parsed once per decision; Missing until it has completed.</summary>
    public Value ValueOf(int step)
    {
        if (_values.TryGetValue(step, out var known)) return known;
        if (Results.Of(State, Plan.Ids[step]) is not { } json) return Value.Missing;
        return _values[step] = Value.FromJson(json);
    }

    public Decision End()
    {
        if (_facts.Count == 0) return new([], _origin, Outcome);
        for (var i = 0; i < _facts.Count; i++) _facts[i] = _facts[i] with { Parts = _facts.Count };
        return new(_facts, _state, Outcome);
    }

    private void Append(ExecutionEvent fact)
    {
        var bytes = JsonText.Bytes(fact.Context) + JsonText.Bytes(fact.Result) + JsonText.Bytes(fact.Meta)
            + JsonText.Bytes(fact.Error);
        if (bytes > SizeLimits.FactBytes)
            throw new InvalidOperationException(
                $"{fact.EventType} {fact.EventId} has {bytes} bytes; at most {SizeLimits.FactBytes} are allowed");
        _bytes += bytes;
        _beforeLast = _state;
        _state = Evolution.Apply(_state, fact);
        _facts.Add(fact);
    }
}

/// <summary>What a fact says beside what every fact of a decision has.</summary>
internal readonly record struct FactBody
{
    /// <summary><c>seq</c> of the fact it follows from; 0 = none.</summary>
    public long ParentSeq { get; init; }
    public string? Step { get; init; }
    public string? NodeType { get; init; }
    public string? Activation { get; init; }
    public int? Attempt { get; init; }
    public string? WorkerId { get; init; }
    public string? Context { get; init; }
    public string? Result { get; init; }
    public string? Error { get; init; }
    public long? DurationMs { get; init; }
    public FactMeta? Meta { get; init; }

    // execution_started only
    public string? ParentExecutionId { get; init; }
    public int? PlaybookVersion { get; init; }

    public static FactBody Of(ActivationState activation, long parentSeq) => new()
    {
        ParentSeq = parentSeq,
        Step = activation.Step,
        NodeType = activation.NodeType,
        Activation = activation.Id,
        Attempt = activation.Attempt,
    };
}
