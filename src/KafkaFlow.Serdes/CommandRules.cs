using System.Collections.Frozen;
using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes;

/// <summary>
/// What makes a command well formed beyond its schema, the same for JSON and Avro: which fields each needs and may
/// carry (<see cref="CommandTypes.All"/>), and what their values may be. Whether it applies is the engine's question.
/// </summary>
public static class CommandRules
{
    public const int MaxEventIdLength = 256;

    private static readonly FieldShape[] Fields = [.. CommandCodec.Form.Fields];

    private static readonly FrozenDictionary<string, Rule> Rules = CommandTypes.All.Values.ToFrozenDictionary(
        shape => shape.EventType,
        shape => new Rule(
            Mask(shape.Required),
            Mask(shape.Required) | Mask(shape.Optional) | Mask(CommandTypes.EnvelopeFields)));

    private static readonly string[] Objects = ["payload", "parent", "error"];

    /// <returns>The first thing that is wrong, or null.</returns>
    public static RecordError? Problem(Command command)
    {
        if (command.EventType.Length == 0) return Missing("event_type", "any command");
        if (!Rules.TryGetValue(command.EventType, out var rule)) return UnknownType(command.EventType);
        if (command.ExecutionId.Length == 0) return Missing("execution_id", command.EventType);
        if (ExecutionIds.Problem(command.ExecutionId) is { } bad)
            return new RecordError(DlqCodes.BadExecutionId, "execution_id", bad);
        var present = Present(command);
        if ((rule.Required & ~present) is not 0 and var missing) return Missing(NameOf(missing), command.EventType);
        if ((present & ~rule.Allowed) is not 0 and var extra)
        {
            var field = NameOf(extra);
            return new RecordError(
                DlqCodes.UnknownField, field, $"field {field} does not belong to {command.EventType}; "
                + $"it may carry {string.Join(", ", Names(rule.Allowed))}");
        }
        return ValueProblem(command);
    }

    private static RecordError? ValueProblem(Command c)
    {
        if (c.EventId is { } id && id.Length is 0 or > MaxEventIdLength)
            return Wrong("event_id", $"a text of 1..{MaxEventIdLength} characters", $"{id.Length} characters");
        if (c.PlaybookVersion is { } version && !IsVersion(version))
            return Wrong("playbook_version", "a positive whole number or \"latest\"", $"\"{Shown.Of(version)}\"");
        if (c.Decision is not (null or "approve" or "reject"))
            return Wrong("decision", "approve or reject", $"\"{Shown.Of(c.Decision)}\"");
        if (c.Attempt is < 1) return Wrong("attempt", "1 or more", Text(c.Attempt));
        if (c.OriginPartition is < 0) return Wrong("origin_partition", "0 or more", Text(c.OriginPartition));
        if (c.OriginOffset is < 0) return Wrong("origin_offset", "0 or more", Text(c.OriginOffset));
        if (c.DurationMs is < 0) return Wrong("duration_ms", "0 or more", Text(c.DurationMs));
        var payload = c.EventType == CommandTypes.SignalReceived ? null : c.Payload;
        string?[] values = [payload, c.Parent, c.Error];
        for (var i = 0; i < values.Length; i++)
            if (values[i] is { } json && !IsObject(json)) return Wrong(Objects[i], "a JSON object", Shown.Of(json));
        return null;
    }

    internal static bool IsVersion(string text) =>
        text == "latest"
        || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            && text[0] != '0');

    /// <summary>Which fields have a value, as bits in the schema's order.</summary>
    private static ulong Present(Command c)
    {
        var bits = new FieldBits();
        bits.Add(true);
        bits.Add(true);
        bits.Add(c.EventId is not null);
        bits.Add(c.Actor is not null);
        bits.Add(c.Reason is not null);
        bits.Add(c.CreatedAt is not null);
        bits.Add(c.PlaybookPath is { Length: > 0 });
        bits.Add(c.PlaybookVersion is not null);
        bits.Add(c.ContentHash is not null);
        bits.Add(c.Payload is not null);
        bits.Add(c.Parent is not null);
        bits.Add(c.OriginPartition is not null);
        bits.Add(c.OriginOffset is not null);
        bits.Add(c.NotFound is not null);
        bits.Add(c.StartHash is not null);
        bits.Add(c.TaskId is { Length: > 0 });
        bits.Add(c.Activation is { Length: > 0 });
        bits.Add(c.Attempt is not null);
        bits.Add(c.TaskHash is { Length: > 0 });
        bits.Add(c.WorkerId is { Length: > 0 });
        bits.Add(c.Result is not null);
        bits.Add(c.Details is not null);
        bits.Add(c.Error is not null);
        bits.Add(c.DurationMs is not null);
        bits.Add(c.Name is { Length: > 0 });
        bits.Add(c.Decision is not null);
        bits.Add(c.Form is not null);
        bits.Add(c.Force is not null);
        bits.Add(c.Patch is not null);
        bits.Add(c.ExpectedVersion is not null);
        bits.Add(c.Step is { Length: > 0 });
        bits.Add(c.Value is not null);
        bits.Add(c.TimerId is { Length: > 0 });
        bits.Add(c.DueAt is not null);
        bits.Add(c.Cursor is { Length: > 0 });
        return bits.Value;
    }

    private static RecordError UnknownType(string eventType) => new(
        DlqCodes.WrongType, "event_type",
        $"event_type '{Shown.Of(eventType)}' is no command; "
        + $"expected one of {string.Join(", ", CommandTypes.All.Keys)}");

    private static RecordError Missing(string field, string command) =>
        new(DlqCodes.MissingField, field, $"field {field} is missing or empty; {command} needs it");

    private static RecordError Wrong(string field, string expected, string found) =>
        new(DlqCodes.WrongType, field, $"field {field}: expected {expected}, found {found}");

    private static bool IsObject(string json) => json.AsSpan().TrimStart(" \t\r\n") is ['{', ..];

    private static string Text(long? number) => $"{number}";

    private static ulong Mask(IEnumerable<string> names) =>
        names.Aggregate(0UL, (mask, name) => mask | (1UL << Array.FindIndex(Fields, f => f.Name == name)));

    private static string NameOf(ulong mask) => Fields[System.Numerics.BitOperations.TrailingZeroCount(mask)].Name;

    private static IEnumerable<string> Names(ulong mask) =>
        Fields.Where((_, i) => (mask & (1UL << i)) != 0).Select(f => f.Name);

    private readonly record struct Rule(ulong Required, ulong Allowed);

    private struct FieldBits
    {
        private int _next;

        public ulong Value { get; private set; }

        public void Add(bool present) => Value |= (present ? 1UL : 0UL) << _next++;
    }
}
