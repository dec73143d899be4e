using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

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
    private SortedSet<int>? _pendingLoops;
    private SortedSet<(long Began, string Id)>? _pendingItems;
    private Dictionary<string, Value>? _values;
    private readonly ExecutionState? _origin;
    private ExecutionState? _state;
    private ExecutionState? _beforeLast;
    private FactMeta _lastMeta = FactMeta.None;
    private GraphPlan? _plan;
    private long _bytes;

    public Draft(ExecutionState? state, DecisionInput input)
    {
        (_origin, _state, Input) = (state, state is null ? null : state with { Touched = null }, input);
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

    /// <summary>Of the playbook with the patches of this execution.</summary>
    public GraphPlan Plan => _plan ??= GraphPlan.Of(PatchedGraphs.Of(Input.Graph ?? throw new InvalidOperationException(
        $"playbook {State.Start?.PlaybookPath} with hash {State.Start?.ContentHash} was not handed to the decision"),
        _state?.Patches ?? []));

    public EngineSettings Limits => _state?.Start?.Settings ?? Input.Settings;

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
            Parts = _facts.Count + 1,
            CausePartition = Input.Partition,
            CauseOffset = Input.Offset,
        };
        Append(fact, body.Meta ?? FactMeta.None);
        return seq;
    }

    /// <summary>Asks for another look at a step whose incoming edges may have changed.</summary>
    public void Pend(int step) => _pending.Add(step);

    /// <summary>Asks for another look at a loop of whose body a step has settled.</summary>
    public void PendLoop(int loop) => (_pendingLoops ??= []).Add(loop);

    /// <summary>Asks for another look at a loop over items, or a while-loop.</summary>
    public void PendItems(string activation) =>
        (_pendingItems ??= []).Add((State.Activations[activation].StartSeq, activation));

    public void PendAll()
    {
        foreach (var activation in State.Activations.Values)
            if (activation.Phase == ActivationPhase.Looping) PendItems(activation.Id);
        for (var step = 0; step < Plan.Graph.Steps.Count; step++) _pending.Add(step);
        for (var loop = 0; loop < Plan.Graph.Loops.Count; loop++) PendLoop(loop);
    }

    /// <summary>After a patch: another graph, other steps.</summary>
    public void ForgetPlan()
    {
        _plan = null;
        _pending.Clear();
        _pendingLoops?.Clear();
    }

    public bool HasPending =>
        _pending.Count > 0 || _pendingItems is { Count: > 0 } || _pendingLoops is { Count: > 0 };

    /// <summary>Whether something new may begin: steps, items, attempts.</summary>
    public bool MayBegin => State.Status is ExecutionStatus.Running or ExecutionStatus.Closing;

    /// <summary>Looks at the first pending step in document order, or else at the loop over items or while-loop that
    /// began first, or else at the innermost cycle.</summary>
    public void VisitPending()
    {
        if (_pending.Count > 0) Joins.Visit(this, Take(_pending));
        else if (_pendingItems?.Count > 0) ItemLoops.Visit(this, Take(_pendingItems).Id);
        else Cycles.Visit(this, Take(_pendingLoops!));
    }

    /// <summary>Where no step may begin by its edges: one loop over items.</summary>
    /// <returns>False if none is pending.</returns>
    public bool VisitPendingItems()
    {
        if (_pendingItems is not { Count: > 0 }) return false;
        ItemLoops.Visit(this, Take(_pendingItems).Id);
        return true;
    }

    private static T Take<T>(SortedSet<T> pending)
    {
        var next = pending.Min!;
        pending.Remove(next);
        return next;
    }

    /// <summary>Ends the decision at its limit: the last fact says that there is more to do.</summary>
    public void Cut()
    {
        var last = _facts[^1];
        var meta = _lastMeta with { Cursor = last.EventId };
        _facts[^1] = last with { Meta = meta.ToJson() };
        _state = Evolution.Apply(_beforeLast, _facts[^1], meta);
    }

    public ActivationState? Current(int step) => State.CurrentOf(Plan.Graph.Steps[step].Name);

    /// <summary>Id of the next visit of a step.</summary>
    public string NextVisit(int step)
    {
        var name = Plan.Graph.Steps[step].Name;
        return Activations.Of(name, State.VisitsOf(name).Visits + 1);
    }

    /// <summary>The playbook as it was when a visit began: its work goes on so, whatever has been patched
    /// since.</summary>
    public GraphPlan PlanOf(string activation)
    {
        var version = State.Activations.TryGetValue(Activations.VisitOf(activation), out var visit)
            ? visit.GraphVersion : State.GraphVersion;
        return version == State.GraphVersion ? Plan
            : GraphPlan.Of(PatchedGraphs.Of(Input.Graph!, State.Patches.GetRange(0, version - 1)));
    }

    /// <summary>The step of a visit as the playbook has it now: where it leads.</summary>
    public StepNode StepOf(ActivationState visit) => StepIn(Plan, visit.Step);

    /// <summary>What an activation runs: its step, or the body of a loop within it.</summary>
    public StepNode NodeOf(string activation)
    {
        var step = Activations.StepOf(activation);
        var node = StepIn(PlanOf(activation), step);
        foreach (var c in activation.AsSpan(step.Length))
            if (c == '[' && node.Items is { } items) node = items.Body;
        return node;
    }

    private static StepNode StepIn(GraphPlan plan, string step) => plan.Graph.Steps[plan.IndexOf(step)
        ?? throw new InvalidOperationException($"the playbook has no step {step}")];

    /// <summary>The value of an item that has not ended.</summary>
    public Value ItemValue(string id) => State.Items.TryGetValue(id, out var item) && item.Value is { } json
        ? Value.FromJson(json) : Value.Missing;

    /// <summary>The value of a completed activation, parsed once per decision; Missing if it has none.</summary>
    public Value ValueOf(string? activation)
    {
        if (activation is null) return Value.Missing;
        if (_values is not null && _values.TryGetValue(activation, out var known)) return known;
        return (_values ??= new(StringComparer.Ordinal))[activation] = Results.ValueOf(State, activation);
    }

    public Decision End()
    {
        if (_facts.Count == 0) return new([], _origin, Outcome);
        for (var i = 0; i < _facts.Count - 1; i++) _facts[i] = _facts[i] with { Parts = _facts.Count };
        return new(_facts, _state, Outcome);
    }

    private void Append(ExecutionEvent fact, FactMeta meta)
    {
        _beforeLast = _state;
        _state = Evolution.Apply(_state, fact, meta);
        var bytes = _state.HistoryBytes - (_beforeLast?.HistoryBytes ?? 0);
        if (bytes > SizeLimits.FactBytes)
            throw new InvalidOperationException(
                $"{fact.EventType} {fact.EventId} has {bytes} bytes; at most {SizeLimits.FactBytes} are allowed");
        _bytes += bytes;
        _facts.Add(fact);
        _lastMeta = meta;
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
