using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class RoutingTests
{
    private static TestRun Fork(NextMode mode, string result, params (string To, string? When, bool Else)[] edges)
    {
        var playbook = new Playbook().Task("ask", mode: mode);
        foreach (var (to, _, _) in edges) playbook.Task(to);
        foreach (var (to, when, otherwise) in edges) playbook.Edge("ask", to, when, otherwise);
        var run = new TestRun(playbook.Build()).Started();
        run.Complete("ask", result);
        return run;
    }

    private static string[] Started(TestRun run) => [.. run.Tasks.Skip(1).Select(task => task.Step)];

    [Fact]
    public void All_true_edges_and_those_without_condition_are_taken_and_the_others_are_dead()
    {
        var run = Fork(NextMode.All, """{"n":5}""",
            ("big", "{{ result.n > 3 }}", false), ("small", "{{ result.n < 3 }}", false), ("always", null, false));

        Assert.Equal(["big", "always"], Started(run));
        Assert.Equal("SKIPPED", run.Outcomes()["small"]);
        Assert.Contains("\"reason\":\"dead_path\"", run.Fact(EventTypes.StepSkipped).Meta, StringComparison.Ordinal);
        Assert.Equal(
            """{"edges":{"taken":[{"edge":0,"to":"big"},{"edge":2,"to":"always"}],"dead":[{"edge":1,"to":"small"}]}}""",
            run.Fact(EventTypes.StepCompleted).Meta);
    }

    [Theory]
    [InlineData("""{"n":5}""", "big")]
    [InlineData("""{"n":1}""", "other")]
    public void Else_is_taken_when_no_condition_is_true(string result, string expected)
    {
        var run = Fork(NextMode.All, result, ("big", "{{ result.n > 3 }}", false), ("other", null, true));

        Assert.Equal([expected], Started(run));
    }

    [Fact]
    public void First_takes_the_first_true_edge_only()
    {
        var run = Fork(NextMode.First, """{"n":5}""",
            ("other", null, true), ("huge", "{{ result.n > 9 }}", false), ("big", "{{ result.n > 3 }}", false),
            ("some", "{{ result.n > 1 }}", false));

        Assert.Equal(["big"], Started(run));
        Assert.Equal(["huge", "other", "some"],
            run.Outcomes().Where(outcome => outcome.Value == "SKIPPED").Select(outcome => outcome.Key).Order());
    }

    [Fact]
    public void A_path_may_end_where_no_edge_is_true()
    {
        var run = Fork(NextMode.All, """{"n":1}""", ("big", "{{ result.n > 3 }}", false));

        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        Assert.Equal("""{"n":1}""", run.Last.Result);
    }

    [Theory]
    [InlineData("result.absent > 3")]
    [InlineData("{{ result.n > 'three' }}")]
    public void A_condition_that_cannot_be_evaluated_fails_the_step_and_keeps_what_it_returned(string condition)
    {
        var run = Fork(NextMode.All, """{"n":1}""", ("big", condition, false), ("other", null, true));

        var failed = run.Fact(EventTypes.StepFailed);
        Assert.Equal("""{"n":1}""", failed.Result);
        Assert.Contains("edge to 'big'", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(EventTypes.StepCompleted, run.Types);
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
    }

    [Fact]
    public void Edge_args_lie_under_the_steps_own_args_and_merge_in_document_order()
    {
        var playbook = new Playbook().Step("start").Task("a").Task("b")
            .Task("join", """{"own":"{{ result.v }}","shared":"step"}""")
            .Edge("start", "a").Edge("start", "b")
            .Edge("a", "join", args: """{"from":"{{ result.v }}","x":"a","shared":"a"}""")
            .Edge("b", "join", args: """{"from":"{{ b.v }}","y":"{{ execution_id }}"}""").Build();
        foreach (var order in new[] { new[] { "a", "b" }, ["b", "a"] })
        {
            var run = new TestRun(playbook).Started();
            foreach (var step in order) run.Complete(step, $$"""{"v":"of {{step}}"}""");

            Assert.Equal(
                """{"args":{"from":"of b","x":"a","shared":"step","y":"order-17","own":"of b"}}""",
                run.Task("join").Input);
            var completedB = run.Fact(EventTypes.StepCompleted, "b");
            Assert.Equal(completedB.EventId, run.Fact(EventTypes.StepStarted, "join").ParentEventId);
        }
    }

    [Fact]
    public void A_step_sees_its_ancestors_only()
    {
        var playbook = new Playbook().Step("start").Task("a").Task("b").Task("after_a", """{"other":"{{ b }}"}""")
            .Edge("start", "a").Edge("start", "b").Edge("a", "after_a").Build();
        var run = new TestRun(playbook).Started();
        run.Complete("b", "1");

        run.Complete("a", "2");

        Assert.Equal("FAILED", run.Outcomes()["after_a"]);
        Assert.Contains("after_a", run.Last.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_comes_within_the_same_decision_is_seen_by_what_follows_it()
    {
        // join stands before late, so it starts first and asks for a value that is not there yet.
        var playbook = new Playbook().Task("ask").Step("first")
            .Step("join", "python", with: (node, _) => node with { Join = JoinRule.Any, Binds = ["late"] })
            .Step("late").Task("after", """{"late":"{{ late }}"}""")
            .Edge("ask", "first").Edge("ask", "late").Edge("first", "join").Edge("late", "join").Edge("late", "after");
        var run = new TestRun(playbook.Build()).Started();

        run.Complete("ask", "7");

        Assert.Equal("""{"args":{}}""", run.Task("join").Input);
        Assert.Equal("""{"args":{"late":7}}""", run.Task("after").Input);
    }

    [Fact]
    public void A_router_hands_the_value_on()
    {
        var playbook = new Playbook().Task("ask").Step("route").Task("next", """{"v":"{{ result.v }}","r":"{{ route.v }}"}""")
            .Edge("ask", "route").Edge("route", "next", when: "{{ result.v == 4 }}").Build();
        var run = new TestRun(playbook).Started();

        run.Complete("ask", """{"v":4}""");

        Assert.Equal("""{"args":{"v":4,"r":4}}""", run.Task("next").Input);
        Assert.Null(run.Fact(EventTypes.StepCompleted, "route").Result);
    }

    [Fact]
    public void Names_a_tool_binds_come_from_the_scope_unless_args_give_them()
    {
        var playbook = new Playbook("""{"city":"Oslo","n":1}""").Task("a")
            .Step("b", "python", """{"n":2}""", """{"code":"def main(n, city, a, context): pass"}""",
                (node, _) => node with { Binds = ["n", "city", "a", "absent", "context"] })
            .Edge("a", "b").Build();
        var run = new TestRun(playbook).Started();

        run.Complete("a", "[1]");

        Assert.Equal("""
            {"args":{"n":2},"code":"def main(n, city, a, context): pass","scope":{"city":"Oslo","a":[1],"context":{"execution_id":"order-17","workload":{"city":"Oslo","n":1},"city":"Oslo","n":1,"a":[1],"result":[1]}}}
            """.Trim(), run.Task("b").Input);
    }

    [Fact]
    public void The_result_is_that_of_end_or_of_what_reached_it_or_of_the_paths_that_ended()
    {
        var withTool = new Playbook().Task("a").Task("end").Edge("a", "end").Build();
        var without = new Playbook().Step("start").Task("a").Task("b").Step("end")
            .Edge("start", "a").Edge("start", "b").Edge("a", "end").Edge("b", "end").Build();
        var noEnd = new Playbook().Step("start").Task("a").Task("b").Task("c")
            .Edge("start", "a").Edge("start", "b").Edge("b", "c").Build();

        Assert.Equal("\"end\"", Finish(withTool));
        Assert.Equal("""{"a":"a","b":"b"}""", Finish(without));
        Assert.Equal("""{"a":"a","c":"c"}""", Finish(noEnd));

        static string? Finish(PlaybookGraph graph)
        {
            var run = new TestRun(graph).Started();
            for (var i = 0; i < run.Tasks.Count; i++) run.Complete(run.Tasks[i].Step, $"\"{run.Tasks[i].Step}\"");
            return run.Last.Result;
        }
    }

    [Fact]
    public void A_save_to_the_event_log_is_rendered_into_the_completion()
    {
        var playbook = new Playbook().Task("a").Step("end", with: (node, tree) => node with
        {
            Save = tree("""{"tool":"event_log","args":{"status":"ok","message":"{{ a.data.message }}"}}"""),
        }).Edge("a", "end").Build();
        var run = new TestRun(playbook).Started();

        run.Complete("a", """{"data":{"message":"hi"}}""");

        Assert.Contains("""
            "save":{"status":"ok","message":"hi"}
            """.Trim(), run.Fact(EventTypes.StepCompleted, "end").Meta, StringComparison.Ordinal);
    }
}
