using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>What people change about a run under way, in every state of the step and of the run: docs/semantics.md
/// section 11. agentic-orchestrator 18.</summary>
[Trait("tier", "fast")]
public sealed class LiveChangeTests
{
    private const string Done = "done";
    private const string Held = "kept for the resume";
    private static readonly string[] Operations = ["skip", "rerun", "set", "pause", "resume", "patch"];

    /// <summary>While the run is running: what each operation gives, done or the reason why not.</summary>
    private const string WhileRunning = """
        not started       | step s has not started | step s has not started
        scheduled         | done                   | step s is live
        running           | done                   | step s is live
        backing off       | done                   | step s is live
        waiting           | done                   | step s is live
        waiting, child    | done                   | step s is live
        looping           | done                   | step s is live
        iterating         | done                   | step s is live
        completed         | step s has ended       | done
        before a live one | step s has ended       | step after is live
        failed, caught    | step s has ended       | done
        skipped           | step s has ended       | step s was skipped
        """;

    public static TheoryData<string, string, string, string> Table()
    {
        var table = new TheoryData<string, string, string, string>();
        foreach (var line in WhileRunning.Split('\n', StringSplitOptions.TrimEntries))
        {
            var (state, skip, rerun) = line.Split('|', StringSplitOptions.TrimEntries) is [var a, var b, var c] ? (a, b, c) : ("", "", "");
            foreach (var operation in Operations)
            {
                table.Add(state, "running", operation, operation switch
                {
                    "skip" => skip, "rerun" => rerun, "resume" => "the execution is neither parked nor paused", _ => Done,
                });
                table.Add(state, "paused", operation, operation switch
                {
                    "skip" => skip, "rerun" => "the execution is paused", "pause" => "the execution is paused already", _ => Done,
                });
                table.Add(state, "parked", operation, operation == "resume" ? Done : Held);
                table.Add(state, "closing", operation,
                    operation == "resume" ? "the execution is neither parked nor paused" : "the execution is closing");
            }
        }
        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_operation_does_what_the_table_says(string state, string status, string operation, string expected)
    {
        var run = In(state);
        if (status == "paused") run.Pause();
        if (status == "parked") run.Broken("keep#1", "locked");
        if (status == "closing") run.Broken("keep#1");
        Assert.Equal(status, run.State!.Status.ToString().ToLowerInvariant());
        var before = run.Facts.Count;
        var live = run.State.CurrentOf("s") is { IsLive: true };
        var decision = run.When(Command(operation));
        if (expected == Held)
        {
            Assert.True(Assert.IsType<DecisionOutcome.Hold>(decision.Outcome).Parked);
            return;
        }
        if (expected != Done)
        {
            Assert.Equal(expected, run.Refusal());
            Assert.Equal((before + 1, live), (run.Facts.Count, run.State.CurrentOf("s") is { IsLive: true }));
            return;
        }
        var asked = run.Facts.Skip(before).First(fact => fact.Meta is not null && (string?)fact.Meta()["actor"] == "ana");
        Check(run, operation, before, status);
        if (operation != "skip") Assert.Equal("because", (string)asked.Meta()["reason"]!);
    }

    private static Command Command(string operation) => operation switch
    {
        "skip" => Acts.Asked(CommandTypes.SkipRequested) with { Step = "s" },
        "rerun" => Acts.Asked(CommandTypes.RerunRequested) with { Step = "s" },
        "set" => Acts.Asked(CommandTypes.VariableSetRequested) with { Name = "x", Value = "5" },
        "pause" => Acts.Asked(CommandTypes.PauseRequested),
        "resume" => Acts.Asked(CommandTypes.ResumeRequested),
        _ => Acts.Asked(CommandTypes.PatchRequested) with
        {
            ExpectedVersion = 1, Patch = """[{"op": "add", "path": "/workflow/after/args", "value": {"v": "{{ vars.x }}"}}]""",
        },
    };

    private static void Check(TestRun run, string operation, int before, string status)
    {
        var state = run.State!;
        switch (operation)
        {
            case "skip":
                var end = run.FactOf(EventTypes.StepCompleted, "s#1");
                Assert.Equal(("null", "operator", "ana"), (end.Result, (string)end.Meta()["reason"]!, (string)end.Meta()["actor"]!));
                Assert.Equal(status == "running", state.Activations.ContainsKey("after#1"));
                Assert.DoesNotContain(state.Activations.Values, visit => visit.Step == "s" && visit.IsLive);
                Assert.DoesNotContain(run.Timers.Keys, key => key.Contains("/s#1", StringComparison.Ordinal));
                break;
            case "rerun":
                Assert.Contains("step_rerun", run.Since(before));
                Assert.Equal(("s#2", null, null), (state.Steps["s"].Current, state.VisitsOf("after").Current, state.VisitsOf("caught").Current));
                run.Done("s#2", "8");
                Assert.Equal("8", (string?)run.Tasks[^1].Input()["args"]!["s"]!.ToString());
                break;
            case "set": Assert.Equal("5", state.Vars["x"]); break;
            case "pause": Assert.Equal(ExecutionStatus.Paused, state.Status); break;
            case "resume": Assert.Equal(ExecutionStatus.Running, state.Status); break;
            default: Assert.Equal((2, EventTypes.ExecutionPatched), (state.GraphVersion, run.Facts[before].EventType)); break;
        }
    }

    /// <summary>A run whose step s is in a state, while step keep is live.</summary>
    private static TestRun In(string state)
    {
        var kind = state switch
        {
            "backing off" => "tool: echo\n  retry: {initial_delay: 1h, jitter: false}",
            "waiting" => "wait: {signal: never}",
            "waiting, child" => "tool: playbook\n  path: t/u",
            "looping" => "tool: iterator\n  collection: [1, 2]\n  mode: async\n  task: {tool: echo}",
            "iterating" => "tool: echo\n  while: {condition: 'true', timeout: 1h}",
            _ => "tool: echo",
        };
        var run = YamlRun.Of($$"""
            - step: start
              next: [keep, gate]
            - step: keep
              tool: echo
            - step: gate
              tool: echo
              next_mode: first
              next: [{when: "result == 'no'", step: other}, {step: s}]
            - step: other
              tool: echo
            - step: s
              {{kind.Replace("\n", "\n  ", StringComparison.Ordinal).Replace("\n    ", "\n  ", StringComparison.Ordinal)}}
              next: [after, {step: caught, on_error: true}]
            - step: after
              tool: echo
              args: {s: "{{"{{ s }}"}}"}
            - step: caught
              tool: echo
            - step: bye
              tool: echo
              finally: true
            """, settings: new() { ParkOn = ["locked"] }).Started();
        if (state == "not started") return run;
        run.Done("gate#1", state == "skipped" ? "\"no\"" : "1");
        return state switch
        {
            "running" => run.Began("s#1"),
            "backing off" => run.Broken("s#1"),
            "completed" => run.Done("s#1", "7").Done("after#1"),
            "before a live one" => run.Done("s#1"),
            "failed, caught" => run.Broken("s#1").Done("caught#1"),
            _ => run,
        };
    }

    [Fact]
    public void A_skipped_step_gives_up_its_attempt_items_and_child()
    {
        Assert.Equal(("order-17/s#1/1", "cancelled"), (In("running").Skip("s").Controls.Single() is var c ? c.TaskId : "", c.Action));
        Assert.Equal(["order-17/s#1[0]/1", "order-17/s#1[1]/1"], In("looping").Skip("s").Controls.Select(control => control.TaskId));
        Assert.Equal(["order-17/s#1[0]/1"], In("iterating").Skip("s").Controls.Select(control => control.TaskId));
        var child = In("waiting, child");
        child.Sent.Clear();
        Assert.Equal((CommandTypes.CancelRequested, "order-17~s.1.1"),
            (child.Skip("s").Sent.Single() is var sent ? sent.EventType : "", sent.ExecutionId));
        var late = In("running");
        var answer = late.AnswerOf("s#1", "9");
        Assert.Empty(late.Skip("s").When(answer).Facts);
    }

    [Fact]
    public void A_rerun_begins_with_the_taken_edges_of_the_visit_before_and_resets_all_that_follows()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [keep, {step: a, args: {x: 1}}, {step: b, args: {y: 2}}]
            - {step: keep, tool: echo}
            - {step: a, tool: echo, next: {step: j, args: {a: "{{ result }}"}}}
            - {step: b, tool: echo, next: {step: j, args: {b: "{{ result }}"}}}
            - {step: j, tool: echo, next: end}
            - {step: end, tool: echo}
            """).Started().Done("a#1", "1").Done("b#1", "2").Done("j#1", "3").Done("end#1", "4");
        run.Rerun("j");
        Assert.Equal("""{"a":1,"b":2}""", run.TaskOf("j#2").Input()["args"]!.ToJsonString());
        run.Done("j#2", "30").Done("end#2", "40");
        run.Rerun("a");
        Assert.Equal("""{"x":1}""", run.TaskOf("a#2").Input()["args"]!.ToJsonString());
        run.Done("a#2", "10");
        Assert.Equal("""{"a":10,"b":2}""", run.TaskOf("j#3").Input()["args"]!.ToJsonString());
        run.Done("j#3").Done("end#3", "400").Done("keep#1");
        Assert.Equal((EventTypes.ExecutionCompleted, "400"), (run.Last.EventType, run.Last.Result));
    }

    [Theory]
    [InlineData("nowhere", "the playbook has no step 'nowhere'")]
    [InlineData("bye", "step bye runs at the end only")]
    public void A_rerun_of_what_is_no_step_of_the_flow_is_rejected(string step, string reason) =>
        Assert.Equal(reason, In("completed").Rerun(step).Refusal());

    [Theory]
    [InlineData("a b", "1", "'a b' is no name of a variable")]
    [InlineData("x", "{", "value is no JSON")]
    public void A_variable_needs_a_name_and_a_value(string name, string json, string reason) =>
        Assert.StartsWith(reason, In("scheduled").Set(name, json).Refusal(), StringComparison.Ordinal);

    [Fact]
    public void A_variable_is_seen_by_what_begins_after_it_was_set_last()
    {
        var run = YamlRun.Of("""
            - {step: a, tool: echo, next: b}
            - {step: b, tool: echo, args: {x: "{{ vars.x | default('none') }}"}, next: c}
            - {step: c, tool: echo, args: {x: "{{ vars.x }}"}}
            """).Started().Done("a#1").Set("x", "1").Set("x", "{\"y\":2}");
        Assert.Equal("none", (string)run.TaskOf("b#1").Input()["args"]!["x"]!);
        run.Done("b#1");
        Assert.Equal("""{"y":2}""", run.TaskOf("c#1").Input()["args"]!["x"]!.ToJsonString());
    }
}
