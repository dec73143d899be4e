using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>What a finished execution leaves is removed when its time has come, and not before.</summary>
[Trait("tier", "fast")]
public sealed class RetirementTests : IDisposable
{
    private static readonly TimeSpan Dedup = TimeSpan.FromHours(2);
    private readonly TestPartition _partition = new(Dedup);

    public void Dispose() => _partition.Dispose();

    [Fact]
    public void After_its_time_no_key_is_left_and_a_start_with_the_id_is_a_new_run()
    {
        Run("e", 1);
        _partition.Clock += (long)Dedup.TotalMilliseconds - 1;
        Assert.Equal(0, _partition.FireDue());
        _partition.Send(_partition.StartText("e", 2));
        Assert.Equal(DlqCodes.Conflict, TransportStateTests.CodeOf(Assert.Single(_partition.DeadLetters)));

        _partition.Clock += 1;
        Assert.Equal(1, _partition.FireDue());
        Assert.Empty(_partition.State.Lines);
        Run("e", 2);
        Assert.Equal(2, _partition.Facts.Count(f => f.EventType == EventTypes.ExecutionCompleted));
        Assert.Single(_partition.DeadLetters);
    }

    [Fact]
    public void A_forged_or_early_timer_removes_nothing()
    {
        Run("e", 1);
        _partition.Send(_partition.StartText("live"));
        var before = _partition.State.Lines;
        foreach (var id in new[] { "e", "live", "unknown" })
            _partition.Send(_partition.Serdes.Encode(TimerKeys.Fired($"{id}/!retire", _partition.Clock - 1)));
        Assert.Equal(before, _partition.State.Lines);
        _partition.Clock += (long)Dedup.TotalMilliseconds;
        _partition.Send(_partition.Serdes.Encode(TimerKeys.Fired("live/!retire", 0)));
        Assert.NotNull(StateCodec.Decode(_partition.State.Scan(StateCodec.PrefixOf("live"))));
        Assert.Null(StateCodec.Decode(_partition.State.Scan(StateCodec.PrefixOf("e"))));
    }

    [Fact]
    public void Many_that_are_due_go_in_slices_and_only_one_timer_is_armed_at_a_time()
    {
        for (var i = 0; i < 200; i++) Run($"e{i}", i);
        Assert.Single(_partition.State.Timers);
        _partition.Clock += 2 * (long)Dedup.TotalMilliseconds;
        var slices = 0;
        while (_partition.FireDue() > 0)
        {
            slices++;
            Assert.True(_partition.State.Timers.Count <= 1);
        }
        Assert.Equal(4, slices);
        Assert.Empty(_partition.State.Lines);
    }

    [Fact]
    public void An_owner_that_has_nothing_but_the_log_knows_the_later_run_of_an_id_from_the_earlier()
    {
        var nothing = _partition.State.Copy();
        _partition.Send(TestPartition.SignalText("e", "early", "1"));
        Run("e", 1);
        _partition.Send(TestPartition.SignalText("e", "late", "2"));
        _partition.Clock += (long)Dedup.TotalMilliseconds;
        _partition.FireDue();
        _partition.Send(TestPartition.SignalText("e", "between", "3"));
        _partition.Send(_partition.StartText("e", 2));
        _partition.ProcessOwn();
        _partition.Send(TestPartition.SignalText("e", "again", "1"));
        var live = _partition.State.Lines;

        _partition.TakeOver(nothing, 0);

        Assert.Equal(live, _partition.State.Lines);
        _partition.Send(TestPartition.AnswerText(_partition.Tasks.Last()));
        Assert.Equal(EventTypes.ExecutionCompleted, _partition.Facts.Last().EventType);
        Assert.Equal("[\"between\",\"again\"]", System.Text.Json.Nodes.JsonNode.Parse(_partition.Facts.Last().Meta!)!
            ["leftover_signals"]!.ToJsonString());
    }

    private void Run(string id, int n)
    {
        _partition.Send(_partition.StartText(id, n));
        _partition.ProcessOwn();
        _partition.Send(TestPartition.AnswerText(_partition.Tasks.Last()));
        Assert.Equal(EventTypes.ExecutionCompleted, _partition.Facts.Last().EventType);
    }
}
