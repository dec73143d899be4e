using System.Globalization;
using System.Text;

namespace KafkaFlow.Streams.Tests;

/// <summary>
/// Adds up numbers per key. Input: key, and as value a number, <c>timer MS</c>, <c>fired DUE</c>, or <c>nothing</c>.
/// Each number is a decision of one fact (code version 1) or two (version 2): <c>kind cause seq amount sum</c>; the
/// output repeats it. State per key: <c>seq sum</c>.
/// </summary>
internal sealed class CountingProcessor(Term term, CountingOptions options) : IProcessor
{
    private static readonly byte[] WatermarkPrefix = "w/"u8.ToArray();

    public void Process(InputRecord input, IStateView state, Effects effects)
    {
        var key = Encoding.UTF8.GetString(input.Key!);
        var home = Forwarding.PartitionOf(key, term.Partitions);
        if (home != term.Partition)
        {
            effects.AddOutput(Forwarding.Forward(input, input.Topic, home));
            return;
        }
        if (!ForwardWatermark.Accept(input, key, WatermarkPrefix, state, effects)) return;
        Decide(input, key, Encoding.UTF8.GetString(input.Value!), state, effects);
    }

    public long Adopt(IReadOnlyList<Fact> decision, IStateView state, Effects effects)
    {
        var cause = -1L;
        foreach (var fact in decision)
        {
            var row = CountedFact.Parse(fact);
            cause = row.Cause;
            Fold(row, effects);
            Emit(row, effects);
        }
        return cause;
    }

    public void Replay(InputRecord input, IStateView state, Effects effects)
    {
        var key = Encoding.UTF8.GetString(input.Key!);
        var home = Forwarding.PartitionOf(key, term.Partitions);
        if (home != term.Partition) effects.AddOutput(Forwarding.Forward(input, input.Topic, home));
        else _ = ForwardWatermark.Accept(input, key, WatermarkPrefix, state, effects);
    }

    public void Started(IStateView state, Effects effects)
    {
    }

    public OutputRecord TimerDue(ReadOnlyMemory<byte> timerId, long dueAtMs) =>
        new("", -1, timerId.ToArray(), Encoding.UTF8.GetBytes($"fired {dueAtMs}"), []);

    private void Decide(InputRecord input, string key, string value, IStateView state, Effects effects)
    {
        if (options.Pause > TimeSpan.Zero) Thread.Sleep(options.Pause);
        var (seq, sum, due) = State.Read(state.Get(Encoding.UTF8.GetBytes(key)));
        if (value == "nothing") return;
        List<CountedFact> facts = [];
        if (value.StartsWith("timer ", StringComparison.Ordinal))
            facts.Add(new("armed", key, input.Offset, seq + 1, input.TimestampMs + Number(value[6..]), sum));
        else if (value.StartsWith("fired ", StringComparison.Ordinal))
        {
            if (due == 0 || due != Number(value[6..])) return;
            facts.Add(new("fired", key, input.Offset, seq + 1, due, sum));
        }
        else
        {
            facts.Add(new("added", key, input.Offset, seq + 1, Number(value), sum + Number(value)));
            if (options.Version == 2) facts.Add(new("noted", key, input.Offset, seq + 2, 0, sum + Number(value)));
        }
        foreach (var fact in facts)
        {
            effects.AddFact(new(Encoding.UTF8.GetBytes($"{key}/{fact.Seq}@{term.Epoch}"), fact.ToBytes(), []));
            Fold(fact, effects);
            Emit(fact, effects);
        }
    }

    private void Emit(CountedFact fact, Effects effects)
    {
        if (options.OutputTopic is { } topic)
            effects.AddOutput(new(topic, -1, Encoding.UTF8.GetBytes(fact.Key), fact.ToBytes(), [], fact.Seq % 2 == 0));
    }

    private static void Fold(CountedFact fact, Effects effects)
    {
        var key = Encoding.UTF8.GetBytes(fact.Key);
        var due = fact.Kind == "armed" ? fact.Amount : 0;
        effects.Put(key, Encoding.UTF8.GetBytes($"{fact.Seq} {fact.Sum} {due}"));
        if (fact.Kind == "armed") effects.SetTimer(key, due);
        if (fact.Kind == "fired") effects.ClearTimer(key);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static class State
    {
        public static (long Seq, long Sum, long Due) Read(ReadOnlyMemory<byte>? value)
        {
            if (value is null) return default;
            var parts = Encoding.UTF8.GetString(value.Value.Span).Split(' ');
            return (Number(parts[0]), Number(parts[1]), Number(parts[2]));
        }
    }
}

internal sealed record CountingOptions(string? OutputTopic = null, int Version = 1, TimeSpan Pause = default);

internal sealed class CountingFactory(CountingOptions options) : IProcessorFactory
{
    public IProcessor Create(Term term) => new CountingProcessor(term, options);
}

internal sealed record CountedFact(string Kind, string Key, long Cause, long Seq, long Amount, long Sum)
{
    public static CountedFact Parse(Fact fact) => Parse(fact.Value);

    public static CountedFact Parse(byte[] value)
    {
        var parts = Encoding.UTF8.GetString(value).Split(' ');
        long At(int i) => long.Parse(parts[i], CultureInfo.InvariantCulture);
        return new(parts[0], parts[1], At(2), At(3), At(4), At(5));
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Kind} {Key} {Cause} {Seq} {Amount} {Sum}");
}
