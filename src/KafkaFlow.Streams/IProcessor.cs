namespace KafkaFlow.Streams;

/// <summary>
/// What the runtime runs: one instance per partition and term, called by that partition's owner thread only.
/// It must be a pure function of (state view, record): no clock, no random, no I/O. The runtime owns the log: it gives
/// records in log order, appends the facts, produces the outputs, keeps the state, and calls the same code at takeover.
/// </summary>
public interface IProcessor
{
    /// <summary>Decides one input record. A decision without facts must leave folded state untouched; what it may still
    /// do (held records, watermarks, forwards) are transport effects, which <see cref="Replay"/> repeats.</summary>
    void Process(InputRecord input, IStateView state, Effects effects);

    /// <summary>Applies a decision an earlier owner recorded: folds its facts and emits its outputs again. Must not add
    /// facts and must not decide.</summary>
    /// <returns>The offset of the input record that caused the decision.</returns>
    long Adopt(IReadOnlyList<Fact> decision, IStateView state, Effects effects);

    /// <summary>Repeats the transport effects of a record that was decided in an earlier term. Must not add
    /// facts.</summary>
    void Replay(InputRecord input, IStateView state, Effects effects);

    /// <summary>Called once, after adoption and before the first <see cref="Process"/>: asks again for what was asked
    /// for outside the log.</summary>
    void Started(IStateView state, Effects effects);

    /// <summary>The record to append to the input partition for a timer that is due. Changes no state.</summary>
    OutputRecord TimerDue(ReadOnlyMemory<byte> timerId, long dueAtMs);
}

/// <summary>Creates the processor of one term.</summary>
public interface IProcessorFactory
{
    IProcessor Create(Term term);
}

/// <summary>One uninterrupted ownership of a partition. Rule R1, R2 of docs/takeover.md.</summary>
/// <param name="Partition">Number of the input, events and changelog partition.</param>
/// <param name="Partitions">How many partitions the input topic has.</param>
/// <param name="Epoch">Offset of the term's own committed fence record in the changelog, plus 1.</param>
public sealed record Term(int Partition, int Partitions, long Epoch);

/// <summary>State of one partition as of the record being decided, uncommitted changes included.</summary>
public interface IStateView
{
    /// <returns>The value, or null if the key is absent. The memory is valid until the next call of the
    /// runtime.</returns>
    ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key);

    /// <summary>Entries whose key starts with <paramref name="prefix"/>, in byte order of the keys.</summary>
    IEnumerable<KeyValuePair<byte[], byte[]>> Scan(byte[] prefix);
}
