using System.Globalization;
using KafkaFlow.Expressions;

namespace KafkaFlow.Engine.Reference;

/// <summary>What a rule of the semantics fails a step with; the message is the code.</summary>
public sealed class RuleException(string code) : Exception(code);

/// <summary>Durations and times as waits write them.</summary>
internal static class Times
{
    private static readonly (string Unit, decimal Micros)[] Units =
        [("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

    public static long Micros(Value value)
    {
        if (value.AsDouble is { } seconds) return (long)(seconds * 1_000_000);
        var text = value.AsString ?? "";
        foreach (var (unit, micros) in Units)
            if (text.EndsWith(unit, StringComparison.Ordinal) && decimal.TryParse(
                text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var amount))
                return (long)(amount * micros);
        throw new RuleException("bad_wait");
    }

    public static long Until(Value value) =>
        DateTimeOffset.TryParse(
            value.AsString, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).Ticks / 10
            : throw new RuleException("bad_wait");
}
