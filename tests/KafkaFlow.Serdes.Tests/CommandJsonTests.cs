using System.Text;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class CommandJsonTests
{
    private const string Start = "\"event_type\":\"execution_started\",\"execution_id\":\"order-17\",\"playbook_path\":\"p\"";

    [Fact]
    public void The_command_of_the_readme_is_read()
    {
        var read = JsonRecords.ReadCommand(
            """{"event_type":"execution_started","execution_id":"order-17","playbook_path":"examples/order","payload":{"amount":30}}"""u8);
        Assert.Null(read.Error);
        var expected = new Command
        {
            EventType = "execution_started",
            ExecutionId = "order-17",
            PlaybookPath = "examples/order",
            Payload = """{"amount":30}""",
        };
        Assert.Equal(expected, read.Record);
    }

    [Fact]
    public void Nested_values_keep_their_text_and_times_any_offset()
    {
        var read = JsonRecords.ReadCommand(Encoding.UTF8.GetBytes(
            $$"""{{{Start}}, "payload": {"big": 1.50e400, "s": "\u00e4"}, "playbook_version": 3, "created_at": "2026-01-31T13:00:00.1234567+01:00", "event_id": null}"""));
        Assert.Null(read.Error);
        Assert.Equal("""{"big": 1.50e400, "s": "\u00e4"}""", read.Record!.Payload);
        Assert.Equal("3", read.Record.PlaybookVersion);
        Assert.Equal("2026-01-31T12:00:00.123456Z", read.Record.CreatedAt.ToString());
        Assert.Null(read.Record.EventId);
        var set = """{"event_type":"variable_set_requested","execution_id":"a","name":"n","value":null}"""u8;
        Assert.Equal("null", JsonRecords.ReadCommand(set).Record!.Value);
    }

    [Theory]
    [InlineData("{}", "missing_field", "event_type", "field event_type is missing; expected a text")]
    [InlineData("""{"event_type":"execution_started"}""", "missing_field", "execution_id", "field execution_id is missing")]
    [InlineData("""{"event_type":"execution_started","execution_id":"a"}""", "missing_field", "playbook_path", "execution_started needs it")]
    [InlineData("""{"event_type":"execution_started","execution_id":"a","playbook_path":null}""", "missing_field", "playbook_path", "missing")]
    [InlineData("""{"event_type":"execution_started","execution_id":"a","playbook_path":""}""", "missing_field", "playbook_path", "empty")]
    [InlineData("""{"event_type":"variable_set_requested","execution_id":"a","name":"n"}""", "missing_field", "value", "needs it")]
    [InlineData("""{"event_type":"start","execution_id":"a"}""", "wrong_type", "event_type", "'start' is no command; expected one of execution_started,")]
    [InlineData("""{"event_type":"cancel_requested","execution_id":"a","payload":{}}""", "unknown_field", "payload", "field payload does not belong to cancel_requested")]
    [InlineData("{$, \"paylod\":{}}", "unknown_field", "paylod", "field paylod is unknown; did you mean payload?")]
    [InlineData("{$, \"payload\":[1]}", "wrong_type", "payload", "expected a JSON object, found [1]")]
    [InlineData("{$, \"playbook_version\":\"newest\"}", "wrong_type", "playbook_version", "positive whole number or \"latest\", found the text \"newest\"")]
    [InlineData("{$, \"playbook_version\":1.5}", "wrong_type", "playbook_version", "found 1.5")]
    [InlineData("{$, \"a\\nb\":1}", "unknown_field", "a b", "field a b is unknown")]
    [InlineData("{$, \"playbook_version\":0}", "wrong_type", "playbook_version", "found 0")]
    [InlineData("{$, \"event_id\":7}", "wrong_type", "event_id", "field event_id: expected a text, found 7")]
    [InlineData("{$, \"created_at\":\"2026-01-31\"}", "wrong_type", "created_at", "expected a time as RFC 3339 writes it")]
    [InlineData("{$, \"created_at\":\"2026-01-31T10:00:00\"}", "wrong_type", "created_at", "RFC 3339")]
    [InlineData("{$, \"actor\":{\"a\":1}}", "wrong_type", "actor", "found an object")]
    [InlineData("{$, \"actor\":\"a\",\"actor\":\"b\"}", "undecodable", "actor", "field actor stands twice")]
    [InlineData("{$, \"payload\":{\"a\":1,\"b\":{},\"\\u0061\":2}}", "wrong_type", "payload", "key 'a' stands twice")]
    [InlineData("{$, \"payload\":{\"a\":{\"b\":\"x\\u0000\"}}}", "wrong_type", "payload", "field payload: it contains U+0000")]
    [InlineData("{$, \"payload\":{\"a\\ud83dz\":1}}", "wrong_type", "payload", "lone surrogate U+D83D")]
    [InlineData("{$, \"actor\":\"\\udc00\"}", "wrong_type", "actor", "field actor: it contains the lone surrogate U+DC00")]
    [InlineData("{$, \"actor\":\"\\ud83d\"}", "wrong_type", "actor", "lone surrogate U+D83D")]
    [InlineData("{$, \"actor\":\"x\\u0000\"}", "wrong_type", "actor", "U+0000")]
    [InlineData("{$, \"actor\":\"\0\"}", "undecodable", "actor", "'0x00' is invalid within a JSON string")]
    [InlineData("{$, \"payload\":{\"a\":}}", "undecodable", "payload", "Line 1, byte")]
    [InlineData("{$} x", "undecodable", "playbook_path", "cut off or broken")]
    [InlineData("{$", "undecodable", "playbook_path", "cut off or broken")]
    [InlineData("""{"event_type":"execution_started","execution_id":"a b","playbook_path":"p"}""", "bad_execution_id", "execution_id", "execution_id has ' ' at position 1")]
    [InlineData("""{"event_type":"execution_started","execution_id":"ä","playbook_path":"p"}""", "bad_execution_id", "execution_id", "starts with U+00E4")]
    [InlineData("""{"event_type":"approval_decided","execution_id":"a","activation":"x#1","decision":"yes"}""", "wrong_type", "decision", "expected approve or reject, found \"yes\"")]
    public void Each_mistake_is_one_clear_error_with_the_fields_name(string text, string code, string field, string message)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Replace("$", Start, StringComparison.Ordinal));
        using var serdes = RecordSerdes.Local();
        var error = serdes.DecodeCommand(bytes).Error!;
        Assert.Equal((code, field), (error.Code, error.Field));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_surrogate_pair_written_as_escapes_is_a_character()
    {
        var read = JsonRecords.ReadCommand(Encoding.UTF8.GetBytes(
            $$"""{{{Start}}, "actor": "\ud83d\ude00", "payload": {"x": "\ud83d\ude00\\u0000"} }"""));
        Assert.Equal("\U0001F600", read.Record?.Actor);
    }

    [Fact]
    public void Who_is_meant_is_told_even_if_the_mistake_stands_before_it()
    {
        var error = JsonRecords.ReadCommand(
            """{"attempt":"one","nested":[{"task_id":"no"}],"task_id":"t/a#1/1","execution_id":"t","event_type":"action_failed"}"""u8).Error!;
        Assert.Equal(("wrong_type", "attempt", "t", "t/a#1/1"), (error.Code, error.Field, error.ExecutionId, error.TaskId));
    }
}
