using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>Playbooks within playbooks: docs/semantics.md section 10. noetl B19, B20.</summary>
[Trait("tier", "fast")]
public sealed class ChildTests
{
    private static TestRun Parent(string more = "", EngineSettings? settings = null, string? parent = null)
    {
        var run = YamlRun.Of($$$"""
            - step: call
              tool: playbook
              path: "t/{{ workload.which }}"
              args: {n: 7}
              {{{more}}}
              next: [after, {step: caught, on_error: true}]
            - step: after
              tool: echo
              args: {got: "{{ result }}"}
            - step: caught
              tool: echo
              args: {code: "{{ error.code }}", inner: "{{ error.details.code | default('none') }}"}
            """, "workload: {which: child}", settings);
        run.Accepted(TestRun.StartCommand() with { Parent = parent });
        return run;
    }

    private static Command Started(TestRun run) => run.Sent.Single(command => command.EventType == CommandTypes.ExecutionStarted);

    /// <summary>A run that was started by a parent, ended by <paramref name="end"/>: what it reports.</summary>
    private static Command Report(Action<TestRun> end, string? returnStep = null)
    {
        var parent = JsonNode.Parse(Started(Parent(returnStep is null ? "" : $"return_step: {returnStep}")).Parent!)!;
        var child = YamlRun.Of("""
            - step: a
              tool: echo
              next: b
            - step: b
              tool: echo
            """);
        child.Accepted(TestRun.StartCommand() with { Parent = parent.ToJsonString() });
        end(child);
        return child.Sent.Single();
    }

    [Fact]
    public void The_start_of_a_child_says_who_called_and_where_to_answer()
    {
        var run = Parent("version: 3\n  return_step: b");
        var start = Started(run);
        Assert.Equal(("order-17~call.1.1", "order-17~call.1.1!start", "t/child", "3", """{"n":7}"""),
            (start.ExecutionId, start.EventId, start.PlaybookPath, start.PlaybookVersion, start.Payload));
        var visit = run.State!.Activations["call#1"];
        Assert.Equal($$"""{"execution_id":"order-17","task_id":"order-17/call#1/1","activation":"call#1","attempt":1,"task_hash":"{{visit.TaskHash}}","partition":2,"depth":1,"return_step":"b"}""",
            start.Parent);
        Assert.Equal((ActivationPhase.Waiting, start.ExecutionId), (visit.Phase, visit.Wait!.Child));
        Assert.Empty(run.Tasks);
    }

    [Fact]
    public void Ids_of_children_follow_from_the_activation_and_long_ones_are_shortened_by_their_hash()
    {
        Assert.Equal("p~s.2.17.0.1", Children.IdOf("p", "s#2[17][0]", 1));
        var just = new string('p', 128 - "~s.1.1".Length);
        Assert.Equal(just + "~s.1.1", Children.IdOf(just, "s#1", 1));
        var first = Children.IdOf(just + "x", "s#1", 1);
        Assert.Matches("^p{90}~[a-z2-7]{16}$", first);
        Assert.True(ExecutionIds.MaxLength >= first.Length);
        Assert.NotEqual(first, Children.IdOf(just + "x", "s#2", 1));
        // SHA-256 of the whole id, RFC 4648 base32, computed elsewhere.
        Assert.Equal(new string('p', 90) + "~rz5rivdrzahmvyph", Children.IdOf(new string('p', 130), "s#1", 1));
    }

    [Fact]
    public void A_childs_result_completes_the_step_and_a_repeat_changes_nothing()
    {
        var report = Report(child => child.Done("a#1", "1").Done("b#1", """{"x":2}"""));
        Assert.Equal((CommandTypes.ActionCompleted, "order-17", "call#1", """{"x":2}""", "engine"),
            (report.EventType, report.ExecutionId, report.Activation, report.Result, report.WorkerId));
        var run = Parent();
        run.Accepted(report with { TaskHash = run.State!.Activations["call#1"].TaskHash });
        Assert.Equal("""{"x":2}""", run.TaskOf("after#1").Input()["args"]!["got"]!.ToJsonString());
        Assert.Empty(run.When(report with { TaskHash = run.State.Activations["call#1"].TaskHash }).Facts);
        Assert.Equal(EventStatus.Completed, run.FactOf(EventTypes.ChildEnded, "call#1").Status);
    }

    [Fact]
    public void A_parent_may_ask_for_the_value_of_one_step() =>
        Assert.Equal("1", Report(child => child.Done("a#1", "1").Done("b#1", "2"), "a").Result);

    [Fact]
    public void A_failed_or_cancelled_child_tells_its_parent_why()
    {
        var failed = Report(child => child.Broken("a#1"));
        Assert.Equal(CommandTypes.ActionFailed, failed.EventType);
        var error = JsonNode.Parse(failed.Error!)!;
        Assert.Equal(("child_failed", "execution order-17 failed: boom: it broke", "boom"),
            ((string)error["code"]!, (string)error["message"]!, (string)error["details"]!["code"]!));
        var cancelled = Report(child => child.Cancel());
        Assert.Equal("child_cancelled", (string)JsonNode.Parse(cancelled.Error!)!["code"]!);
    }

    [Theory]
    [InlineData("child_failed", EventStatus.Failed)]
    [InlineData("child_cancelled", EventStatus.Cancelled)]
    [InlineData("child_rejected", EventStatus.Rejected)]
    public void A_childs_failure_fails_the_step_with_its_code_and_can_be_caught(string code, string status)
    {
        var run = Parent().ChildEnds("call#1", null, $$$"""{"code":"{{{code}}}","message":"m","details":{"code":"boom"}}""");
        Assert.Equal((code, status), (run.FactOf(EventTypes.StepFailed, "call#1").ErrorOf().Code,
            run.FactOf(EventTypes.ChildEnded, "call#1").Status));
        Assert.Equal((code, "boom"), ((string)run.TaskOf("caught#1").Input()["args"]!["code"]!,
            (string)run.TaskOf("caught#1").Input()["args"]!["inner"]!));
    }

    [Fact]
    public void Children_nest_only_so_deep()
    {
        var run = Parent(settings: new() { MaxDepth = 3 }, parent: """{"execution_id":"top","task_id":"top/c#1/1","activation":"c#1","attempt":1,"depth":2}""");
        Assert.Equal(3, (int)JsonNode.Parse(Started(run).Parent!)!["depth"]!);
        var deep = Parent(settings: new() { MaxDepth = 3 }, parent: """{"execution_id":"top","task_id":"top/c#1/1","activation":"c#1","attempt":1,"depth":3}""");
        Assert.Equal(("limit_exceeded", "max_depth: 4, at most 3"), deep.FactOf(EventTypes.StepFailed, "call#1").ErrorOf());
        Assert.DoesNotContain(deep.Sent, command => command.EventType == CommandTypes.ExecutionStarted);
        Assert.Equal("caught#1", deep.Tasks.Single().Activation);
    }

    [Fact]
    public void A_cancelled_step_cancels_its_child_without_waiting()
    {
        var run = Parent();
        run.Sent.Clear();
        run.Cancel();
        Assert.Equal(EventTypes.ExecutionCancelled, run.Last.EventType);
        var cancel = run.Sent.Single();
        Assert.Equal((CommandTypes.CancelRequested, "order-17~call.1.1", "engine"), (cancel.EventType, cancel.ExecutionId, cancel.Actor));
    }

    [Fact]
    public void With_await_cancel_the_run_closes_only_after_the_childs_end()
    {
        var run = Parent("await_cancel: true");
        run.Sent.Clear();
        run.Cancel();
        Assert.Equal(("order-17~call.1.1", ExecutionStatus.Closing), (run.Sent.Single().ExecutionId, run.State!.Status));
        run.ChildEnds("call#1", null, """{"code":"child_cancelled","message":"m"}""");
        Assert.Equal(["child_ended call#1", "step_cancelled call#1", "execution_cancelled"], run.Since(run.Facts.Count - 3));
        Assert.Single(run.Sent);

        var forced = Parent("await_cancel: true").Cancel().Cancel(force: true);
        Assert.Equal(EventTypes.ExecutionCancelled, forced.Last.EventType);
    }

    [Fact]
    public void Children_of_items_are_awaited_too()
    {
        var run = YamlRun.Of("""
            - step: each
              tool: iterator
              collection: [1, 2]
              mode: async
              task: {tool: playbook, path: t/u, await_cancel: true, args: {x: "{{ item }}"}}
            """).Started();
        Assert.Equal(["order-17~each.1.0.1", "order-17~each.1.1.1"], run.Sent.Select(command => command.ExecutionId));
        Assert.Equal("""{"x":2}""", run.Sent.Last().Payload);
        run.ChildEnds("each#1[0]", "5");
        run.Sent.Clear();
        run.Cancel();
        Assert.Equal((ExecutionStatus.Closing, "order-17~each.1.1.1"), (run.State!.Status, run.Sent.Single().ExecutionId));
        run.ChildEnds("each#1[1]", "6");
        Assert.Equal(EventTypes.ExecutionCancelled, run.Last.EventType);
    }

    [Fact]
    public void A_total_timeout_cancels_the_child_and_fails_the_step()
    {
        var run = Parent("timeout: {total: 30s}");
        run.Sent.Clear();
        Assert.Equal(30_000, run.DueIn("call#1"));
        run.Ring("call#1");
        Assert.Equal(("attempt_timeout", "caught#1"), (run.FactOf(EventTypes.StepFailed, "call#1").ErrorOf().Code, run.Tasks.Single().Activation));
        Assert.Equal((CommandTypes.CancelRequested, "order-17~call.1.1"), (run.Sent.Single().EventType, run.Sent.Single().ExecutionId));
    }

    [Fact]
    public void A_path_that_is_none_starts_nothing()
    {
        var run = YamlRun.Of("- step: call\n  tool: playbook\n  path: \"{{ workload.p }}\"", "workload: {p: null}").Started();
        Assert.Equal("bad_child", run.FactOf(EventTypes.StepFailed, "call#1").ErrorOf().Code);
        Assert.Empty(run.Sent);
    }
}
