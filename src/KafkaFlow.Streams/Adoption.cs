using System.Diagnostics;

namespace KafkaFlow.Streams;

/// <summary>
/// Rule R7: applies what earlier terms decided, from the store's position up to the own owner record, through the
/// common reader. Outputs are emitted again (R8) unless a committed checkpoint proves that they were acknowledged.
/// Works in slices on the owner's thread. No checkpoint is made meanwhile; where the changes outgrow memory, the store
/// takes them as partly built.
/// </summary>
internal sealed class Adoption
{
    private readonly TaskPath _path;
    private readonly TakenOver _term;
    private readonly IProcessor _processor;
    private readonly TermOutput _output;
    private readonly FactReader _reader;
    private readonly Effects _effects = new();
    private readonly long _emitFrom;

    public Adoption(TaskPath path, TakenOver term, IProcessor processor, TermOutput output)
    {
        _path = path;
        _term = term;
        _processor = processor;
        _output = output;
        _reader = new(term.From);
        _emitFrom = term.Committed?.Facts.Offset ?? 0;
    }

    public long Decisions { get; private set; }
    public long VoidFacts => _reader.VoidFacts;

    /// <summary>Highest input offset that caused an adopted decision; -1 if none was adopted.</summary>
    public long HighestCause { get; private set; } = -1;

    public int Percent
    {
        get
        {
            var all = _term.OwnerOffset + 1 - _term.From.Offset;
            return all <= 0 ? 100 : (int)Math.Clamp((_reader.NextOffset - _term.From.Offset) * 100 / all, 0, 100);
        }
    }

    /// <returns>True once the own owner record has been read.</returns>
    /// <exception cref="StreamsException">A later term has begun: this one decides nothing.</exception>
    public bool Slice(Takeover takeover, TaskState state)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < _path.Options.AdoptionSlice && takeover.TryTakeFacts(out var batch))
            foreach (var record in batch!)
            {
                var message = record.Message;
                var decision = _reader.Push(
                    record.Offset.Value, message.Key, message.Value, StreamTask.ToHeaders(message.Headers));
                if (decision is not null) Adopt(decision, state);
            }
        if (_reader.NextOffset <= _term.OwnerOffset) return false;
        if (_reader.Alarms > 0) Log.FactsAlarm(_path.Logger, _term.Term.Partition, _reader.LastAlarm);
        if (_reader.EpochInForce != _term.Term.Epoch)
            throw new StreamsException(
                $"partition {_term.Term.Partition}: epoch {_reader.EpochInForce} is in force before the owner record of "
                + $"epoch {_term.Term.Epoch}: another instance has taken over");
        return true;
    }

    private void Adopt(IReadOnlyList<Fact> decision, TaskState state)
    {
        _effects.Clear();
        var cause = _processor.Adopt(decision, state, _effects);
        if (_effects.Facts.Count > 0)
            throw new StreamsException($"partition {_term.Term.Partition}: Adopt added {_effects.Facts.Count} facts; only Process may");
        if (decision[^1].Offset >= _emitFrom) _output.SendOutputs(_effects.Outputs, afterFactsToo: true);
        state.Apply(_effects);
        if (state.OpenChanges >= _path.Options.MaxOverlayChanges) state.Spill();
        HighestCause = Math.Max(HighestCause, cause);
        Decisions++;
    }
}
