using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Decoded states of one partition: the store in front of which recently used executions are kept as objects. Bounded;
/// when full, all are dropped at once and read again from the store. For the owner's thread.
/// </summary>
internal sealed class ExecutionStates
{
    private const int MaxCached = 20_000;
    private readonly Dictionary<string, ExecutionState?> _cache = [];

    public ExecutionState? Load(string execution, IStateView view)
    {
        if (_cache.TryGetValue(execution, out var cached)) return cached;
        if (_cache.Count >= MaxCached) _cache.Clear();
        return _cache[execution] = StateCodec.Decode(view.Scan(StateCodec.PrefixOf(execution)));
    }

    /// <summary>Its keys have been removed.</summary>
    public void Forget(string execution) => _cache.Remove(execution);

    public void Store(string execution, ExecutionState? before, ExecutionState after, Effects effects)
    {
        foreach (var (key, value) in StateCodec.Changes(before, after))
            if (value is null) effects.Delete(key);
            else effects.Put(key, value);
        _cache[execution] = after;
    }
}
