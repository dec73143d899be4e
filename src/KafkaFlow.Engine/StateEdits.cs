using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Changes of folded state, each noting the key it touches. They change the copy that a fact is being folded
/// into, and return it.</summary>
internal static class StateEdits
{
    public static ExecutionState Put(this ExecutionState state, ActivationState activation)
    {
        var was = state.Activations.TryGetValue(activation.Id, out var before) && before.IsLive;
        state.Activations = state.Activations.SetItem(activation.Id, activation);
        state.Live += (activation.IsLive ? 1 : 0) - (was ? 1 : 0);
        return state.Touch(TouchKind.Activation, activation.Id);
    }

    public static ExecutionState Drop(this ExecutionState state, string activation)
    {
        state.Live -= state.Activations[activation].IsLive ? 1 : 0;
        state.Activations = state.Activations.Remove(activation);
        return state.Touch(TouchKind.Activation, activation);
    }

    public static ExecutionState Put(this ExecutionState state, string step, StepVisits visits)
    {
        state.Steps = state.Steps.SetItem(step, visits);
        return state.Touch(TouchKind.Step, step);
    }

    public static ExecutionState Put(this ExecutionState state, string id, ItemState item)
    {
        state.Items = state.Items.SetItem(id, item);
        return state.Touch(TouchKind.Item, id);
    }

    public static ExecutionState DropItem(this ExecutionState state, string id)
    {
        if (!state.Items.ContainsKey(id)) return state;
        state.Items = state.Items.Remove(id);
        return state.Touch(TouchKind.Item, id);
    }

    /// <summary>Removes the items of a loop, and of the loops within them.</summary>
    public static ExecutionState DropItems(this ExecutionState state, string loop, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var id = Activations.Item(loop, i);
            if (!state.Items.TryGetValue(id, out var item)) continue;
            if (item.Count is { } inner) state = state.DropItems(id, inner);
            state = state.DropItem(id);
        }
        return state;
    }

    public static ExecutionState Put(this ExecutionState state, long seq, SignalState signal)
    {
        state.Signals = state.Signals.SetItem(seq, signal);
        return state.Touch(TouchKind.Signal, "", seq);
    }

    public static ExecutionState DropSignal(this ExecutionState state, long seq)
    {
        state.Signals = state.Signals.Remove(seq);
        return state.Touch(TouchKind.Signal, "", seq);
    }

    public static ExecutionState PutVariable(this ExecutionState state, string name, string json)
    {
        state.Vars = state.Vars.SetItem(name, json);
        return state.Touch(TouchKind.Variable, name);
    }

    public static StepVisits VisitsOf(this ExecutionState state, string step) =>
        state.Steps.TryGetValue(step, out var visits) ? visits : StepVisits.None;

    public static ActivationState? CurrentOf(this ExecutionState state, string step) =>
        state.VisitsOf(step).Current is { } id ? state.Activations[id] : null;

    /// <summary>A visit that is no longer the current one of its step does not begin anew: neither it nor what led to
    /// it has to be kept for that.</summary>
    public static ExecutionState Leave(this ExecutionState state, string? id)
    {
        if (id is null || !state.Activations.TryGetValue(id, out var visit)) return state;
        state = state.Retire(id);
        foreach (var source in visit.Sources) state = state.Retire(source);
        return state;
    }

    /// <summary>A settled activation goes once nothing looks at it any more: no later visit has to see its value, no
    /// current one was led to by it, no step that passed through has its value from it, and nothing is left to undo.
    /// </summary>
    public static ExecutionState Retire(this ExecutionState state, string? id)
    {
        if (id is null || !state.Activations.TryGetValue(id, out var activation)) return state;
        if (activation.IsLive || activation.Holders > 0 || activation.Compensate is not null) return state;
        if (state.VisitsOf(activation.Step).Holds(id) || state.LedToCurrent(activation)) return state;
        state = state.Drop(id);
        if (activation.Loop is { } loop) state = state.DropItems(id, loop.IsWhile ? loop.Begun : loop.Count);
        if (activation.ResultFrom is not { } held || !state.Activations.TryGetValue(held, out var source)) return state;
        return state.Put(source with { Holders = source.Holders - 1 }).Retire(held);
    }

    private static bool LedToCurrent(this ExecutionState state, ActivationState source)
    {
        foreach (var edge in source.Out)
            if (edge.State == EdgeState.Taken && state.CurrentOf(edge.To)?.Sources.Contains(source.Id) == true)
                return true;
        return false;
    }

    private static ExecutionState Touch(this ExecutionState state, TouchKind kind, string key, long seq = 0)
    {
        state.Touched = new(kind, key, seq, state.Touched);
        return state;
    }
}
