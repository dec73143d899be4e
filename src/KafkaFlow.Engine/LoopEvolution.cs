using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>How facts change loops over items and while-loops. Every item has a key of its own, so that one item costs
/// the same however many there are.</summary>
internal static class LoopEvolution
{
    public static ExecutionState Start(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        var loop = state.Activations[fact.Activation ?? throw Evolution.Lacks(fact, "activation")];
        var count = meta.Items ?? 0;
        state = state.Put(loop with
        {
            Phase = Lifecycle.Next(loop.Phase, fact.EventType),
            Loop = new(count, 0, 0, 0, 0, meta.DueAt),
        });
        if (count == 0) return state;
        using var items = JsonDocument.Parse(fact.Context ?? throw Evolution.Lacks(fact, "context"), JsonText.Reading);
        var index = 0;
        foreach (var item in items.RootElement.EnumerateArray())
            state.Put(Activations.Item(loop.Id, index++), new ItemState(item.GetRawText(), false, null, null, null));
        return state;
    }

    public static ExecutionState Iterate(ExecutionState state, ExecutionEvent fact, FactMeta meta)
    {
        var id = fact.Activation ?? throw Evolution.Lacks(fact, "activation");
        var (parent, index) = Activations.LoopOf(id) ?? throw Evolution.Lacks(fact, "activation of an item");
        var owner = state.Activations[parent];
        var loop = owner.Loop ?? throw new InvalidOperationException($"activation {parent} is no loop");
        if (fact.Status == EventStatus.Running)
        {
            state.Activated++;
            return state.Put(StepEvolution.Begun(fact, meta))
                .Put(owner with { Loop = loop with { Begun = index + 1, Live = loop.Live + 1 } });
        }
        var item = state.Activations[id];
        Lifecycle.Next(item.Phase, Lifecycle.EndOf(fact.Status));
        state = state.Drop(id);
        if (meta.SignalSeq is { } signal) state = state.DropSignal(signal);
        var ok = fact.Status == EventStatus.Completed;
        if (!ok && item.Loop is { } inner) state = state.DropItems(id, inner.IsWhile ? inner.Begun : inner.Count);
        // A tolerated failure has a result too: null.
        var result = ok && meta.Items is null ? fact.Result ?? "null" : ok ? null : fact.Result;
        state = state.Put(id, new ItemState(null, true, result, ok || result is not null ? null : fact.Error,
            ok ? meta.Items : null));
        if (loop.IsWhile && index > 0) state = state.DropItem(Activations.Item(parent, index - 1));
        return state.Put(owner with
        {
            Loop = loop with
            {
                Live = loop.Live - 1,
                Completed = loop.Completed + (ok ? 1 : 0),
                Failed = loop.Failed + (fact.Status == EventStatus.Failed ? 1 : 0),
            },
        });
    }
}
