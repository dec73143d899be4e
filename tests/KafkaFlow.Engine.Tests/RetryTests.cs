using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>What follows a failed attempt: docs/semantics.md section 8.</summary>
[Trait("tier", "fast")]
public sealed class RetryTests
{
    private static TestRun Task(string retry, string more = "", EngineSettings? settings = null) => YamlRun.Of($$$"""
        - step: a
          tool: echo
          args: {n: "{{ attempt }}"}
          retry: {{{retry}}}
          {{{more}}}
          next: {step: caught, on_error: true}
        - step: caught
          tool: echo
        """, settings: settings).Started();

    private static int Attempts(TestRun run) => run.TaskOf("a#1").Attempt;

    // noetl B12, B13; agentic-orchestrator 8: k < max failures, then success: COMPLETED with k failed attempts.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_failed_attempt_is_no_failed_step_while_another_follows(int failures)
    {
        var run = Task("{max_attempts: 5, initial_delay: 0}");
        for (var i = 0; i < failures; i++) run.Broken("a#1");
        run.Done("a#1", "1");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.Equal(failures, run.Types.Count(type => type == EventTypes.ActionFailed));
        Assert.Equal(failures + 1, run.FactOf(EventTypes.StepCompleted, "a#1").Attempt);
        Assert.DoesNotContain(EventTypes.StepFailed, run.Types);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void There_are_exactly_max_attempts_of_them(int most)
    {
        var run = Task($"{{max_attempts: {most}, initial_delay: 0}}");
        for (var i = 0; i < most; i++) run.Broken("a#1");
        Assert.Equal(most, run.Tasks.Count(task => task.Step == "a"));
        Assert.Equal(most, run.FactOf(EventTypes.StepFailed, "a#1").Attempt);
        Assert.Equal("caught#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void Without_a_policy_there_is_one_attempt()
    {
        var run = Task("false").Broken("a#1");
        Assert.Equal("caught#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void Delays_grow_by_the_factor_up_to_the_longest_to_the_millisecond()
    {
        var run = Task("{max_attempts: 6, initial_delay: 500ms, backoff_multiplier: 3, max_delay: 10s, jitter: false}");
        foreach (var delay in new[] { 500, 1_500, 4_500, 10_000, 10_000 })
        {
            run.Broken("a#1");
            Assert.Equal(delay, run.DueIn("a#1"));
            var (handed, key) = (run.Tasks.Count, TimerKeys.Of(TestRun.Id, "a#1"));
            var due = run.Timers[key];
            run.Later(delay - 1);
            Assert.Empty(run.When(TimerKeys.Fired(key, due.UnixMicros / 1000)).Facts);
            run.Later(1);
            Assert.NotEmpty(run.When(TimerKeys.Fired(key, due.UnixMicros / 1000)).Facts);
            Assert.Equal(handed + 1, run.Tasks.Count);
        }
        run.Broken("a#1");
        Assert.Equal("caught#1", run.Tasks[^1].Activation);
    }

    [Fact]
    public void Jitter_follows_from_the_task_and_spreads_between_half_and_one_and_a_half()
    {
        var policy = new RetryPolicy { InitialDelayMs = 1_000_000, MaxDelayMs = long.MaxValue, BackoffMultiplier = 1 };
        var factors = Enumerable.Range(0, 2_000).Select(i => DelayOf(policy, $"run-{i}/a#1/1") / 1e6).ToList();
        Assert.All(factors, factor => Assert.InRange(factor, 0.5, 1.5));
        Assert.InRange(factors.Average(), 0.98, 1.02);
        Assert.InRange(factors.Min(), 0.5, 0.505);
        Assert.InRange(factors.Max(), 1.495, 1.5);
        Assert.Equal(factors[7], DelayOf(policy, "run-7/a#1/1") / 1e6);
        Assert.Equal(1_000_000, WithoutJitter(policy));
        var run = Task("{initial_delay: 1s}").Broken("a#1");
        Assert.Equal(DelayOf(new() { MaxDelayMs = 60_000 }, "order-17/a#1/1"), run.DueIn("a#1"));
    }

    // The order of the reasons, and each of them.
    [Theory]
    [InlineData("{max_attempts: 2, retry_when: \"{{ error.code == 'boom' }}\"}", "boom", "", 2)]
    [InlineData("{max_attempts: 3, retry_when: \"{{ error.code == 'boom' }}\"}", "other", "", 1)]
    [InlineData("{max_attempts: 3, retry_when: \"{{ status_code == 503 }}\"}", "boom", ",\"details\":{\"status_code\":503}", 3)]
    [InlineData("{max_attempts: 3, retry_when: \"{{ status_code == 503 }}\"}", "boom", "", 1)]
    [InlineData("{max_attempts: 3, retry_when: \"{{ data == None and not success }}\"}", "boom", "", 3)]
    [InlineData("{max_attempts: 5, stop_when: \"{{ attempt >= 2 }}\"}", "boom", "", 2)]
    [InlineData("{max_attempts: 5, stop_when: \"{{ attempt >= 2 }}\", retry_when: 'true'}", "boom", "", 2)]
    [InlineData("{max_attempts: 3, non_retryable: [bad]}", "bad", "", 1)]
    [InlineData("{max_attempts: 3, non_retryable: [bad]}", "boom", "", 3)]
    [InlineData("{max_attempts: 3}", "boom", ",\"retryable\":false", 1)]
    [InlineData("{max_attempts: 3}", "boom", ",\"retryable\":true", 3)]
    [InlineData("{max_attempts: 3, retry_when: 'true'}", "boom", ",\"retryable\":false", 1)]
    [InlineData("{max_attempts: 3, stop_when: 'error.details.x > 1'}", "bad", ",\"retryable\":false", 1)]
    public void Attempts_end_for_each_reason(string retry, string code, string more, int attempts)
    {
        var run = Task(retry.Replace("{max_attempts", "{initial_delay: 0, max_attempts", StringComparison.Ordinal));
        while (!run.Types.Contains(EventTypes.StepFailed)) run.Broken("a#1", code, more);
        Assert.Equal(attempts, run.Tasks.Count(task => task.Step == "a"));
        Assert.Equal((code, "it broke"), run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf());
    }

    // agentic-orchestrator 13.
    [Theory]
    [InlineData("retry_when")]
    [InlineData("stop_when")]
    public void An_error_in_an_expression_of_the_policy_fails_the_step_and_keeps_the_first_reason(string key)
    {
        var run = Task($"{{{key}: error.details.x > 1}}").Broken("a#1");
        var (code, message) = run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf();
        Assert.Equal("boom", code);
        Assert.StartsWith($"it broke; then {key}: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_workers_do_not_count_in_max_attempts_and_have_a_budget_of_their_own()
    {
        var run = Task("{max_attempts: 2, initial_delay: 0}", settings: new() { MaxLost = 2, HeartbeatMs = 1_000 });
        run.Began("a#1").Ring("a#1");
        Assert.Equal(2, Attempts(run));
        run.Broken("a#1").Began("a#1");
        Assert.Equal(3, Attempts(run));
        run.Ring("a#1");
        Assert.Equal(4, Attempts(run));
        Assert.Equal((1, 2), (run.State!.Activations["a#1"].Failures, run.State.Activations["a#1"].Lost));
        run.Began("a#1").Ring("a#1");
        Assert.Equal("heartbeat_timeout", run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Code);
        Assert.Equal(4, run.Tasks.Count(task => task.Step == "a"));
    }

    // noetl B14, B15; agentic-orchestrator 7.
    [Fact]
    public void The_next_attempt_gets_the_details_of_the_last_heartbeat_and_the_old_worker_changes_nothing()
    {
        var run = Task("{max_attempts: 2, initial_delay: 0}").Began("a#1");
        var late = run.AnswerOf("a#1", "\"late\"");
        run.Accepted(late with { EventType = CommandTypes.ActionHeartbeat, Details = """{"done":3}""", Result = null });
        run.Broken("a#1");
        Assert.Equal("""{"done":3}""", run.TaskOf("a#1").HeartbeatDetails);
        var facts = run.Facts.Count;
        Assert.Equal(EventTypes.StaleResult, run.Accepted(late).Facts.Single().EventType);
        Assert.Empty(run.When(late).Facts);
        Assert.Equal(facts + 1, run.Facts.Count);
        run.Done("a#1", "\"ours\"");
        Assert.Equal("\"ours\"", run.FactOf(EventTypes.StepCompleted, "a#1").Result);
    }

    [Fact]
    public void An_attempt_timeout_counts_as_a_failure_and_a_queue_timeout_ends_the_step()
    {
        var run = Task("{max_attempts: 2, initial_delay: 0}", "timeout: {attempt: 2s, queue: 5s}").Began("a#1");
        run.Ring("a#1");
        Assert.Equal((2, 1), (Attempts(run), run.State!.Activations["a#1"].Failures));
        Assert.Equal("timed_out", run.Controls.Single().Action);
        Assert.Equal(5_000, run.DueIn("a#1"));
        run.Ring("a#1");
        Assert.Equal("queue_timeout", run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Code);
    }

    [Fact]
    public void A_total_timeout_also_ends_a_step_that_backs_off()
    {
        var run = Task("{max_attempts: 9, initial_delay: 8s, jitter: false}", "timeout: {total: 10s}");
        run.Later(4_000).Broken("a#1");
        Assert.Equal(6_000, run.DueIn("a#1"));
        run.Ring("a#1");
        Assert.Equal("attempt_timeout", run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Code);
        Assert.Single(run.Tasks, task => task.Step == "a");
    }

    private static long DelayOf(RetryPolicy policy, string task) => KafkaFlow.Engine.Attempts.DelayMs(policy, 1, task);

    private static long WithoutJitter(RetryPolicy policy) =>
        KafkaFlow.Engine.Attempts.DelayMs(policy with { Jitter = false }, 1, "x");
}
