using KafkaFlow.Expressions;

namespace KafkaFlow.Engine;

/// <summary>
/// What the names of an expression stand for at one place: in a step, its ancestors and the value that led to it; in an
/// edge or a save, the same and the step just finished. Values are parsed when asked for.
/// </summary>
internal sealed class ScopeVariables : IVariables
{
    private readonly Draft _draft;
    private readonly GraphPlan _plan;
    private readonly int _step;
    private readonly bool _finished;
    private readonly Value _result;
    private readonly string? _error;
    private readonly int _attempt;
    private Value? _workload;

    private ScopeVariables(Draft draft, int step, bool finished, Value result, string? error, int attempt)
    {
        (_draft, _plan, _step, _finished) = (draft, draft.Plan, step, finished);
        (_result, _error, _attempt) = (result, error, attempt);
    }

    /// <param name="source">The step whose last taken edge, in document order, led here; null at the entry.</param>
    public static ScopeVariables InStep(Draft draft, int step, int? source)
    {
        if (source is not { } from) return new(draft, step, false, Value.Missing, null, 1);
        var error = draft.State.Activations[draft.Plan.Ids[from]].Error;
        return new(draft, step, false, draft.ValueOf(from), error, 1);
    }

    /// <param name="result">Value of the step, Missing if it failed.</param>
    /// <param name="error">JSON text, if it failed.</param>
    public static ScopeVariables AfterStep(Draft draft, int step, Value result, string? error, int attempt) =>
        new(draft, step, true, result, error, attempt);

    public Value Get(int slot) => Get(_plan.Meanings[slot]);

    /// <summary>The <c>data</c> part of what just finished, or all of it.</summary>
    public Value Data => _result.Get("data") is { Kind: not ValueKind.Missing } part ? part : _result;

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
        if (_result.Kind != ValueKind.Missing) entries.Add(new("result", _result));
        return Value.Map(entries);
    }

    private Value Workload => _workload ??= Value.FromJson(_draft.State.Begun.Workload);

    private Value Get(Meaning meaning) => meaning.Kind switch
    {
        MeaningKind.Workload => Workload,
        MeaningKind.Ctx => Value.Map([.. Steps().Select(step => new KeyValuePair<string, Value>(
            step.Key, Value.Map([new("output", step.Value)])))]),
        MeaningKind.Result => _result,
        MeaningKind.Error => _error is null ? Value.Missing : Value.FromJson(_error),
        MeaningKind.ExecutionId => Value.String(_draft.State.ExecutionId),
        MeaningKind.Now => Value.String(_draft.Now.ToString()),
        MeaningKind.Attempt => Value.Int(_attempt),
        MeaningKind.Step => StepValue(meaning.Step),
        MeaningKind.WorkloadKey => Workload.Get(meaning.Name),
        _ => Value.Missing,
    };

    private Value StepValue(int step)
    {
        if (_finished && step == _step) return _result;
        return _plan.Precedes(step, _step) ? _draft.ValueOf(step) : Value.Missing;
    }

    private IEnumerable<KeyValuePair<string, Value>> Steps()
    {
        foreach (var node in _plan.Graph.Steps)
        {
            var value = StepValue(node.Index);
            if (value.Kind != ValueKind.Missing) yield return new(node.Name, value);
        }
    }
}
