using System.Text.Json.Nodes;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Children that do not end well, cycles, and changes of a run that is under way, on real Kafka.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class LiveRunTests(Stack stack)
{
    [Fact]
    public async Task A_failing_and_an_unknown_child_end_their_step_with_the_reason_and_can_be_caught()
    {
        await Live.RegisterAsync(stack, "test/bad-child", """
            workflow:
              - step: fails
                tool: python
                code: |
                  def main():
                      raise ValueError("boom")
            """);
        await Live.StartAsync(stack, "children-1", "test/children", """
            workflow:
              - {step: start, next: [bad, none]}
              - {step: bad, tool: playbook, path: test/bad-child, next: [{step: caught, on_error: true, args: {bad: "{{ error.code }}"}}]}
              - {step: none, tool: playbook, path: test/no-such, next: [{step: caught, on_error: true, args: {none: "{{ error.message }}"}}]}
              - step: caught
                tool: python
                code: |
                  def main(bad, none):
                      return {"bad": bad, "none": none}
            """);
        var run = await Live.EndOfAsync(stack, "children-1");
        Assert.Equal("COMPLETED", (string)run["status"]!);
        Assert.Equal("child_failed", (string)run["result"]!["bad"]!);
        Assert.Contains("playbook test/no-such@latest is not registered", (string)run["result"]!["none"]!, StringComparison.Ordinal);
        Assert.Equal("FAILED", (string)(await Live.EndOfAsync(stack, "children-1~bad.1.1"))["status"]!);
    }

    [Fact]
    public async Task A_cancel_goes_down_to_the_child_and_an_awaited_one_ends_first()
    {
        await Live.RegisterAsync(stack, "test/patient", "workflow:\n  - {step: hold, wait: {signal: never}}\n");
        await Live.StartAsync(stack, "cancel-1", "test/awaits", """
            workflow:
              - {step: call, tool: playbook, path: test/patient, await_cancel: true}
            """);
        await Live.WaitsForAsync(stack, "cancel-1~call.1.1", "signal");
        Assert.Equal("WAITING", (string)(await Live.WaitsForAsync(stack, "cancel-1", "child"))["status"]!);
        await Live.DoAsync(stack, "execution", "cancel", "cancel-1", "--reason", "enough");
        var parent = await Live.EndOfAsync(stack, "cancel-1");
        var child = await Live.EndOfAsync(stack, "cancel-1~call.1.1");
        Assert.Equal(("CANCELLED", "CANCELLED"), ((string)parent["status"]!, (string)child["status"]!));
        Assert.True(string.CompareOrdinal((string)child["ended_at"]!, (string)parent["ended_at"]!) <= 0);
    }

    [Fact]
    public async Task A_cycle_runs_its_body_once_per_iteration()
    {
        await Live.StartAsync(stack, "cycle-1", "test/cycle", """
            workflow:
              - {step: start, next: draw}
              - step: draw
                tool: python
                args: {n: "{{ draw.n | default(0) }}"}
                code: |
                  def main(n):
                      return {"n": n + 1}
                next: check
              - step: check
                tool: transform
                value: "{{ draw.n }}"
                next_mode: first
                next: [{when: "{{ result < 4 }}", step: draw}, {else: done}]
              - {step: done, tool: transform, value: {drawn: "{{ draw.n }}"}}
            """);
        var run = await Live.EndOfAsync(stack, "cycle-1");
        Assert.Equal("""{"drawn":4}""", run["result"]!.ToJsonString());
        Assert.Equal(["draw#1", "draw#2", "draw#3", "draw#4"],
            run["steps"]!.AsArray().Select(s => (string)s!["activation"]!).Where(a => a.StartsWith("draw", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_is_paused_set_patched_rerun_skipped_and_ends_with_all_of_it()
    {
        const string id = "changed-1";
        await Live.StartAsync(stack, id, "test/changed", """
            workflow:
              - {step: start, next: [work, hold]}
              - step: work
                tool: python
                args: {factor: "{{ vars.factor | default(1) }}"}
                code: |
                  def main(factor):
                      return {"value": 7 * factor}
                next: end
              - {step: hold, wait: {signal: go}, next: end}
              - {step: end, tool: transform, value: {work: "{{ work.value }}", hold: "{{ hold }}"}}
            """);
        await Live.UntilAsync(stack, id, run => StatusOf(run, "work#1") == "COMPLETED", "work#1 is done");
        await Live.DoAsync(stack, "execution", "pause", id, "--actor", "ann", "--reason", "look");
        await Live.DoAsync(stack, "execution", "set", id, "factor", "6");
        await Live.DoAsync(stack, "execution", "patch", id,
            """[{"op":"add","path":"/workflow/end/value/patched","value":"{{ vars.factor }}"}]""");
        await Live.DoAsync(stack, "execution", "resume", id);
        await Live.DoAsync(stack, "execution", "rerun", id, "work");
        await Live.UntilAsync(stack, id, run => StatusOf(run, "work#2") == "COMPLETED", "work#2 is done");
        await Live.DoAsync(stack, "execution", "skip", id, "hold");
        var run = await Live.EndOfAsync(stack, id);
        Assert.Equal("""{"work":42,"hold":null,"patched":6}""", run["result"]!.ToJsonString());
        Assert.Equal(2, (int)run["graph_version"]!);

        // The projection folds the same events; each change stands there with who and why.
        await Postgres.EventuallyAsync(stack.Postgres,
            $"select status || ' ' || current_steps from execution where execution_id = '{id}'", ["COMPLETED []"], TimeSpan.FromSeconds(20));
        Assert.Equal(["ann look"], await Postgres.RowsAsync(stack.Postgres,
            $"select meta::json->>'actor' || ' ' || (meta::json->>'reason') from event where execution_id = '{id}' and event_type = 'execution_paused'"));
        Assert.True((bool)(await Live.DoAsync(stack, "execution", "replay", id))!["matches"]!);
    }

    private static string? StatusOf(JsonNode run, string activation) =>
        (string?)run["steps"]!.AsArray().SingleOrDefault(s => (string)s!["activation"]! == activation)?["status"];
}
