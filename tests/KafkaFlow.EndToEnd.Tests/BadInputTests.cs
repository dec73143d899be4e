using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>
/// Whatever is written to the commands topic has the outcome the design names; the partition moves on and nothing else
/// is affected.
/// </summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class BadInputTests(Stack stack) : IAsyncLifetime
{
    private const string Quick = "test/quick";
    private const string Waiting = "test/waiting";
    private const string UnservedType = "unserved";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private Wire _wire = null!;

    public async ValueTask InitializeAsync()
    {
        await stack.StartAsync();
        await RegisterAsync($"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {"{"}name: quick, path: {Quick}{"}"}
            workload: {"{"}n: 0{"}"}
            workflow:
            - step: start
              next: end
            - step: end
            """);
        await RegisterAsync($"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {"{"}name: waiting, path: {Waiting}{"}"}
            workload: {"{"}n: 0{"}"}
            workflow:
            - step: start
              next: work
            - step: work
              tool: {UnservedType}
              next: end
            - step: end
            """);
        _wire = new Wire(stack.Bootstrap, stack.Prefix);
    }

    public ValueTask DisposeAsync()
    {
        _wire.Dispose();
        return ValueTask.CompletedTask;
    }

    public static readonly TheoryData<string, byte[], string, string> Malformed = new()
    {
        { "no Avro and no JSON", [0x17, 0x2A, 0xFF, 0x00, 0x01], "undecodable", "" },
        { "an empty value", [], "undecodable", "" },
        { "Avro of an unheard-of schema", [0xC3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9], "undecodable", "" },
        { "half a JSON object", Json("""{"event_type":"execution_st"""), "undecodable", "" },
        { "an unknown field", Json("""{"event_type":"execution_started","execution_id":"bad-1","playbook_path":"test/quick","colour":1}"""), "unknown_field", "colour" },
        { "a missing field", Json("""{"event_type":"execution_started","execution_id":"bad-1"}"""), "missing_field", "playbook_path" },
        { "no execution id", Json("""{"event_type":"execution_started","playbook_path":"test/quick"}"""), "missing_field", "execution_id" },
        { "a wrong type", Json("""{"event_type":"execution_started","execution_id":"bad-1","playbook_path":7}"""), "wrong_type", "playbook_path" },
        { "a payload that is an array", Json("""{"event_type":"execution_started","execution_id":"bad-1","playbook_path":"test/quick","payload":[1]}"""), "wrong_type", "payload" },
        { "a command that does not exist", Json("""{"event_type":"execution_begun","execution_id":"bad-1"}"""), "wrong_type", "execution_begun" },
        { "a character no execution id has", Json("""{"event_type":"execution_started","execution_id":"bad/1","playbook_path":"test/quick"}"""), "bad_execution_id", "'/' at position 3" },
        { "U+0000 in a text", Json("""{"event_type":"execution_started","execution_id":"bad-1","playbook_path":"test/quick","payload":{"a":"x\u0000y"}}"""), "wrong_type", "payload" },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_record_is_a_dead_letter_and_its_partition_moves_on(string what, byte[] bytes, string code, string named)
    {
        var at = await _wire.SendAsync(bytes, "bad-1", partition: 1, ("mark", what));
        var dead = await _wire.DeadLetterOfAsync(at);
        Assert.Equal(code, dead.Code);
        Assert.Contains(named, dead.Reason, StringComparison.Ordinal);
        AssertOrigin(at, dead, bytes);
        Assert.Equal(what, dead.Headers["mark"]);
        await AGoodRunCompletesAsync(1);
        Assert.Empty(_wire.Facts.Of("bad-1"));
    }

    [Fact]
    public async Task A_start_of_an_unknown_playbook_is_a_dead_letter_and_never_starts()
    {
        var id = _wire.NewId(0);
        var at = await _wire.StartAsync(id, "test/nobody-registered-this");
        await AGoodRunCompletesAsync(0);
        await DeadLetterWithCodeAsync(DlqCodes.UnknownPlaybook, id, at.Partition.Value);
        Assert.Empty(_wire.Facts.Of(id));
    }

    [Fact]
    public async Task Commands_before_their_start_are_held_and_decided_in_order_after_it()
    {
        var id = _wire.NewId(2);
        await _wire.SendAsync($$"""{"event_type":"signal_received","execution_id":"{{id}}","name":"first"}""", id);
        await _wire.SendAsync($$"""{"event_type":"signal_received","execution_id":"{{id}}","name":"second"}""", id);
        await _wire.SendAsync($$"""{"event_type":"cancel_requested","execution_id":"{{id}}","reason":"third"}""", id);
        await AGoodRunCompletesAsync(2);
        _wire.Facts.Read();
        Assert.Empty(_wire.Facts.Of(id));

        await _wire.StartAsync(id, Waiting);
        await _wire.Facts.EndedAsync([id], Limit);
        var facts = _wire.Facts.Of(id);
        Assert.Equal(EventTypes.ExecutionStarted, facts[0].EventType);
        Assert.Equal(EventTypes.ExecutionCancelled, facts[^1].EventType);
        var signals = facts.Where(f => f.EventType == EventTypes.SignalReceived).ToList();
        Assert.Equal(2, signals.Count);
        Assert.Contains("first", signals[0].Meta + signals[0].Context, StringComparison.Ordinal);
        Assert.Contains("second", signals[1].Meta + signals[1].Context, StringComparison.Ordinal);
        Assert.True(signals[1].Seq < facts.First(f => f.EventType == EventTypes.CancelRequested).Seq);
    }

    [Fact]
    [Trait("tier", "ci")]
    public async Task A_command_whose_execution_never_starts_is_a_dead_letter_after_a_minute()
    {
        var id = _wire.NewId(3);
        var json = $$"""{"event_type":"signal_received","execution_id":"{{id}}","name":"x"}""";
        var sent = DateTime.UtcNow;
        var at = await _wire.SendAsync(json, id);
        var dead = await _wire.DeadLetterOfAsync(at, TimeSpan.FromSeconds(90));
        Assert.Equal(DlqCodes.UnknownExecution, dead.Code);
        AssertOrigin(at, dead, Json(json));
        Assert.True(DateTime.UtcNow - sent > TimeSpan.FromSeconds(59));
        await AGoodRunCompletesAsync(3);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_fails_its_step_with_size_and_limit()
    {
        var (id, task) = await WaitingRunAsync(1);
        await _wire.AnswerAsync(task, $"\"{new string('x', 300_000)}\"");
        await _wire.Facts.EndedAsync([id], Limit);
        var facts = _wire.Facts.Of(id);
        Assert.Equal(EventTypes.ExecutionFailed, facts[^1].EventType);
        var failed = facts.First(f => f.EventType == EventTypes.StepFailed);
        Assert.Contains("oversized", failed.Error!, StringComparison.Ordinal);
        Assert.Contains($"{SizeLimits.AnswerBytes}", failed.Error!, StringComparison.Ordinal);
        await AGoodRunCompletesAsync(1);
    }

    [Theory]
    [InlineData(600_000, false)]
    [InlineData(999_000, false)]
    [InlineData(1_047_000, false)]
    [InlineData(1_047_000, true)]
    [InlineData(1_048_300, true)]
    public async Task A_start_with_a_payload_near_the_record_limit_is_a_dead_letter(int bytes, bool onWrongPartition)
    {
        var id = _wire.NewId(2);
        var head = $$$"""{"event_type":"execution_started","execution_id":"{{{id}}}","playbook_path":"{{{Quick}}}","payload":{"t":"x"}}""";
        var json = head.Replace("\"x\"", $"\"{new string('x', bytes - head.Length)}\"", StringComparison.Ordinal);
        var at = await _wire.SendAsync(json, id, onWrongPartition ? 0 : null);
        await AGoodRunCompletesAsync(0);
        await AGoodRunCompletesAsync(2);
        var dead = await _wire.DeadLetterOfAsync(at);
        Assert.Equal(DlqCodes.Oversized, dead.Code);
        AssertOrigin(at, dead, Json(json));
        Assert.Empty(_wire.Facts.Of(id));
    }

    [Fact]
    public async Task A_start_on_the_wrong_partition_runs_once_with_its_events_on_the_right_one()
    {
        var id = _wire.NewId(3);
        var at = await _wire.StartAsync(id, Quick, partition: 0);
        await _wire.Facts.EndedAsync([id], Limit);
        Assert.Equal(3, _wire.Facts.PartitionOf[id]);
        Assert.Equal(EventTypes.ExecutionCompleted, _wire.Facts.Of(id)[^1].EventType);
        Assert.Empty(_wire.DeadLettersOf(at));
    }

    [Fact]
    public async Task A_second_start_with_the_same_request_changes_nothing_and_with_another_is_a_conflict()
    {
        var (id, task) = await WaitingRunAsync(0, """{"n": 1, "m": [1, 2]}""");
        var same = await _wire.StartAsync(id, Waiting, """{"m":[1.0,2], "n":1}""");
        await AGoodRunCompletesAsync(0);
        var other = await _wire.StartAsync(id, Waiting, """{"n": 2}""");
        await AGoodRunCompletesAsync(0);
        await DeadLetterWithCodeAsync(DlqCodes.Conflict, id, other.Partition.Value);
        Assert.Empty(_wire.DeadLettersOf(same));

        await _wire.AnswerAsync(task, "7");
        await _wire.Facts.EndedAsync([id], Limit);
        var facts = _wire.Facts.Of(id);
        Assert.Equal(EventTypes.ExecutionCompleted, facts[^1].EventType);
        Assert.Single(facts, f => f.EventType == EventTypes.ExecutionStarted);
    }

    [Fact]
    public async Task A_command_for_a_finished_execution_is_a_dead_letter()
    {
        var id = await AGoodRunCompletesAsync(1);
        var count = _wire.Facts.Of(id).Count;
        var json = $$"""{"event_type":"cancel_requested","execution_id":"{{id}}"}""";
        var at = await _wire.SendAsync(json, id);
        var dead = await _wire.DeadLetterOfAsync(at);
        Assert.Equal(DlqCodes.FinishedExecution, dead.Code);
        AssertOrigin(at, dead, Json(json));
        await AGoodRunCompletesAsync(1);
        Assert.Equal(count, _wire.Facts.Of(id).Count);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_fails_the_live_attempt_it_names_and_no_other()
    {
        var (id, task) = await WaitingRunAsync(2);
        var garbage = new byte[] { 0x99, 0x01, 0x02 };
        var unknown = await _wire.SendAsync(garbage, id, null, (HeaderNames.TaskId, $"{id}/work#1/9"));
        Assert.Equal(DlqCodes.Undecodable, (await _wire.DeadLetterOfAsync(unknown)).Code);
        Assert.DoesNotContain(_wire.Facts.Of(id), f => f.EventType == EventTypes.ActionFailed);

        var named = await _wire.SendAsync(garbage, id, null, (HeaderNames.TaskId, task.TaskId));
        await _wire.Facts.EndedAsync([id], Limit);
        var failed = Assert.Single(_wire.Facts.Of(id), f => f.EventType == EventTypes.ActionFailed);
        Assert.Contains("undecodable_answer", failed.Error!, StringComparison.Ordinal);
        Assert.Empty(_wire.DeadLettersOf(named));

        var late = await _wire.SendAsync(garbage, id, null, (HeaderNames.TaskId, task.TaskId));
        Assert.Equal(DlqCodes.Undecodable, (await _wire.DeadLetterOfAsync(late)).Code);
        await AGoodRunCompletesAsync(2);
    }

    [Fact]
    public async Task Forged_commands_of_the_engine_change_nothing()
    {
        var (id, task) = await WaitingRunAsync(3);
        var count = _wire.Facts.Of(id).Count;
        var past = "2020-01-01T00:00:00.000000Z";
        string[] forged =
        [
            $$"""{"event_type":"timer_fired","execution_id":"{{id}}","timer_id":"{{id}}/work#1@1577836800000000","due_at":"{{past}}"}""",
            $$"""{"event_type":"timer_fired","execution_id":"{{id}}","timer_id":"{{id}}/!deadline@1577836800000000","due_at":"{{past}}"}""",
            $$"""{"event_type":"timer_fired","execution_id":"{{id}}","timer_id":"nonsense","due_at":"{{past}}"}""",
            $$"""{"event_type":"timer_fired","execution_id":"{{id}}","timer_id":"{{id}}/!held/0@1","due_at":"{{past}}"}""",
            $$"""{"event_type":"continue","execution_id":"{{id}}","cursor":"1"}""",
            $$"""{"event_type":"continue","execution_id":"{{id}}","cursor":"held"}""",
        ];
        foreach (var json in forged) await _wire.SendAsync(json, id);
        var other = _wire.NewId(3);
        await _wire.SendAsync(
            $$"""{"event_type":"start_resolved","execution_id":"{{other}}","playbook_path":"{{Quick}}","playbook_version":1,"content_hash":"{{new string('0', 64)}}","origin_partition":3,"origin_offset":0}""",
            other);
        await AGoodRunCompletesAsync(3);
        Assert.Equal(count, _wire.Facts.Of(id).Count);
        Assert.Empty(_wire.Facts.Of(other));

        await _wire.AnswerAsync(task, "1");
        await _wire.Facts.EndedAsync([id], Limit);
        Assert.Equal(EventTypes.ExecutionCompleted, _wire.Facts.Of(id)[^1].EventType);
    }

    private async Task<string> AGoodRunCompletesAsync(int partition)
    {
        var id = _wire.NewId(partition);
        await _wire.StartAsync(id, Quick);
        await _wire.Facts.EndedAsync([id], Limit);
        Assert.Equal(EventTypes.ExecutionCompleted, _wire.Facts.Of(id)[^1].EventType);
        return id;
    }

    private async Task<(string Id, TaskRecord Task)> WaitingRunAsync(int partition, string payload = "{}")
    {
        var id = _wire.NewId(partition);
        await _wire.StartAsync(id, Waiting, payload);
        var task = await _wire.TaskOfAsync(id, UnservedType);
        _wire.Facts.Read();
        return (id, task);
    }

    /// <summary>A start is pinned before it is decided, so its dead letter is that of the pinned start.</summary>
    private async Task DeadLetterWithCodeAsync(string code, string execution, int partition)
    {
        var dead = await _wire.DeadLetterAsync(d =>
            d.Code == code && Encoding.UTF8.GetString(d.Value!).Contains(execution, StringComparison.Ordinal));
        Assert.Equal($"{partition}", dead.Headers[HeaderNames.DlqPartition]);
        Assert.NotEmpty(dead.Reason);
    }

    private static void AssertOrigin(TopicPartitionOffset at, DeadLetter dead, byte[] bytes)
    {
        Assert.Equal(at.Topic, dead.Headers[HeaderNames.DlqTopic]);
        Assert.Equal($"{at.Partition.Value}", dead.Headers[HeaderNames.DlqPartition]);
        Assert.Equal($"{at.Offset.Value}", dead.Headers[HeaderNames.DlqOffset]);
        Assert.Equal(bytes, dead.Value);
        Assert.NotEmpty(dead.Reason);
    }

    private async Task RegisterAsync(string source)
    {
        using var scratch = TestEnvironment.NewDirectory("playbook");
        await File.WriteAllTextAsync(scratch.PathOf("playbook.yaml"), source);
        var (result, _) = await stack.CallAsync("playbook", "register", scratch.PathOf("playbook.yaml"));
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);
}
