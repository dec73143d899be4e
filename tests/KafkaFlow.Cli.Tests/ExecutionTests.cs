using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>Runs, and every command that looks at or changes one.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class ExecutionTests(Stack stack)
{
    [Fact]
    public async Task Run_prints_its_document_and_set_goes_over_the_payload_file()
    {
        using var scratch = TestEnvironment.NewDirectory("payload");
        var file = scratch.PathOf("payload.json");
        await File.WriteAllTextAsync(file, """{"name":"File","deep":{"kept":1}}""");
        var run = await stack.DocumentAsync(0, "run", "playbooks/hello.yaml", "--id", "set-1",
            "--payload", $"@{file}", "--set", "name=Ada", "--set", "deep.number=2", "--set", "deep.text=2a");
        Shape.HasKeys(run, Shape.RunKeys);
        Shape.HasKeys(run["playbook"], "path", "version", "content_hash");
        Assert.All(run["steps"]!.AsArray(), step => Shape.HasKeys(step, Shape.StepKeys));
        Assert.Equal(["start", "greet", "end"], run["steps"]!.AsArray().Select(s => (string)s!["step"]!));
        Assert.Equal("Hello, Ada!", (string)run["result"]!["greeting"]!);
        var events = await stack.DocumentAsync(0, "execution", "events", "set-1");
        Assert.Equal("""{"kept":1,"number":2,"text":"2a"}""", events[0]!["context"]!["deep"]!.ToJsonString());
    }

    [Fact]
    public async Task A_run_that_fails_prints_its_document_and_exits_8()
    {
        using var scratch = TestEnvironment.NewDirectory("fail");
        var file = await PlaybookAsync(scratch, "fails", "raise ValueError('boom')");
        var run = await stack.DocumentAsync(8, "run", file, "--id", "fails-1");
        Assert.Equal("FAILED", (string)run["status"]!);
        Shape.Contains(run["error"], "step", "code", "message", "attempt");
        Assert.Equal("boom", (string)run["error"]!["message"]!);
        var why = await stack.DocumentAsync(0, "why", "fails-1");
        Shape.HasKeys(why, "execution_id", "status", "because");
        Shape.HasKeys(why["because"]![0], "activation", "kind", "what", "since", "next", "fix");
        Assert.Contains("boom", (string)why["because"]![0]!["what"]!, StringComparison.Ordinal);
        Assert.Equal(8, (await stack.TextAsync("execution", "events", "fails-1", "--follow")).ExitCode);
    }

    [Fact]
    public async Task A_started_order_is_shown_followed_listed_and_replayed_alike_from_both_sources()
    {
        var registered = await stack.DocumentAsync(0, "playbook", "register", "playbooks/order.yaml");
        Shape.HasKeys(registered, "path", "version", "content_hash", "created");
        Assert.False((bool)(await stack.DocumentAsync(0, "playbook", "register", "playbooks/order.yaml"))["created"]!);
        var shown = await stack.DocumentAsync(0, "playbook", "show", "examples/order@1");
        Shape.HasKeys(shown, "path", "version", "content_hash", "created_at", "source");
        Assert.Contains(
            (await stack.DocumentAsync(0, "playbook", "list")).AsArray(), p => (string)p!["path"]! == "examples/order");

        var started = await stack.DocumentAsync(0, "execution", "start", "examples/order", "--id", "order-1", "--set", "amount=30");
        Shape.HasKeys(started, "execution_id", "event_id", "topic", "partition", "offset");
        var followed = await stack.JsonAsync("execution", "events", "order-1", "--follow");
        Assert.Equal(0, followed.ExitCode);
        var facts = followed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(Enumerable.Range(1, facts.Count), facts.Select(f => (int)f["seq"]!));
        Assert.Equal("execution_completed", (string)facts[^1]["event_type"]!);

        Shape.Error(await stack.JsonAsync("execution", "start", "examples/order", "--id", "order-1", "--set", "amount=31"), 4, "conflict");
        Assert.Equal(0, (await stack.JsonAsync("execution", "start", "examples/order", "--id", "order-1", "--set", "amount=30.0")).ExitCode);
        var show = await stack.DocumentAsync(0, "execution", "show", "order-1");
        Shape.HasKeys(show, [.. Shape.RunKeys, "last_seq", "partition", "graph_version", "waiting_for"]);
        Assert.Equal(facts.Count, (int)show["last_seq"]!);

        var fromKafka = await stack.DocumentAsync(0, "execution", "replay", "order-1");
        Shape.HasKeys(fromKafka,
            "execution_id", "source", "at_seq", "facts", "state_hash", "matches", "differences", "state");
        Assert.True((bool)fromKafka["matches"]!);
        var fromPostgres = await stack.DocumentAsync(0, "execution", "replay", "order-1", "--from", "postgres");
        Assert.Equal((string)fromKafka["state_hash"]!, (string)fromPostgres["state_hash"]!);
        var listed = (await stack.DocumentAsync(0, "execution", "list", "--playbook", "examples/order", "--limit", "1")).AsArray();
        Shape.Contains(Assert.Single(listed), [.. Shape.RunKeys.Except(["steps"]), "last_failure", "next_retry_at"]);
        Assert.Equal("order-1", (string)listed[0]!["execution_id"]!);
    }

    [Fact]
    public async Task A_running_execution_says_what_it_waits_for_takes_a_signal_and_is_cancelled()
    {
        using var scratch = TestEnvironment.NewDirectory("slow");
        var file = await PlaybookAsync(scratch, "slow", "import time; time.sleep(120)");
        Shape.Error(await stack.JsonAsync("run", file, "--id", "slow-1", "--timeout", "2"), 7, "timed_out");
        var show = await stack.DocumentAsync(0, "execution", "show", "slow-1");
        Assert.Equal("RUNNING", (string)show["status"]!);
        Shape.HasKeys(show["waiting_for"]![0], "activation", "kind", "what", "since", "until");
        Assert.Equal("work#1", (string)show["waiting_for"]![0]!["activation"]!);

        Assert.Equal("slow-1", (string)(await stack.DocumentAsync(0, "execution", "signal", "slow-1", "go"))["execution_id"]!);
        await stack.DocumentAsync(0, "execution", "cancel", "slow-1", "--reason", "enough");
        var end = await stack.JsonAsync("execution", "events", "slow-1", "--follow");
        Assert.Equal(8, end.ExitCode);
        Assert.Contains("signal_received", end.Output, StringComparison.Ordinal);
        Assert.Contains("execution_cancelled", end.Output, StringComparison.Ordinal);
        Shape.Error(await stack.JsonAsync("execution", "cancel", "slow-1"), 4, "finished_execution");
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        string[][] commands =
        [
            ["why", "nope"], ["execution", "show", "nope"], ["execution", "replay", "nope"], ["execution", "events", "nope"],
            ["execution", "cancel", "nope"], ["execution", "signal", "nope", "go"], ["playbook", "show", "examples/nope"],
            ["execution", "start", "examples/nope"], ["run", "nope.yaml"],
        ];
        foreach (var command in commands) Shape.Error(await stack.JsonAsync(command), 3, "not_found");
    }

    [Fact]
    public async Task With_text_data_is_on_stdout_and_progress_on_stderr()
    {
        var result = await stack.TextAsync("run", "playbooks/hello.yaml");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("execution  ", result.Output, StringComparison.Ordinal);
        Assert.Contains("\"greeting\": \"Hello, World!\"", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("step_completed", result.Output, StringComparison.Ordinal);
        Assert.Contains("step_completed", result.Talk, StringComparison.Ordinal);
    }

    private static async Task<string> PlaybookAsync(TemporaryDirectory scratch, string name, string statement)
    {
        var file = scratch.PathOf($"{name}.yaml");
        await File.WriteAllTextAsync(file, $$"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {name: {{name}}, path: tests/{{name}}}
            workflow:
              - step: start
                next: work
              - step: work
                tool: python
                code: |
                  def main():
                      {{statement}}
                next: end
              - step: end
            """);
        return file;
    }
}
