using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>What an item of a loop, or an iteration of a while-loop, adds to the names.</summary>
/// <param name="Element">Null in a while-loop.</param>
internal sealed record ItemFrame(string? Element, Value Item, int Index, ItemFrame? Outer);

/// <summary>
/// What the names of an expression stand for at one place: in a step, its ancestors and the value that led to it; in an
/// edge or a save, the same and the step just finished. Values are parsed when asked for.
/// </summary>
internal sealed class ScopeVariables : IVariables
{
    private readonly Draft _draft;
    private readonly GraphPlan _plan;
    private readonly int _step;
    private Value? _workload;

    private ScopeVariables(Draft draft, GraphPlan plan, int step) => (_draft, _plan, _step) = (draft, plan, step);

    /// <summary>Whether the step itself has ended, so that its own name means the value just finished.</summary>
    private bool IsFinished { get; init; }
    private Value Result { get; init; }
    private string? Error { get; init; }
    private int Attempt { get; init; } = 1;
    private string? Event { get; init; }
    private ItemFrame? Frame { get; init; }
    /// <summary>The loop that turns with the visit that is about to begin.</summary>
    private int? Turning { get; init; }

    /// <param name="source">The activation whose last taken edge, in document order, led here; null at the
    /// entry.</param>
    public static ScopeVariables InStep(Draft draft, int step, ActivationState? source, int? turning = null) =>
        new(draft, draft.Plan, step)
        {
            Result = draft.ValueOf(source?.Id),
            Error = source?.Error,
            Turning = turning,
            Event = draft.State.ClosingStatus,
        };

    /// <summary>Of a live visit, by the playbook as it was when it began.</summary>
    public static ScopeVariables InVisit(Draft draft, ActivationState visit) => new(
        draft, draft.PlanOf(visit.Id), draft.NodeOf(visit.Id).Index)
    {
        Result = draft.ValueOf(visit.Source),
        Error = draft.NodeOf(visit.Id).Role == StepRole.Flow
            ? ErrorOfSource(draft, visit) : draft.State.ClosingError,
        Attempt = visit.Attempt,
        Event = draft.State.ClosingStatus,
    };

    /// <param name="result">Value of the step, Missing if it failed.</param>
    /// <param name="error">JSON text, if it failed.</param>
    public static ScopeVariables AfterStep(
        Draft draft, ActivationState visit, Value result, string? error, string? @event = null) =>
        new(draft, draft.Plan, draft.StepOf(visit).Index)
        {
            IsFinished = true,
            Result = result,
            Error = error,
            Attempt = visit.Attempt,
            Event = @event,
        };

    /// <summary>The same names, within an item.</summary>
    public ScopeVariables Within(ItemFrame frame) => new(_draft, _plan, _step)
    {
        Result = Result, Error = Error, Attempt = Attempt, Event = Event, Turning = Turning, Frame = frame,
    };

    public ScopeVariables With(Value result, string? error, int attempt) => new(_draft, _plan, _step)
    {
        Result = result, Error = error, Attempt = attempt, Event = Event, Turning = Turning, Frame = Frame,
    };

    public Value Get(int slot) => Get(_plan.Meanings[slot]);

    /// <summary>The <c>data</c> part of what just finished, or all of it.</summary>
    public Value Data => Result.Get("data") is { Kind: not ValueKind.Missing } part ? part : Result;

    /// <summary>JSON text of the failure that led here; null if none did.</summary>
    public string? SourceError => Error;

    /// <summary>The item of the innermost loop; Missing outside.</summary>
    public Value Item => Frame?.Item ?? Value.Missing;

    /// <returns>The value of a name, or Missing.</returns>
    public Value Get(string name) => Get(Meaning.Of(name, _plan));

    /// <summary>Everything that can be seen from here, in one map.</summary>
    public Value Whole()
    {
        var entries = new List<KeyValuePair<string, Value>>
        {
            new("execution_id", Value.String(_draft.State.ExecutionId)),
            new("workload", Workload),
        };
        foreach (var (key, value) in Workload.Entries)
            if (Meaning.Of(key, _plan).Kind == MeaningKind.WorkloadKey) entries.Add(new(key, value));
        foreach (var (name, value) in Steps()) entries.Add(new(name, value));
        for (var frame = Frame; frame is not null; frame = frame.Outer)
            if (frame.Element is { } element && !entries.Exists(entry => entry.Key == element))
                entries.Add(new(element, frame.Item));
        if (Result.Kind != ValueKind.Missing) entries.Add(new("result", Result));
        return Value.Map(entries);
    }

    private Value Workload => _workload ??= Results.WorkloadOf(_draft.State.Begun);

    private Value Get(Meaning meaning) => meaning.Kind switch
    {
        MeaningKind.Workload => Workload,
        MeaningKind.Ctx => Value.Map([.. Steps().Select(step => new KeyValuePair<string, Value>(
            step.Key, Value.Map([new("output", step.Value)])))]),
        MeaningKind.Result => Result,
        MeaningKind.Error => Error is null ? Value.Missing : Value.FromJson(Error),
        MeaningKind.ExecutionId => Value.String(_draft.State.ExecutionId),
        MeaningKind.Now => Value.String(_draft.Now.ToString()),
        MeaningKind.Attempt => Value.Int(Attempt),
        MeaningKind.Step => StepValue(meaning.Step),
        MeaningKind.Item => Item,
        MeaningKind.Index => Frame is { } frame ? Value.Int(frame.Index) : Value.Missing,
        MeaningKind.Element => Element(meaning.Name),
        MeaningKind.Event => Event is null ? Value.Missing : Value.String(Event),
        MeaningKind.Vars => Value.Map([.. _draft.State.Vars.Select(entry =>
            new KeyValuePair<string, Value>(entry.Key, Value.FromJson(entry.Value)))]),
        _ => Workload.Get(meaning.Name),
    };

    private Value Element(string name)
    {
        for (var frame = Frame; frame is not null; frame = frame.Outer)
            if (frame.Element == name) return frame.Item;
        return Workload.Get(name);
    }

    private Value StepValue(int step)
    {
        if (IsFinished && step == _step) return Result;
        if (!_plan.Precedes(step, _step)) return Value.Missing;
        var visits = _draft.State.VisitsOf(_plan.Graph.Steps[step].Name);
        var sinceBefore = _plan.PrecedesForward(step, _step) || (Turning is { } loop && _plan.IsIn(loop, step));
        return _draft.ValueOf(sinceBefore ? visits.Completed : Prior(visits, step));
    }

    /// <summary>What had completed when the current iteration began of the innermost loop around both steps.</summary>
    private string? Prior(StepVisits visits, int step)
    {
        var loops = _plan.Graph.Loops;
        for (var at = _plan.InnermostLoop[step]; at is { } loop; at = loops[loop].Parent)
        {
            var header = loops[loop].Header;
            if (header != _step && !_plan.PrecedesForward(header, _step)) continue;
            if (visits.PriorOf(_plan.Graph.Steps[header].Name) is { } activation) return activation;
        }
        return null;
    }

    private IEnumerable<KeyValuePair<string, Value>> Steps()
    {
        foreach (var node in _plan.Graph.Steps)
        {
            var value = StepValue(node.Index);
            if (value.Kind != ValueKind.Missing) yield return new(node.Name, value);
        }
    }

    private static string? ErrorOfSource(Draft draft, ActivationState visit) =>
        visit.Source is { } source && draft.State.Activations.TryGetValue(source, out var from) ? from.Error : null;
}

/// <summary>What retry conditions see beside the names of the playbook: the failure, taken apart as playbooks written
/// for noetl expect it.</summary>
internal sealed class RetryVariables(ScopeVariables inner, GraphPlan plan, Value error) : IVariables
{
    public Value Get(int slot)
    {
        if (slot < plan.Graph.Scope.Names.Count) return inner.Get(slot);
        return plan.Meanings[slot].Name switch
        {
            "success" => Value.Bool(false),
            "data" => Known(Detail("data")),
            "status_code" => Known(Detail("status_code")),
            _ => inner.Get(slot),
        };
    }

    private Value Detail(string name)
    {
        var own = error.Get(name);
        return own.Kind == ValueKind.Missing ? error.Get("details").Get(name) : own;
    }

    private static Value Known(Value value) => value.Kind == ValueKind.Missing ? Value.Null : value;
}
