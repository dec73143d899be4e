using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Faults that other engines had, as the property that rules each out. The number says where it stands in the list:
/// N = noetl, A = agentic-orchestrator.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceFaultTests
{
    private static IEnumerable<int[]> Orders(int count) => count == 0 ? [[]] : Orders(count - 1)
        .SelectMany(rest => Enumerable.Range(0, count).Select(at => (int[])[.. rest.Take(at), count - 1, .. rest.Skip(at)]));

    // N B3, B9: every step of a chain runs, and runs once.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Every_step_of_a_chain_is_handed_out_exactly_once(int length)
    {
        var run = YamlRun.Of(string.Join('\n', Enumerable.Range(0, length).Select(i => $"- {{step: s{i}, tool: echo, next: {(i + 1 < length ? $"s{i + 1}" : "end")}}}"))).Started();
        for (var i = 0; i < length; i++) run.Done($"s{i}#1", i.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(0, length).Select(i => $"s{i}#1"), run.Tasks.Select(task => task.Activation));
        Assert.Equal((EventTypes.ExecutionCompleted, (length - 1).ToString(CultureInfo.InvariantCulture)), (run.Last.EventType, run.Last.Result));
        Assert.Equal(run.Tasks.Count, run.Types.Count(type => type == EventTypes.StepStarted) - 1);
    }

    // N B16, A 1, A 4, A 6: a join fires once, after all, in every order of answers, each delivered twice.
    [Fact]
    public void A_join_fires_exactly_once_and_sees_all_branches_in_every_order_of_answers()
    {
        foreach (var order in Orders(4))
        {
            var run = YamlRun.Of("""
                - step: start
                  next: [b0, b1, b2]
                - {step: b0, tool: echo, next: {step: d, args: {b0: "{{ result }}"}}}
                - {step: b1, tool: echo, next: {step: d, args: {b1: "{{ result }}"}}}
                - {step: b2, tool: echo, next: b3}
                - {step: b3, tool: echo, next: {step: d, args: {b3: "{{ result }}"}}}
                - {step: d, tool: echo}
                """).Started();
            foreach (var branch in order.Where(one => one < 3).Concat([3]))
            {
                var answer = run.AnswerOf($"b{branch}#1", $"{branch}");
                run.Accepted(answer);
                Assert.Empty(run.When(answer).Facts);
                Assert.Equal(branch == 3, run.Tasks.Any(task => task.Step == "d"));
            }
            Assert.Equal("""{"b0":0,"b1":1,"b3":3}""", run.Tasks.Single(task => task.Step == "d").Input()["args"]!.ToJsonString());
            run.Done("d#1");
            Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        }
    }

    // A 2: an untaken arm above a join, nested.
    [Theory]
    [InlineData("x", "x,j,k")]
    [InlineData("y", "y,k")]
    [InlineData("none", "")]
    public void A_branch_that_is_not_taken_never_hangs_the_joins_behind_it(string arm, string ran)
    {
        var run = YamlRun.Of("""
            - step: pick
              tool: echo
              next:
              - {when: "{{ result == 'x' }}", step: x}
              - {when: "{{ result == 'y' }}", step: y}
            - {step: x, tool: transform, value: 1, next: [j, deep]}
            - {step: deep, next_mode: first, next: [{when: 'false', step: never}]}
            - {step: never, tool: echo, next: j}
            - {step: j, tool: transform, value: 2, next: k}
            - {step: y, tool: transform, value: 3, next: k}
            - {step: k, tool: transform, value: 4}
            """).Started().Done("pick#1", $"\"{arm}\"");
        Assert.Equal(EventTypes.ExecutionCompleted, run.Last.EventType);
        var outcomes = run.Outcomes();
        Assert.Equal(ran, string.Join(',', new[] { "x", "y", "j", "k" }.Where(step => outcomes[step] == EventStatus.Completed)));
        Assert.Equal(EventStatus.Skipped, outcomes["never"]);
        Assert.Equal(8 - 1, outcomes.Count);
    }

    // N B18: a tool on start runs; the first condition counts; routers follow routers.
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_first_step_is_a_step_like_any_other_and_routers_follow_routers(int depth)
    {
        var routers = string.Join('\n', Enumerable.Range(0, depth).Select(i =>
            $"- {{step: r{i}, tool: router, next: [{{when: \"{{{{ start.n > {i} }}}}\", step: {(i + 1 < depth ? $"r{i + 1}" : "done")}}}, {{when: \"{{{{ start.n <= {i} }}}}\", step: low}}]}}"));
        var flow = $"- {{step: start, tool: echo, next: [{{when: \"{{{{ result.n != 0 }}}}\", step: r0}}]}}\n{routers}\n- {{step: done, tool: echo}}\n- {{step: low, tool: echo}}";
        Assert.Equal("done#1", YamlRun.Of(flow).Started().Done("start#1", """{"n":9}""").Tasks[^1].Activation);
        var low = depth == 1 ? -1 : depth - 1;
        Assert.Equal("low#1", YamlRun.Of(flow).Started().Done("start#1", $$"""{"n":{{low}}}""").Tasks[^1].Activation);
        Assert.Equal(EventTypes.ExecutionCompleted, YamlRun.Of(flow).Started().Done("start#1", """{"n":0}""").Last.EventType);
    }

    // N B24: any JSON is a result; one outcome per attempt.
    [Theory]
    [InlineData("5")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData("[1,[2],{}]")]
    [InlineData("false")]
    public void Any_json_value_is_a_result(string json)
    {
        var run = YamlRun.Of("- {step: a, tool: echo, next: b}\n- {step: b, tool: echo, args: {x: \"{{ a }}\"}}").Started().Done("a#1", json);
        Assert.Equal(json, run.FactOf(EventTypes.StepCompleted, "a#1").Result);
        Assert.Equal(json, run.TaskOf("b#1").Input()["args"]!["x"]?.ToJsonString() ?? "null");
        Assert.DoesNotContain(EventTypes.ActionFailed, run.Types);
    }

    // N B22, A 13: what is not there is no condition that holds; it fails the step, and says where.
    [Theory]
    [InlineData("{{ result.gone > 1 }}")]
    [InlineData("{{ result.gone != 1 }}")]
    [InlineData("{{ 1 / result.zero == 1 }}")]
    public void A_condition_that_cannot_be_evaluated_fails_the_step_visibly(string when)
    {
        var run = YamlRun.Of($"- {{step: a, tool: echo, next: [{{when: \"{when}\", step: b}}]}}\n- {{step: b, tool: echo}}").Started()
            .Done("a#1", """{"zero":0}""");
        Assert.Equal(EventTypes.ExecutionFailed, run.Last.EventType);
        Assert.Contains("edge to 'b'", run.FactOf(EventTypes.StepFailed, "a#1").ErrorOf().Message, StringComparison.Ordinal);
        Assert.Single(run.Tasks);
    }

    // N B22: typed truth.
    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("false")]
    public void Empty_values_are_not_true(string json) => Assert.Equal(EventTypes.ExecutionCompleted, YamlRun.Of(
        "- {step: a, tool: echo, next: [{when: \"{{ result.v }}\", step: b}]}\n- {step: b, tool: echo}").Started()
        .Done("a#1", $$"""{"v":{{json}}}""").Last.EventType);

    // N B10, B35: one merged workload for every hop, condition, args and save.
    [Fact]
    public void What_a_start_overrides_is_seen_everywhere_and_the_same()
    {
        const string Use = "args: {t: \"{{ workload.table }}\"}\n  save: {storage: event, args: {t: \"{{ workload.table }}\"}}";
        var run = YamlRun.Of(string.Join('\n', Enumerable.Range(0, 5).Select(i =>
                $"- step: s{i}\n  tool: echo\n  {Use}\n  next: [{{when: \"{{{{ workload.table == 'mine' }}}}\", step: {(i < 4 ? $"s{i + 1}" : "end")}, args: {{e: \"{{{{ workload.table }}}}\"}}}}]")),
            "workload: {table: theirs, deep: {x: 1, y: 2}}").Started("""{"table":"mine"}""");
        for (var i = 0; i < 5; i++) run.Done($"s{i}#1");
        Assert.Equal(5, run.Tasks.Count);
        Assert.All(run.Tasks, task => Assert.Equal("mine", (string)task.Input()["args"]!["t"]!));
        Assert.All(run.Tasks.Skip(1), task => Assert.Equal("mine", (string)task.Input()["args"]!["e"]!));
        Assert.All(run.Facts.Where(fact => fact.EventType == EventTypes.StepCompleted && fact.NodeName!.StartsWith('s')),
            fact => Assert.Equal("""{"t":"mine"}""", fact.Meta()["save"]!.ToJsonString()));
    }

    // N B17, A 12: no rule, no default: an explicit end, not a wait.
    [Fact]
    public void Where_no_edge_is_taken_the_path_ends_and_so_does_the_run()
    {
        var run = YamlRun.Of("- {step: a, tool: echo, next: [{when: 'false', step: b}]}\n- {step: b, tool: echo, next: c}\n- {step: c, tool: echo}").Started().Done("a#1", "7");
        Assert.Equal((EventTypes.ExecutionCompleted, "7"), (run.Last.EventType, run.Last.Result));
        Assert.Equal(["b", "c"], run.Facts.Where(fact => fact.EventType == EventTypes.StepSkipped).Select(fact => fact.NodeName));
    }

    // N B28, A 24: one status.
    [Fact]
    public void A_run_shows_running_until_its_last_step_has_ended()
    {
        var run = YamlRun.Of("- {step: a, tool: echo, next: b}\n- {step: b, tool: echo}").Started();
        Assert.Equal(("RUNNING", null), (run.View().Status, run.View().EndedAt));
        run.Done("a#1");
        Assert.Equal("RUNNING", run.View().Status);
        run.Done("b#1");
        Assert.Equal(("COMPLETED", ExecutionStatus.Completed), (run.View().Status, run.State!.Status));
        Assert.NotNull(run.View().EndedAt);
    }

    // A 14: what a template misses fails the step with the path.
    [Fact]
    public void A_template_that_misses_something_fails_the_step_and_hands_nothing_out()
    {
        var run = YamlRun.Of("- {step: a, tool: echo, next: b}\n- {step: b, tool: echo, args: {x: {y: [\"{{ a.here.gone.deep }}\"]}}}").Started()
            .Done("a#1", """{"here":{}}""");
        var (_, message) = run.FactOf(EventTypes.StepFailed, "b#1").ErrorOf();
        Assert.Contains("gone", message, StringComparison.Ordinal);
        Assert.Contains("line", message, StringComparison.Ordinal);
        Assert.Single(run.Tasks);
    }

    // A 27: a live run never expires.
    [Fact]
    public void A_run_that_has_waited_for_years_goes_on()
    {
        var run = YamlRun.Of("- {step: a, approval: true, next: b}\n- {step: b, tool: echo}").Started();
        run.Later(10L * 365 * 24 * 3600 * 1000).Decided("a#1", "approve").Done("b#1", "1");
        Assert.Equal((EventTypes.ExecutionCompleted, "1"), (run.Last.EventType, run.Last.Result));
    }

    // N B15, A 6: whatever a worker sends for whatever it can name, no answer breaks a run.
    [Theory]
    [InlineData("tool: iterator\n  collection: [1]\n  task: {tool: echo}")]
    [InlineData("tool: echo\n  while: {condition: 'true'}")]
    [InlineData("wait: 1h")]
    [InlineData("approval: true")]
    [InlineData("tool: playbook\n  path: t/u")]
    [InlineData("tool: echo\n  retry: {initial_delay: 1h}")]
    public void An_answer_to_what_no_worker_has_is_stale_or_ignored(string kind)
    {
        var run = YamlRun.Of($"- step: s\n  {kind}").Started();
        if (kind.Contains("retry", StringComparison.Ordinal)) run.Broken("s#1");
        var live = run.State!.Live;
        foreach (var type in new[] { CommandTypes.ActionStarted, CommandTypes.ActionHeartbeat, CommandTypes.ActionCompleted, CommandTypes.ActionFailed })
            foreach (var (attempt, hash) in new[] { (1, "x"), (1, (string?)null), (7, "x") })
            {
                run.When(new()
                {
                    EventType = type, ExecutionId = TestRun.Id, TaskId = TaskRecord.IdOf(TestRun.Id, "s#1", attempt), Activation = "s#1", Attempt = attempt,
                    TaskHash = hash, WorkerId = "w1", Result = "1", Error = """{"code":"x","message":"m"}""",
                });
                Assert.Equal((live, ExecutionStatus.Running), (run.State.Live, run.State.Status));
            }
        Assert.DoesNotContain(run.Facts, fact => fact.EventType is EventTypes.StepCompleted or EventTypes.StepFailed);
    }

    // N B30: a start is one decision.
    [Fact]
    public void A_start_is_accepted_whole_or_not_at_all()
    {
        var run = YamlRun.Of("- {step: a, tool: echo}");
        var decision = run.Accepted(TestRun.StartCommand());
        Assert.Equal([EventTypes.ExecutionStarted, EventTypes.StepStarted], decision.Facts.Select(fact => fact.EventType));
        Assert.All(decision.Facts, fact => Assert.Equal((2, 100L), (fact.Parts, fact.CauseOffset)));
        Assert.NotNull(JsonNode.Parse(run.Tasks.Single().Input!));
    }
}
