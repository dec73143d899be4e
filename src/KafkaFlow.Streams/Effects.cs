namespace KafkaFlow.Streams;

/// <summary>
/// Every possible act of a processor: facts, outputs, state changes and timers of one decision. Filled by the
/// processor,
/// read and cleared by the runtime; reused from record to record on the owner's thread.
/// </summary>
public sealed class Effects
{
    private readonly List<Fact> _facts = [];
    private readonly List<OutputRecord> _outputs = [];
    private readonly List<StateChange> _changes = [];
    private readonly List<TimerChange> _timers = [];

    public IReadOnlyList<Fact> Facts => _facts;
    public IReadOnlyList<OutputRecord> Outputs => _outputs;
    public IReadOnlyList<StateChange> Changes => _changes;
    public IReadOnlyList<TimerChange> Timers => _timers;

    public void AddFact(Fact fact) => _facts.Add(fact);

    public void AddOutput(OutputRecord output) => _outputs.Add(output);

    public void Put(byte[] key, byte[] value) => _changes.Add(new(key, value));

    public void Delete(byte[] key) => _changes.Add(new(key, null));

    /// <summary>Arms a timer, replacing one of the same id. Timers are part of the state: they survive as it
    /// does.</summary>
    /// <param name="dueAtMs">Milliseconds since the Unix epoch, compared with the owner's clock; whoever decides the
    /// resulting record compares again with its append time.</param>
    public void SetTimer(byte[] timerId, long dueAtMs) => _timers.Add(new(timerId, dueAtMs));

    public void ClearTimer(byte[] timerId) => _timers.Add(new(timerId, null));

    public void Clear()
    {
        _facts.Clear();
        _outputs.Clear();
        _changes.Clear();
        _timers.Clear();
    }
}

/// <summary>A null value deletes the key.</summary>
public readonly record struct StateChange(byte[] Key, byte[]? Value);

/// <summary>A null due time clears the timer.</summary>
public readonly record struct TimerChange(byte[] TimerId, long? DueAtMs);
