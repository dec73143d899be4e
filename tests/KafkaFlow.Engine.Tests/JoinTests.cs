using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class JoinTests
{
    /// <summary>start fans out to a, b, c; all three lead to join.</summary>
    private static Playbook Three(JoinRule rule, OnFailure onFailure = OnFailure.FailFast, string? when = null) =>
        new Playbook { OnFailure = onFailure }
            .Step("start").Task("a").Task("b").Task("c").Task("join", join: rule).Step("after")
            .Edge("start", "a").Edge("start", "b").Edge("start", "c")
            .Edge("a", "join", when).Edge("b", "join", when).Edge("c", "join", when).Edge("join", "after");

    [Fact]
    public void All_waits_for_every_edge_and_starts_once()
    {
        var run = new TestRun(Three(JoinRule.All).Build()).Started();
        run.Complete("c");
        run.Complete("a");
        Assert.DoesNotContain(run.Tasks, task => task.Step == "join");

        run.Complete("b");

        Assert.Single(run.Tasks, task => task.Step == "join");
    }

    [Fact]
    public void All_starts_with_the_edges_that_live_and_is_skipped_when_all_are_dead()
    {
        var run = new TestRun(Three(JoinRule.All, when: "{{ result.go }}").Build()).Started();
        run.Complete("a", """{"go":false}""");
        run.Complete("b", """{"go":true}""");
        run.Complete("c", """{"go":false}""");
        Assert.Single(run.Tasks, task => task.Step == "join");

        var dead = new TestRun(Three(JoinRule.All, when: "{{ result.go }}").Build()).Started();
        foreach (var step in new[] { "a", "b", "c" }) dead.Complete(step, """{"go":false}""");
        Assert.Equal(("SKIPPED", "SKIPPED"), (dead.Outcomes()["join"], dead.Outcomes()["after"]));
        Assert.Equal(EventTypes.ExecutionCompleted, dead.Last.EventType);
    }

    [Fact]
    public void Any_starts_on_the_first_edge_and_absorbs_the_others()
    {
        var run = new TestRun(Three(JoinRule.Any).Build()).Started();
        run.Complete("b");
        Assert.Single(run.Tasks, task => task.Step == "join");
        run.Complete("a");
        run.Complete("c");
        run.Complete("join");

        Assert.Equal(2, run.Types.Count(type => type == EventTypes.EdgeAbsorbed));
        Assert.Single(run.Tasks, task => task.Step == "join");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void N_of_starts_on_the_nth_edge_with_the_args_of_those_taken_by_then()
    {
        var playbook = new Playbook().Step("start").Task("a").Task("b").Task("c")
            .Task("join", join: JoinRule.NOf(2))
            .Edge("start", "a").Edge("start", "b").Edge("start", "c")
            .Edge("a", "join", args: """{"a":1,"x":"a"}""").Edge("b", "join", args: """{"b":1,"x":"b"}""")
            .Edge("c", "join", args: """{"c":1,"x":"c"}""").Build();
        var run = new TestRun(playbook).Started();
        run.Complete("c");
        Assert.DoesNotContain(run.Tasks, task => task.Step == "join");
        run.Complete("a");

        Assert.Equal("""{"args":{"a":1,"x":"c","c":1}}""", run.Task("join").Input);
    }

    [Fact]
    public void N_of_is_skipped_as_soon_as_it_cannot_be_reached_and_absorbs_what_comes_later()
    {
        var run = new TestRun(Three(JoinRule.NOf(2), when: "{{ result.go }}").Build()).Started();
        run.Complete("a", """{"go":false}""");
        run.Complete("b", """{"go":false}""");
        Assert.Equal("SKIPPED", run.Outcomes()["join"]);

        run.Complete("c", """{"go":true}""");

        Assert.Equal("join", run.Fact(EventTypes.EdgeAbsorbed).NodeName);
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
    }

    [Fact]
    public void A_failed_edge_keeps_the_join_from_starting_and_is_passed_on()
    {
        var run = new TestRun(Three(JoinRule.All, OnFailure.Drain).Build()).Started();
        run.Fail("a");
        run.Complete("b");
        Assert.False(run.State!.IsFinished);

        run.Complete("c");

        Assert.Equal(("SKIPPED", "SKIPPED"), (run.Outcomes()["join"], run.Outcomes()["after"]));
        Assert.All(run.Facts.Where(fact => fact.EventType == EventTypes.StepSkipped),
            fact => Assert.Contains("upstream_failed", fact.Meta, StringComparison.Ordinal));
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }

    [Fact]
    public void A_step_that_cannot_be_reached_never_counts()
    {
        var playbook = new Playbook().Step("start").Task("a").Task("island").Task("join")
            .Edge("start", "a").Edge("a", "join").Edge("island", "join").Build();
        var run = new TestRun(playbook).Started();
        run.Complete("a");
        run.Complete("join");

        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.DoesNotContain("island", run.Outcomes().Keys);
    }
}
