using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>While-loops: docs/semantics.md section 7.</summary>
[Trait("tier", "fast")]
public sealed class WhileTests
{
    private static TestRun While(string rule, string more = "") => YamlRun.Of($$$"""
        - step: start
          tool: transform
          value: 100
          next: poll
        - step: poll
          tool: echo
          args: {i: "{{ index }}", was: "{{ result }}"}
          while: {{{rule}}}
          {{{more}}}
          next:
          - {when: "{{ event == 'break' }}", step: broke}
          - {when: "{{ event == 'completed' }}", step: ended}
          - {step: caught, on_error: true}
        - step: broke
          tool: echo
        - step: ended
          tool: echo
        - step: caught
          tool: echo
          args: {code: "{{ error.code }}"}
        """).Started();

    // agentic-orchestrator 10: the condition counts on the last allowed iteration too; max=1.
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(3, 1, true)]
    [InlineData(3, 3, true)]
    [InlineData(1, 2, false)]
    [InlineData(3, 4, false)]
    public void The_body_runs_at_most_max_iterations_times_and_fails_only_if_the_condition_still_holds_then(
        int most, int needed, bool completes)
    {
        var run = While($"{{condition: result < 9, max_iterations: {most}}}");
        for (var i = 0; i < Math.Min(most, needed); i++)
            run.Done(Acts.Item("poll#1", i), i == needed - 1 ? "9" : $"{i}");
        Assert.Equal(Math.Min(most, needed), run.Tasks.Count(task => task.Step == "poll"));
        if (completes)
        {
            Assert.Equal("ended#1", run.Tasks[^1].Activation);
            Assert.Equal("9", run.FactOf(EventTypes.StepCompleted, "poll#1").Result);
            return;
        }
        Assert.Equal(("max_iterations", $"the condition still holds after {most} iterations, as many as are allowed"),
            run.FactOf(EventTypes.StepFailed, "poll#1").ErrorOf());
        Assert.Equal("max_iterations", (string)run.TaskOf("caught#1").Input()["args"]!["code"]!);
    }

    [Fact]
    public void Iterations_follow_one_another_count_from_zero_and_see_the_value_of_the_one_before()
    {
        var run = While("{condition: result < 9}");
        run.Done("poll#1[0]", "7").Done("poll#1[1]", "8").Done("poll#1[2]", "9");
        var seen = run.Tasks.Where(task => task.Step == "poll")
            .Select(task => ((int)task.Input()["args"]!["i"]!, (int)task.Input()["args"]!["was"]!));
        Assert.Equal([(0, 100), (1, 7), (2, 8)], seen);
        Assert.Equal("9", run.FactOf(EventTypes.StepCompleted, "poll#1").Result);
        Assert.Equal(3, (int)run.FactOf(EventTypes.LoopCompleted, "poll#1").Meta()["completed"]!);
    }

    // agentic-orchestrator 10: success on attempt = max takes the break path.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Break_wins_over_the_condition_and_over_the_last_allowed_iteration(int most)
    {
        var run = While($"{{condition: 'true', break_when: result == 5, max_iterations: {most}}}");
        run.Done("poll#1[0]", "5");
        Assert.Equal("broke#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void The_next_iteration_begins_after_the_delay_and_not_before()
    {
        var run = While("{condition: result < 9, delay: 1500ms}");
        run.Done("poll#1[0]", "1");
        Assert.Single(run.Tasks);
        Assert.Equal(1_500, run.DueIn("poll#1[1]"));
        var due = run.Timers[TimerKeys.Of(TestRun.Id, "poll#1[1]")];
        run.Clock = run.Clock.PlusMillis(1_499);
        Assert.Empty(run.When(TimerKeys.Fired(TimerKeys.Of(TestRun.Id, "poll#1[1]"), due.UnixMicros / 1000)).Facts);
        run.Ring("poll#1[1]");
        Assert.Equal("poll#1[1]", run.Tasks[^1].Activation);
        run.Done("poll#1[1]", "9");
        Assert.Equal("ended#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void A_failed_iteration_fails_the_step_with_its_error_and_retries_come_first()
    {
        var run = While("{condition: result < 9}", "retry: {max_attempts: 2, initial_delay: 0}");
        run.Done("poll#1[0]", "1").Broken("poll#1[1]");
        Assert.Equal(2, run.TaskOf("poll#1[1]").Attempt);
        run.Broken("poll#1[1]", "later");
        Assert.Equal(("later", "it broke"), run.FactOf(EventTypes.StepFailed, "poll#1").ErrorOf());
        Assert.Equal(EventStatus.Failed, run.FactOf(EventTypes.LoopCompleted, "poll#1").Status);
        Assert.Equal("caught#1", run.Tasks[^1].Activation);
    }

    [Theory]
    [InlineData("")]
    [InlineData(", delay: 1h")]
    public void The_timeout_of_the_loop_cancels_the_live_iteration_and_fails_the_step(string delay)
    {
        var run = While($"{{condition: result < 9, timeout: 10s{delay}}}");
        run.Later(3_000).Done("poll#1[0]", "1");
        Assert.Equal(7_000, run.DueIn("poll#1"));
        run.Ring("poll#1");
        Assert.Equal(("loop_timeout", "the loop took longer than 10000 ms"),
            run.FactOf(EventTypes.StepFailed, "poll#1").ErrorOf());
        Assert.Equal(EventStatus.Cancelled, run.FactOf(EventTypes.LoopIteration, "poll#1[1]").Status);
        Assert.Equal(["order-17/poll#1[1]/1"], run.Controls.Select(control => control.TaskId));
        Assert.DoesNotContain(TimerKeys.Of(TestRun.Id, "poll#1[1]"), run.Timers.Keys);
    }

    // agentic-orchestrator 13: an error of the condition is visible and fails the step.
    [Theory]
    [InlineData("{condition: result.x.y > 1}", "the loop's condition")]
    [InlineData("{condition: 'true', break_when: result.x.y > 1}", "break_when")]
    public void A_condition_that_cannot_be_evaluated_fails_the_step(string rule, string where)
    {
        var run = While(rule).Done("poll#1[0]", "1");
        Assert.Contains(where, run.FactOf(EventTypes.StepFailed, "poll#1").ErrorOf().Message, StringComparison.Ordinal);
        Assert.Equal("caught#1", run.Tasks[^1].Activation);
    }
}
