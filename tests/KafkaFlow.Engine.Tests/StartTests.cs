using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class StartTests
{
    private static Playbook OneTask(string workload = "{}") =>
        new Playbook(workload).Step("start").Task("work", """{"n":"{{ workload.n }}"}""").Edge("start", "work");

    [Fact]
    public void A_start_records_the_run_passes_through_start_and_hands_out_the_first_task()
    {
        var run = new TestRun(OneTask("""{"n":1}""").Build()).Started();

        Assert.Equal(
            [EventTypes.ExecutionStarted, EventTypes.StepStarted, EventTypes.StepCompleted, EventTypes.StepStarted],
            run.Types);
        var first = run.Facts[0];
        Assert.Equal(("tests/playbook", 3, "hash-1", """{"n":1}"""),
            (first.PlaybookPath, first.PlaybookVersion, first.ContentHash, first.Context));
        var task = Assert.Single(run.Tasks);
        Assert.Equal(("order-17/work#1/1", """{"args":{"n":1}}""", "kafkaflow.commands", 2),
            (task.TaskId, task.Input, task.ReplyTopic, task.ReplyPartition));
        Assert.Equal("order-17/4", task.ParentEventId);
    }

    [Fact]
    public void A_trivial_task_costs_two_facts()
    {
        var playbook = new Playbook().Task("a").Task("b").Edge("a", "b").Build();
        var run = new TestRun(playbook).Started();

        var decision = run.Complete("a");

        Assert.Equal([EventTypes.StepCompleted, EventTypes.StepStarted], decision.Facts.Select(fact => fact.EventType));
    }

    [Fact]
    public void The_payload_is_merged_deeply_and_replaces_lists()
    {
        var playbook = OneTask("""{"n":1,"deep":{"a":1,"list":[1,2,3],"keep":true},"last":0}""").Build();

        var run = new TestRun(playbook).Started("""{"deep":{"a":2,"list":[9],"new":{"x":null}},"more":5}""");

        Assert.Equal(
            """{"n":1,"deep":{"a":2,"list":[9],"keep":true,"new":{"x":null}},"last":0,"more":5}""",
            run.Facts[0].Context);
    }

    [Fact]
    public void Templates_of_the_workload_are_rendered_once_and_those_of_a_payload_are_data()
    {
        var playbook = OneTask("""{"n":1,"name":"run {{ execution_id }}","user":"?"}""").Build();

        var run = new TestRun(playbook).Started("""{"user":"{{ execution_id }}"}""");

        Assert.Equal("""{"n":1,"name":"run order-17","user":"{{ execution_id }}"}""", run.Facts[0].Context);
    }

    [Fact]
    public void Now_is_the_time_of_the_decision_in_the_workload_and_in_a_task()
    {
        var playbook = new Playbook("""{"at":"{{ now() }}"}""").Task("work", """{"at":"{{ now() }}"}""").Build();

        var run = new TestRun(playbook).Started();

        var at = run.Facts[0].CreatedAt.ToString();
        Assert.Equal($$"""{"at":"{{at}}"}""", run.Facts[0].Context);
        Assert.Equal($$$"""{"args":{"at":"{{{at}}}"}}""", Assert.Single(run.Tasks).Input);
    }

    [Fact]
    public void A_template_of_the_workload_that_fails_fails_the_run_and_names_the_key()
    {
        var run = new TestRun(OneTask("""{"n":"{{ workload.absent.x }}"}""").Build()).Started();

        Assert.Equal([EventTypes.ExecutionStarted, EventTypes.ExecutionClosing, EventTypes.ExecutionFailed], run.Types);
        Assert.Contains("workload.n", run.Last.Error, StringComparison.Ordinal);
        Assert.Empty(run.Tasks);
    }

    [Fact]
    public void The_same_start_again_is_one_run_whatever_the_order_and_spelling_of_its_payload()
    {
        var run = new TestRun(OneTask("""{"n":1}""").Build()).Started("""{"n":10,"m":{"a":1,"b":[1.50]}}""");

        var again = run.When(TestRun.StartCommand("""{ "m": {"b":[15e-1], "a":1.0}, "n":1e1 }"""));

        Assert.IsType<DecisionOutcome.Ignored>(again.Outcome);
        Assert.Equal(4, run.Facts.Count);
    }

    [Theory]
    [InlineData("""{"n":2}""", "3")]
    [InlineData("""{"n":1}""", "4")]
    [InlineData(null, "3")]
    [InlineData("""{"n":"1"}""", "3")]
    [InlineData("""{"n":1.0000000000000000000000000000001}""", "3")]
    public void Another_request_under_the_same_id_is_a_conflict(string? payload, string version)
    {
        var run = new TestRun(OneTask("""{"n":1}""").Build()).Started("""{"n":1}""");

        var other = run.When(TestRun.StartCommand(payload, version));

        Assert.Equal(DlqCodes.Conflict, Assert.IsType<DecisionOutcome.DeadLetter>(other.Outcome).Code);
        Assert.Empty(other.Facts);
    }

    [Fact]
    public void A_resolved_start_is_known_by_what_was_asked_for()
    {
        var asked = TestRun.StartCommand("""{"n":7}""") with { PlaybookVersion = "latest", ContentHash = null };
        var resolved = TestRun.StartCommand("""{"n":7}""") with
        {
            EventType = CommandTypes.StartResolved,
            StartHash = StartRequest.HashOf(asked),
            OriginPartition = 0,
            OriginOffset = 1,
        };
        var run = new TestRun(OneTask("""{"n":1}""").Build());
        run.Accepted(resolved);

        Assert.IsType<DecisionOutcome.Ignored>(run.When(asked).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(resolved with { PlaybookVersion = "4" }).Outcome);
        Assert.IsType<DecisionOutcome.DeadLetter>(run.When(TestRun.StartCommand("""{"n":7}""")).Outcome);
    }

    [Fact]
    public void A_start_whose_playbook_is_not_found_is_a_dead_letter_and_begins_nothing()
    {
        var run = new TestRun(OneTask().Build());

        var decision = run.When(TestRun.StartCommand() with
        {
            EventType = CommandTypes.StartResolved,
            PlaybookVersion = null,
            ContentHash = null,
            NotFound = true,
        });

        Assert.Equal(DlqCodes.UnknownPlaybook, Assert.IsType<DecisionOutcome.DeadLetter>(decision.Outcome).Code);
        Assert.Null(run.State);
    }

    [Fact]
    public void A_payload_that_is_no_object_is_a_dead_letter()
    {
        var run = new TestRun(OneTask().Build());

        var decision = run.When(TestRun.StartCommand("[1]"));

        Assert.Equal(DlqCodes.WrongType, Assert.IsType<DecisionOutcome.DeadLetter>(decision.Outcome).Code);
    }

    [Fact]
    public void A_command_for_an_unknown_execution_is_held_but_an_echo_of_the_engine_is_not()
    {
        var run = new TestRun(OneTask().Build());
        var cancel = new Command { EventType = CommandTypes.CancelRequested, ExecutionId = TestRun.Id };

        Assert.IsType<DecisionOutcome.Hold>(run.When(cancel).Outcome);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(TimerKeys.Fired("order-17/work#1", 5)).Outcome);
    }

    [Fact]
    public void A_finished_execution_keeps_enough_to_tell_late_commands_apart()
    {
        var run = new TestRun(OneTask("""{"n":1}""").Build()).Started("""{"n":5}""");
        run.Complete("work", "1");
        var late = run.Answer("work", "2");

        Assert.True(run.State!.IsFinished);
        Assert.Single(StateCodec.Changes(null, run.State));
        Assert.Equal(DlqCodes.FinishedExecution,
            Assert.IsType<DecisionOutcome.DeadLetter>(run.When(late).Outcome).Code);
        Assert.IsType<DecisionOutcome.Ignored>(run.When(TestRun.StartCommand("""{"n":5.0}""")).Outcome);
        Assert.Equal(DlqCodes.Conflict,
            Assert.IsType<DecisionOutcome.DeadLetter>(run.When(TestRun.StartCommand()).Outcome).Code);
    }
}
