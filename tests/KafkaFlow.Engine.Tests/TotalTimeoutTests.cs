using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class TotalTimeoutTests
{
    [Fact]
    public void A_loop_over_items_that_takes_too_long_cancels_its_items_and_fails()
    {
        var run = YamlRun.Of("""
            - step: each
              tool: iterator
              collection: "{{ [1, 2, 3] }}"
              mode: async
              concurrency: 2
              task: {tool: echo}
              timeout: {total: 10s}
              next: [{step: late, on_error: true}]
            - step: late
            """).Started();
        run.Fire("each");
        Assert.Equal(2, run.Facts.Count(f => f is { EventType: EventTypes.LoopIteration, Status: "CANCELLED" }));
        Assert.Equal(2, run.Controls.Count);
        Assert.Contains("attempt_timeout", run.Fact(EventTypes.StepFailed).Error, StringComparison.Ordinal);
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.Empty(run.Timers);
    }

    [Fact]
    public void A_child_that_takes_too_long_is_cancelled_and_fails_its_step()
    {
        var run = YamlRun.Of("""
            - step: sub
              tool: playbook
              path: other/one
              timeout: {total: 10s}
            """).Started();
        run.Fire("sub");
        Assert.Equal([CommandTypes.ExecutionStarted, CommandTypes.CancelRequested], run.Sent.Select(c => c.EventType));
        Assert.Equal(run.Sent.First().ExecutionId, run.Sent.Last().ExecutionId);
        Assert.Contains("attempt_timeout", run.Last.Error, StringComparison.Ordinal);
    }
}
