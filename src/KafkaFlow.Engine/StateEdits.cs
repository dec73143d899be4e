using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Changes of folded state, each noting the key it touches.</summary>
internal static class StateEdits
{
    public static ExecutionState Put(this ExecutionState state, ActivationState activation)
    {
        var was = state.Activations.TryGetValue(activation.Id, out var before) && before.IsLive;
        return state with
        {
            Activations = state.Activations.SetItem(activation.Id, activation),
            Live = state.Live + (activation.IsLive ? 1 : 0) - (was ? 1 : 0),
            Touched = new(TouchKind.Activation, activation.Id, 0, state.Touched),
        };
    }

    public static ExecutionState Drop(this ExecutionState state, string activation) => state with
    {
        Activations = state.Activations.Remove(activation),
        Live = state.Live - (state.Activations[activation].IsLive ? 1 : 0),
        Touched = new(TouchKind.Activation, activation, 0, state.Touched),
    };

    public static ExecutionState Put(this ExecutionState state, string step, StepVisits visits) => state with
    {
        Steps = state.Steps.SetItem(step, visits),
        Touched = new(TouchKind.Step, step, 0, state.Touched),
    };

    public static ExecutionState Put(this ExecutionState state, string id, ItemState item) => state with
    {
        Items = state.Items.SetItem(id, item),
        Touched = new(TouchKind.Item, id, 0, state.Touched),
    };

    public static ExecutionState DropItem(this ExecutionState state, string id) =>
        !state.Items.ContainsKey(id) ? state : state with
        {
            Items = state.Items.Remove(id),
            Touched = new(TouchKind.Item, id, 0, state.Touched),
        };

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

    public static ExecutionState Put(this ExecutionState state, long seq, SignalState signal) => state with
    {
        Signals = state.Signals.SetItem(seq, signal),
        Touched = new(TouchKind.Signal, "", seq, state.Touched),
    };

    public static ExecutionState DropSignal(this ExecutionState state, long seq) => state with
    {
        Signals = state.Signals.Remove(seq),
        Touched = new(TouchKind.Signal, "", seq, state.Touched),
    };

    public static ExecutionState PutVariable(this ExecutionState state, string name, string json) => state with
    {
        Vars = state.Vars.SetItem(name, json),
        Touched = new(TouchKind.Variable, name, 0, state.Touched),
    };

    public static StepVisits VisitsOf(this ExecutionState state, string step) =>
        state.Steps.TryGetValue(step, out var visits) ? visits : StepVisits.None;

    public static ActivationState? CurrentOf(this ExecutionState state, string step) =>
        state.VisitsOf(step).Current is { } id ? state.Activations[id] : null;

    /// <summary>A settled activation goes once nothing looks at it any more: no later visit has to see its value, no
    /// step that passed through has its value from it, and nothing is left to undo.</summary>
    public static ExecutionState Retire(this ExecutionState state, string? id)
    {
        if (id is null || !state.Activations.TryGetValue(id, out var activation)) return state;
        if (activation.IsLive || activation.Holders > 0 || activation.Compensate is not null) return state;
        if (state.VisitsOf(activation.Step).Holds(id)) return state;
        state = state.Drop(id);
        if (activation.Loop is { } loop) state = state.DropItems(id, loop.IsWhile ? loop.Begun : loop.Count);
        if (activation.ResultFrom is not { } held || !state.Activations.TryGetValue(held, out var source)) return state;
        return state.Put(source with { Holders = source.Holders - 1 }).Retire(held);
    }
}
