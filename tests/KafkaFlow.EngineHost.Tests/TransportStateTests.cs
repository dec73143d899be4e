using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>What is kept beside the folded state: seen ids, watermarks, held commands, starts that wait.</summary>
[Trait("tier", "fast")]
public sealed class TransportStateTests : IDisposable
{
    private readonly TestPartition _partition = new();

    public void Dispose() => _partition.Dispose();

    [Fact]
    public void A_record_that_was_forwarded_twice_counts_once_per_source_partition()
    {
        _partition.Send(_partition.StartText("e"));
        _partition.Send(TestPartition.SignalText("e", "a"), (Origin.Header, "3@7"));
        _partition.Send(TestPartition.SignalText("e", "again"), (Origin.Header, "3@7"));
        _partition.Send(TestPartition.SignalText("e", "older"), (Origin.Header, "3@6"));
        _partition.Send(TestPartition.SignalText("e", "b"), (Origin.Header, "2@7"));
        _partition.Send(TestPartition.SignalText("e", "c"), (Origin.Header, "3@8"));
        Assert.Equal(["a", "b", "c"], Signals());
    }

    [Fact]
    public void An_id_seen_before_changes_nothing_until_4096_others_have_come()
    {
        var seen = SeenIds.Read(null);
        Assert.True(seen.Add("first"));
        for (var i = 1; i < SeenIds.Limit; i++) Assert.True(seen.Add($"id-{i}"));
        seen = SeenIds.Read(seen.ToBytes());
        Assert.False(seen.Add("first"));
        Assert.True(seen.Add("one more"));
        Assert.True(SeenIds.Read(seen.ToBytes()).Add("first"));
        Assert.False(SeenIds.Read(seen.ToBytes()).Add("id-1"));
        Assert.Equal(4096, SeenIds.Limit);

        _partition.Send(_partition.StartText("e"));
        foreach (var id in new[] { "x", "y", "x", "z", "y" }) _partition.Send(TestPartition.SignalText("e", id, id));
        Assert.Equal(["x", "y", "z"], Signals());
    }

    [Fact]
    public void Held_commands_are_decided_in_log_order_after_the_start()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"s{i}")];
        foreach (var name in names) _partition.Send(TestPartition.SignalText("e", name));
        Assert.Empty(_partition.Decisions);
        _partition.Send(_partition.StartText("e"));
        Assert.Equal(names.Length, _partition.ProcessOwn());
        Assert.Equal(names, Signals());
        Assert.DoesNotContain(_partition.State.Timers, t => t.Key.Contains("!held", StringComparison.Ordinal));
        Assert.Empty(_partition.DeadLetters);
    }

    [Fact]
    public void More_than_a_thousand_held_commands_of_one_execution_are_dead_letters()
    {
        for (var i = 0; i < HeldCommands.LimitPerExecution; i++) _partition.Send(TestPartition.SignalText("e", $"s{i}"));
        Assert.Empty(_partition.DeadLetters);
        var extra = _partition.Send(TestPartition.SignalText("e", "one too many"));
        var dead = Assert.Single(_partition.DeadLetters);
        Assert.Equal(extra.Value, dead.Value);
        Assert.Equal(DlqCodes.UnknownExecution, CodeOf(dead));
        _partition.Send(TestPartition.SignalText("other", "has room of its own"));
        Assert.Single(_partition.DeadLetters);
    }

    [Fact]
    public void A_held_command_is_a_dead_letter_when_its_minute_is_over_and_not_before()
    {
        var held = _partition.Send(TestPartition.SignalText("e", "x"));
        var (timer, due) = Assert.Single(_partition.State.Timers);
        Assert.Equal(held.TimestampMs + 60_000, due);
        var fired = _partition.Serdes.Encode(TimerKeys.Fired(timer, due));
        _partition.Clock = due - 1;
        _partition.Send(fired);
        Assert.Empty(_partition.DeadLetters);
        Assert.Equal(due, Assert.Single(_partition.State.Timers).Value);

        _partition.Clock = due;
        _partition.Send(fired);
        var dead = Assert.Single(_partition.DeadLetters);
        Assert.Equal(held.Value, dead.Value);
        Assert.Equal($"{_partition.Topics.Commands}-0@0", Encoding.UTF8.GetString(dead.Key!));
        Assert.Empty(_partition.State.Lines);
    }

    [Fact]
    public void Commands_of_a_parked_execution_wait_for_the_resume_and_do_not_go_round()
    {
        _partition.Send(_partition.StartText("e"));
        Park("e");
        _partition.Send(TestPartition.SignalText("e", "a"));
        _partition.Send(TestPartition.SignalText("e", "b"));
        _partition.Send("""{"event_type":"continue","execution_id":"e","cursor":"held"}""");
        Assert.Equal(0, _partition.ProcessOwn());
        Assert.Empty(Signals());
        _partition.Send("""{"event_type":"resume_requested","execution_id":"e"}""");
        _partition.ProcessOwn();
        Assert.Equal(["a", "b"], Signals());
    }

    [Fact]
    public void Parked_again_after_a_pause_and_cancelled_the_held_commands_come_out_in_the_end()
    {
        var checkpoint = _partition.State.Copy();
        _partition.Send(_partition.StartText("e"));
        Park("e");
        _partition.Send(TestPartition.SignalText("e", "while parked"));
        Ask("resume_requested");
        _partition.ProcessOwn();
        Ask("pause_requested");
        _partition.Send(TestPartition.SignalText("e", "while paused"));
        Assert.Equal(["while parked", "while paused"], Signals());
        Ask("resume_requested");
        Park("e");
        _partition.Send(TestPartition.SignalText("e", "too late"));
        Ask("cancel_requested");
        _partition.ProcessOwn();
        Assert.Equal(DlqCodes.FinishedExecution, CodeOf(Assert.Single(_partition.DeadLetters)));
        var live = _partition.State.Lines;

        _partition.TakeOver(checkpoint, 0);
        Assert.Equal(live, _partition.State.Lines);

        void Ask(string type) => _partition.Send($$"""{"event_type":"{{type}}","execution_id":"e"}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_timer_that_falls_due_while_parked_or_paused_fires_once_and_again_after_the_resume(bool parked)
    {
        _partition.Send(_partition.StartText("e"));
        if (parked) Park("e");
        else _partition.Send("""{"event_type":"pause_requested","execution_id":"e"}""");
        _partition.Clock += (long)TimeSpan.FromDays(8).TotalMilliseconds;
        Assert.Equal(1, _partition.FireDue());
        Assert.Equal(0, _partition.FireDue());
        Assert.Empty(_partition.State.Scan(TransportKeys.HeldPrefix("e")));
        _partition.Send("""{"event_type":"resume_requested","execution_id":"e"}""");
        _partition.ProcessOwn();
        Assert.Equal(1, _partition.FireDue());
        Assert.Equal(EventTypes.ActionRetryScheduled, _partition.Facts.Last().EventType);
    }

    [Fact]
    public void A_heartbeat_of_an_item_goes_with_the_item()
    {
        var hash = _partition.Register("test/items", """
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {path: test/items}
            workflow:
            - {step: all, tool: iterator, collection: [1, 2], mode: async, task: {tool: somebody}}
            """);
        _partition.Send($$"""{"event_type":"execution_started","execution_id":"e","playbook_path":"test/items","playbook_version":1,"content_hash":"{{hash}}"}""");
        var tasks = _partition.Tasks.ToList();
        foreach (var task in tasks) _partition.Send(TestPartition.StartedText(task));
        Assert.Equal(2, Heartbeats());
        _partition.Send(TestPartition.AnswerText(tasks[1]));
        Assert.Equal(1, Heartbeats());
        _partition.Send(TestPartition.AnswerText(tasks[0]));
        Assert.Equal(0, Heartbeats());

        int Heartbeats() => _partition.State.Scan(TransportKeys.HeartbeatsOf("e")).Count();
    }

    [Fact]
    public void A_forged_resolution_of_another_request_does_not_end_the_waiting_of_a_start()
    {
        var start = _partition.Send(_partition.StartText("e", pinned: false));
        _partition.Send($$"""{"event_type":"start_resolved","execution_id":"thief","playbook_path":"none","origin_partition":0,"origin_offset":{{start.Offset}},"not_found":true}""");
        _partition.TakeOver(_partition.State, _partition.Log.Count);
        Assert.Equal("e", Assert.Single(_partition.Asked).Start.ExecutionId);
    }

    private void Park(string id) => _partition.Park(id);

    private List<string?> Signals() =>
        [.. _partition.Facts.Where(f => f.EventType == EventTypes.SignalReceived)
            .Select(f => System.Text.Json.Nodes.JsonNode.Parse(f.Meta!)!["name"]!.GetValue<string>())];

    internal static string CodeOf(OutputRecord dead) =>
        Encoding.UTF8.GetString(dead.Headers.Single(h => h.Name == HeaderNames.DlqCode).Value);
}
