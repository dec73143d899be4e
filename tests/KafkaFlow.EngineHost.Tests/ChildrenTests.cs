using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>What executions tell each other, and what becomes of a child that does not begin.</summary>
[Trait("tier", "fast")]
public sealed class ChildrenTests : IDisposable
{
    private const string Child = "p~call.1.1";
    private readonly TestPartition _partition = new();

    public void Dispose() => _partition.Dispose();

    [Fact]
    public void A_childs_start_waits_for_the_facts_of_its_decision_and_goes_to_the_childs_own_partition()
    {
        _partition.Send(_partition.ParentText("p"));
        var start = Assert.Single(CommandsOf(CommandTypes.ExecutionStarted));
        Assert.True(start.Output.AfterFacts);
        Assert.Equal(Child, start.Command.ExecutionId);
        var records = new DecisionRecords(_partition.Parts, new Term(1, 7, 9));
        Assert.Equal(Forwarding.PartitionOf(Child, 7), records.Command(start.Command).Partition);
        _partition.Settle();
        _partition.Send(TestPartition.AnswerText(Assert.Single(_partition.Tasks)));
        var report = Assert.Single(CommandsOf(CommandTypes.ActionCompleted));
        Assert.True(report.Output.AfterFacts);
        _partition.Settle();
        Assert.Equal(EventTypes.ExecutionCompleted, Last("p").EventType);
        Assert.Equal("1", Last("p").Result);
        Assert.Empty(_partition.DeadLetters);
    }

    [Fact]
    public void A_start_and_an_end_that_were_lost_with_their_owner_are_sent_again_and_count_once()
    {
        var checkpoint = _partition.State.Copy();
        _partition.Send(_partition.ParentText("p"));
        _partition.LoseOwn();
        _partition.TakeOver(checkpoint, 0);
        _partition.Settle();
        _partition.TakeOver(checkpoint, 0);
        _partition.Settle();
        _partition.Send(TestPartition.AnswerText(_partition.Tasks.First()));
        _partition.LoseOwn();
        _partition.TakeOver(checkpoint, 0);
        _partition.Settle();
        Assert.Equal(EventTypes.ExecutionCompleted, Last("p").EventType);
        Assert.Single(_partition.Facts, f => f.EventType == EventTypes.ExecutionStarted && f.ExecutionId == Child);
        Assert.Single(_partition.Facts, f => f.EventType == EventTypes.ChildEnded);
        Assert.Empty(_partition.DeadLetters);
    }

    [Fact]
    public void A_child_of_an_unknown_playbook_is_rejected_and_the_parent_fails_with_the_reason()
    {
        var checkpoint = _partition.State.Copy();
        _partition.Send(_partition.ParentText("p", child: "no/such"));
        _partition.Settle();
        var error = Rejection();
        Assert.Contains("unknown_playbook", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal(DlqCodes.UnknownPlaybook, (string)error["details"]!["dlq_code"]!);
        Assert.Equal(EventTypes.ExecutionFailed, Last("p").EventType);

        var again = _partition.TakeOver(checkpoint, 0);
        Assert.Contains(again, o => _partition.Serdes.DecodeCommand(o.Value ?? []).Record is
            { EventType: CommandTypes.ActionFailed, WorkerId: "engine" });
    }

    [Theory]
    [InlineData(0)] // the very request of the parent, but not its child
    [InlineData(5)]
    public void A_child_whose_id_is_taken_is_rejected(int n)
    {
        _partition.Send(_partition.StartText(Child, n, pinned: n != 0));
        _partition.Settle();
        _partition.Send(_partition.ParentText("p"));
        _partition.Settle();
        Assert.Contains(DlqCodes.Conflict, (string)Rejection()["message"]!, StringComparison.Ordinal);
        Assert.Equal(EventTypes.ExecutionFailed, Last("p").EventType);
        Assert.NotEqual(EventTypes.ExecutionFailed, Last(Child).EventType);
    }

    [Fact]
    public void An_id_that_somebody_has_used_before_does_not_swallow_the_start_of_a_child()
    {
        _partition.Send(TestPartition.SignalText(Child, "x", $"{Child}!start"));
        _partition.Send(_partition.ParentText("p"));
        _partition.Settle();
        Assert.Contains(_partition.Facts, f => f.ExecutionId == Child && f.EventType == EventTypes.ExecutionStarted);
    }

    [Fact]
    public void A_cancelled_parent_cancels_its_child_and_the_late_report_is_no_dead_letter()
    {
        _partition.Send(_partition.ParentText("p"));
        _partition.Settle();
        _partition.Send("""{"event_type":"cancel_requested","execution_id":"p"}""");
        _partition.Settle();
        Assert.Equal(EventTypes.ExecutionCancelled, Last("p").EventType);
        Assert.Equal(EventTypes.ExecutionCancelled, Last(Child).EventType);
        Assert.Single(CommandsOf(CommandTypes.ActionFailed));
        Assert.Empty(_partition.DeadLetters);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"execution_id":7}""")]
    [InlineData("""{"execution_id":"p","task_id":"t","activation":"a","attempt":"1","task_hash":"h","partition":0,"depth":1}""")]
    [InlineData("""{"execution_id":"p/q","task_id":"t","activation":"a","attempt":1,"task_hash":"h","partition":0,"depth":1}""")]
    [InlineData("""{"execution_id":"p","task_id":"t","activation":"a","attempt":1,"task_hash":"h","partition":0,"depth":0}""")]
    public void A_forged_parent_of_a_wrong_form_is_a_dead_letter_and_begins_nothing(string parent)
    {
        _partition.Send(_partition.StartText("e").Replace("\"payload\"", $"\"parent\":{parent},\"payload\"", StringComparison.Ordinal));
        Assert.Equal(DlqCodes.WrongType, TransportStateTests.CodeOf(Assert.Single(_partition.DeadLetters)));
        Assert.Empty(_partition.Decisions);
    }

    [Fact]
    public void A_forged_parent_without_the_hash_of_the_task_changes_nothing_about_the_execution_it_names()
    {
        _partition.Send(_partition.ParentText("p"));
        _partition.Settle();
        const string forged = """{"execution_id":"p","task_id":"p/call#1/1","activation":"call#1","attempt":1,"task_hash":"guess","partition":0,"depth":1}""";
        _partition.Send(_partition.StartText("forger").Replace("\"payload\"", $"\"parent\":{forged},\"payload\"", StringComparison.Ordinal));
        _partition.Settle();
        foreach (var task in _partition.Tasks.Where(t => t.ExecutionId == "forger").ToList())
            _partition.Send(TestPartition.AnswerText(task));
        _partition.Settle();
        Assert.Equal(EventTypes.ExecutionCompleted, Last("forger").EventType);
        Assert.Equal(EventTypes.StaleResult, Last("p").EventType);
    }

    private JsonObject Rejection()
    {
        var ended = Assert.Single(_partition.Facts, f => f.EventType == EventTypes.ChildEnded);
        Assert.Equal((EventStatus.Rejected, "engine"), (ended.Status, ended.WorkerId));
        var error = JsonNode.Parse(ended.Error!)!.AsObject();
        Assert.Equal("child_rejected", (string)error["code"]!);
        return error;
    }

    private ExecutionEvent Last(string execution) => _partition.Facts.Last(f => f.ExecutionId == execution);

    private IEnumerable<(OutputRecord Output, Command Command)> CommandsOf(string type) => _partition.Outputs
        .Where(o => o.Topic == _partition.Topics.Commands)
        .Select(o => (o, _partition.Serdes.DecodeCommand(o.Value!).Record!)).Where(o => o.Item2.EventType == type);
}
