using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class CycleTests
{
    private const string Polling = """
        - step: start
          next: poll
        - step: poll
          tool: echo
          args: {again: "{{ poll.n | default(0) }}", seen: "{{ result }}"}
          next_mode: first
          next:
          - {when: "{{ result.n < 3 }}", step: poll}
          - {step: done}
        - step: done
          tool: echo
          args: {last: "{{ poll.n }}"}
        """;

    // noetl B-list and agentic-orchestrator 3, 10: loops of 0, 1, n iterations, then the exit; counts exact.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_loop_turns_as_often_as_its_condition_says_and_then_leaves(int turns)
    {
        var run = YamlRun.Of(Polling).Started();
        for (var i = 0; i < turns; i++) run.Complete("poll", """{"n":1}""");
        run.Complete("poll", """{"n":3}""");
        Assert.Equal($"poll#{turns + 1}", run.Facts.Last(f => f.NodeName == "poll").Activation);
        Assert.Contains("\"last\":3", run.Task("done").Input, StringComparison.Ordinal);
        run.Complete("done", "7");
        Assert.Equal((EventTypes.ExecutionCompleted, "7"), (run.Last.EventType, run.Last.Result));
        Assert.Equal(turns + 1, run.Types.Count(type => type == EventTypes.StepStarted) - 2);
    }

    [Fact]
    public void A_step_sees_the_last_completed_visit_of_the_iteration_before()
    {
        var run = YamlRun.Of(Polling).Started();
        run.Complete("poll", """{"n":1}""");
        Assert.Contains("\"again\":1", run.Task("poll").Input, StringComparison.Ordinal);
        run.Complete("poll", """{"n":2}""");
        Assert.Contains("\"again\":2", run.Task("poll").Input, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_turns_only_when_every_step_of_its_body_has_settled()
    {
        var run = YamlRun.Of("""
            - step: start
              next: head
            - step: head
              tool: echo
              next: [a, {step: b, each_visit: true}]
            - step: a
              tool: echo
              next_mode: first
              next: [{when: "{{ result == 1 }}", step: head}, {step: out}]
            - step: b
              tool: echo
              next: c
            - step: c
              tool: echo
            - step: out
              tool: echo
            """).Started();
        run.Complete("head");
        run.Complete("a", "1");
        run.Complete("b");
        Assert.Equal("head#1", run.Task("head").Activation);
        run.Complete("c");
        Assert.Equal("head#2", run.Task("head").Activation);
    }

    [Fact]
    public void State_of_a_long_loop_does_not_grow_with_its_turns()
    {
        var run = YamlRun.Of(Polling).Started();
        var sizes = new List<int>();
        for (var i = 0; i < 200; i++)
        {
            run.Complete("poll", """{"n":1}""");
            sizes.Add(StateCodec.Changes(null, run.State).Sum(change => change.Value!.Length));
        }
        Assert.InRange(sizes[^1], 1, sizes[5] + 40);
    }

    [Fact]
    public void Too_many_visits_close_the_run_with_the_limit_and_the_number()
    {
        var run = YamlRun.Of(Polling, settings: new() { MaxVisits = 3 }).Started();
        for (var i = 0; i < 3; i++) run.Complete("poll", """{"n":1}""");
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("limit_exceeded", run.Last.Error, StringComparison.Ordinal);
        Assert.Contains("max_visits of step poll: 4, at most 3", run.Last.Error, StringComparison.Ordinal);
    }
}
