using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class TimerTests
{
    private const long RetentionDueMs = 604_800_000 - 3_600_000;

    private static TestRun OneTask(StepTimeouts? timeouts = null, EngineSettings? settings = null) =>
        new TestRun(new Playbook().Task("a", timeouts: timeouts).Build(), settings).Started();

    private static long DueInMs(TestRun run) => (run.Timers["order-17/a#1"].UnixMicros - run.Clock.UnixMicros) / 1000;

    [Fact]
    public void An_unstarted_task_is_emitted_again_as_the_same_attempt_before_its_topic_forgets_it()
    {
        var run = OneTask();
        Assert.Equal(RetentionDueMs, DueInMs(run));

        for (var again = 1; again <= 3; again++)
        {
            run.Fire("a");
            Assert.Equal((again + 1, 1), (run.Tasks.Count, run.Task("a").Attempt));
            Assert.Equal(run.Tasks[0] with { CreatedAt = run.Task("a").CreatedAt }, run.Task("a"));
        }
        run.Fire("a");

        Assert.Contains("queue_timeout", run.Fact(EventTypes.StepFailed).Error, StringComparison.Ordinal);
        Assert.Equal(4, run.Tasks.Count);
    }

    [Fact]
    public void A_task_re_emitted_is_still_answered_once()
    {
        var run = OneTask();
        run.Fire("a");

        run.Complete("a", "1");

        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void A_queue_timeout_fails_the_step_and_tells_the_workers()
    {
        var run = OneTask(new() { QueueMs = 5_000 });
        Assert.Equal(5_000, DueInMs(run));

        run.Fire("a");

        Assert.Equal([EventTypes.ActionFailed, EventTypes.StepFailed, EventTypes.ExecutionClosing, EventTypes.ExecutionFailed],
            run.Types.TakeLast(4));
        Assert.Equal((TaskControl.TimedOut, "queue_timeout"), (run.Controls.Single().Action, run.Controls.Single().Reason));
    }

    [Fact]
    public void A_started_attempt_is_owned_by_the_heartbeat_timer()
    {
        var run = OneTask();

        run.Begin("a");

        Assert.Equal(30_000, DueInMs(run));
        Assert.Equal("w1", run.Fact(EventTypes.ActionStarted).WorkerId);
    }

    [Fact]
    public void Of_timers_that_are_due_at_once_the_one_that_ends_most_counts()
    {
        var delayed = YamlRun.Of("- {step: a, tool: echo, timeout: {total: 45s}, retry: {initial_delay: 1s}}").Started();
        delayed.Broken("a#1").Later(46_000).Ring("a#1");
        Assert.Equal("attempt_timeout", delayed.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Code);

        var silent = YamlRun.Of("- {step: a, tool: echo, timeout: {attempt: 40s, heartbeat: 5s}, retry: {max_attempts: 1}}").Started();
        silent.Began("a#1").Later(41_000).Ring("a#1");
        Assert.Equal("attempt_timeout", silent.FactOf(EventTypes.ActionFailed, "a#1").ErrorOf().Code);

        var waiting = YamlRun.Of("- {step: a, tool: echo, timeout: {queue: 200h}}").Started();
        waiting.Later(201 * 3_600_000L).Ring("a#1");
        Assert.Equal("queue_timeout", waiting.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Code);
    }

    [Fact]
    public void Heartbeats_move_the_deadline_without_facts()
    {
        var run = OneTask();
        run.Begin("a");
        run.Clock = run.Clock.PlusMillis(20_000);
        var beat = run.When(run.Answer("a", null) with { EventType = CommandTypes.ActionHeartbeat });
        Assert.Empty(beat.Facts);

        var fired = run.Fire("a");

        var rearm = Assert.IsType<DecisionOutcome.RearmTimer>(fired.Outcome);
        Assert.Equal(("order-17/a#1", 20_000L), (rearm.TimerKey, DueInMs(run)));
        Assert.Empty(fired.Facts);
        run.Fire("a");
        Assert.Contains("heartbeat_timeout", run.Fact(EventTypes.ActionFailed).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_heartbeat_with_details_is_a_fact_and_hands_them_to_the_next_attempt()
    {
        var run = OneTask();
        run.Accepted(run.Answer("a", null) with { EventType = CommandTypes.ActionHeartbeat, Details = """{"at":7}""" });
        Assert.Equal([EventTypes.ActionStarted, EventTypes.ActionHeartbeat], run.Types.TakeLast(2));

        run.Fire("a");

        Assert.Equal((2, """{"at":7}"""), (run.Task("a").Attempt, run.Task("a").HeartbeatDetails));
    }

    [Fact]
    public void A_lost_worker_means_a_new_attempt_until_its_own_budget_is_spent()
    {
        var run = OneTask();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            run.Begin("a");
            var late = run.Answer("a", "\"late\"");
            run.Fire("a");
            Assert.Equal((attempt + 1, run.Tasks[0].Input, run.Tasks[0].TaskHash),
                (run.Task("a").Attempt, run.Task("a").Input, run.Task("a").TaskHash));
            Assert.Equal((TaskControl.Superseded, $"order-17/a#1/{attempt}"),
                (run.Controls[^1].Action, run.Controls[^1].TaskId));
            Assert.Equal(EventTypes.StaleResult, Assert.Single(run.Accepted(late).Facts).EventType);
        }
        run.Begin("a");
        run.Fire("a");

        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("heartbeat_timeout", run.Last.Error, StringComparison.Ordinal);
        Assert.Contains("\"attempt\":4", run.Last.Error, StringComparison.Ordinal);
        Assert.Equal(4, run.View().Steps[0].Attempts);
    }

    [Fact]
    public void An_attempt_timeout_counts_from_its_start_whatever_the_heartbeats()
    {
        var run = OneTask(new() { AttemptMs = 10_000 });
        Assert.Equal(RetentionDueMs, DueInMs(run));
        run.Begin("a");
        Assert.Equal(10_000, DueInMs(run));

        run.Fire("a");

        Assert.Contains("attempt_timeout", run.Last.Error, StringComparison.Ordinal);
        Assert.Equal(TaskControl.TimedOut, run.Controls.Single().Action);
    }

    [Fact]
    public void A_total_timeout_spans_attempts()
    {
        var run = OneTask(new() { TotalMs = 45_000 });
        run.Begin("a");
        run.Fire("a");
        run.Begin("a");
        Assert.Equal(15_000, DueInMs(run));

        run.Fire("a");

        Assert.Contains("longer than 45000 ms in all", run.Last.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_timer_counts_only_if_it_is_armed_and_due_at_its_append_time()
    {
        var run = OneTask(new() { QueueMs = 5_000 });
        var dueMs = run.Timers["order-17/a#1"].UnixMicros / 1000;
        var fired = TimerKeys.Fired("order-17/a#1", dueMs);

        Assert.IsType<DecisionOutcome.Ignored>(run.When(fired).Outcome);
        run.Clock = run.Clock.PlusMillis(60_000);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(TimerKeys.Fired("order-17/a#1", dueMs - 1)).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(fired with { TimerId = "order-17/b#1@1" }).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(fired with { TimerId = "nonsense", DueAt = null }).Outcome);
        Assert.IsType<DecisionOutcome.Accepted>(run.When(fired).Outcome);
    }

    [Fact]
    public void The_timer_of_an_answered_task_is_cleared_and_fires_in_vain()
    {
        var run = new TestRun(new Playbook().Task("a").Task("b").Edge("a", "b").Build()).Started();
        run.Begin("a");
        var due = run.Timers["order-17/a#1"];
        run.Complete("a");
        Assert.Equal(["order-17/b#1"], run.Timers.Keys);

        run.Clock = due;

        Assert.IsType<DecisionOutcome.Ignored>(run.When(TimerKeys.Fired("order-17/a#1", due.UnixMicros / 1000)).Outcome);
    }

    [Fact]
    public void An_execution_past_its_deadline_fails_and_cancels_what_is_live()
    {
        var run = new TestRun(new Playbook { DeadlineMs = 60_000 }.Task("a").Build()).Started();
        var key = TimerKeys.Deadline(TestRun.Id);
        Assert.Equal(EventTypes.TimerArmed, run.Facts[1].EventType);
        run.Clock = run.Timers[key];

        run.When(TimerKeys.Fired(key, run.Clock.UnixMicros / 1000));

        Assert.Equal([EventTypes.TimerFired, EventTypes.ExecutionClosing, EventTypes.StepCancelled, EventTypes.ExecutionFailed],
            run.Types.TakeLast(4));
        Assert.Contains("\"code\":\"deadline\"", run.Last.Error, StringComparison.Ordinal);
        Assert.Empty(run.Timers);
    }
}
