using System.Reflection;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class CommandRulesTests
{
    private static readonly HashSet<string> Nothing = [];

    public static TheoryData<string> Types => [.. CommandTypes.All.Keys];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_command_needs_its_required_fields_and_may_carry_no_others(string eventType)
    {
        var shape = CommandTypes.All[eventType];
        var random = new RandomRecords(1);
        using var serdes = RecordSerdes.Local();
        var least = random.Command(shape, Nothing);
        var most = random.Command(shape, shape.Optional.Concat(CommandTypes.EnvelopeFields).ToHashSet());
        Assert.Null(CommandRules.Problem(least));
        Assert.Null(CommandRules.Problem(most));

        foreach (var field in CommandCodec.Form.Fields.Select(f => f.Name))
        {
            var required = shape.Required.Contains(field);
            var allowed = required || shape.Optional.Contains(field) || CommandTypes.EnvelopeFields.Contains(field);
            if (CommandTypes.EnvelopeFields.Contains(field)) continue;
            var changed = required ? With(least, field, null) : allowed ? null : With(least, field, SomeValue(field));
            if (changed is null) continue;
            var code = required ? DlqCodes.MissingField : DlqCodes.UnknownField;
            foreach (var bytes in new[] { serdes.Encode(changed), JsonRecords.Write(changed) })
            {
                var error = serdes.DecodeCommand(bytes).Error;
                Assert.Equal((code, field), (error?.Code, error?.Field));
                Assert.Equal(changed.ExecutionId, error!.ExecutionId);
            }
        }
    }

    [Theory]
    [InlineData("attempt", 0, "field attempt: expected 1 or more, found 0")]
    [InlineData("duration_ms", -1L, "field duration_ms: expected 0 or more, found -1")]
    [InlineData("event_id", "", "field event_id: expected a text of 1..256 characters, found 0 characters")]
    [InlineData("result", "{\"a\":", "field result: it is no valid JSON")]
    [InlineData("result", "\"\\u0000\"", "field result: it contains U+0000")]
    [InlineData("worker_id", "a\0", "field worker_id: it contains U+0000")]
    [InlineData("created_at", long.MaxValue, "field created_at: 9223372036854775807 microseconds since 1970 is no time")]
    public void Values_are_checked_in_avro_as_well(string field, object value, string message)
    {
        using var serdes = RecordSerdes.Local();
        var answer = new RandomRecords(2).Command(CommandTypes.All[CommandTypes.ActionCompleted], Nothing);
        var changed = With(answer, field, field == "created_at" ? new Timestamp((long)value) : value);
        var error = serdes.DecodeCommand(serdes.Encode(changed)).Error!;
        Assert.Equal((DlqCodes.WrongType, field, answer.TaskId), (error.Code, error.Field, error.TaskId));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static object SomeValue(string field) =>
        CommandCodec.Form.Fields.Single(f => f.Name == field).Kind switch
        {
            FieldKind.Json => "{}",
            FieldKind.Int => 1,
            FieldKind.Long => 1L,
            FieldKind.Boolean => true,
            FieldKind.Time => new Timestamp(0),
            FieldKind.Version => "1",
            _ => field == "decision" ? "approve" : "x",
        };

    private static Command With(Command command, string field, object? value)
    {
        var changed = command with { };
        var name = string.Concat(field.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        typeof(Command).GetProperty(name, BindingFlags.Public | BindingFlags.Instance)!.SetValue(changed, value);
        return changed;
    }
}
