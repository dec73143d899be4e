using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>What people do about a run that is under way, right and wrong.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class LiveChangeTests(Stack stack)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string Playbook = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: live, path: tests/live}
        workflow:
          - step: start
            next: ask
          - step: ask
            approval: {who: [ann, bob], form: {question: may it?}}
            next: hold
          - step: hold
            wait: {signal: go, timeout: 1h}
            next: last
          - step: last
            tool: transform
            value: {colour: "{{ vars.colour }}", by: "{{ ask.actor }}"}
        """;

    [Fact]
    public async Task A_run_is_approved_changed_patched_and_watched_to_its_end()
    {
        var id = await StartAsync("live-1");
        var waits = await WaitingAsync(id, "approval");
        Assert.Equal("WAITING", (string)waits["status"]!);
        var why = (await stack.DocumentAsync(0, "why", id))["because"]![0]!;
        Assert.Equal($"kafkaflow execution approve {id} ask#1", (string)why["fix"]!);

        var mistyped = Shape.Error(await stack.JsonAsync("execution", "approve", id, "aks#1"), 3, "unknown_activation");
        Assert.Equal("did you mean ask#1?", (string)mistyped["hint"]!);
        var foreign = Shape.Error(await stack.JsonAsync("execution", "approve", id, "ask#1", "--actor", "carl"), 4, "rejected");
        Assert.Contains("carl is not among ann, bob", (string)foreign["message"]!, StringComparison.Ordinal);
        Shape.Error(await stack.JsonAsync("execution", "approve", id, "ask#1", "--form", "{"), 5, "bad_json");
        var asked = await stack.DocumentAsync(0, "execution", "approve", id, "ask#1", "--actor", "ann", "--form", "{\"n\":1}", "--reason", "fine");
        Shape.HasKeys(asked, "execution_id", "event_id", "topic", "partition", "offset");
        Shape.Error(await stack.JsonAsync("execution", "reject", id, "ask#1", "--actor", "bob"), 4, "rejected");

        Shape.Error(await stack.JsonAsync("execution", "set", id, "1st", "2"), 5, "bad_name");
        await stack.DocumentAsync(0, "execution", "set", id, "colour", "red");
        await stack.DocumentAsync(0, "execution", "pause", id, "--reason", "lunch");
        Assert.Equal("PAUSED", (string)(await stack.DocumentAsync(0, "execution", "show", id))["status"]!);
        Shape.Error(await stack.JsonAsync("execution", "pause", id), 4, "rejected");
        await stack.DocumentAsync(0, "execution", "resume", id);
        Shape.Error(await stack.JsonAsync("execution", "resume", id), 4, "rejected");

        var step = Shape.Error(await stack.JsonAsync("execution", "skip", id, "hodl"), 3, "unknown_step");
        Assert.Equal("did you mean hold?", (string)step["hint"]!);
        Shape.Error(await stack.JsonAsync("execution", "skip", id, "last"), 4, "rejected");
        Shape.Error(await stack.JsonAsync("execution", "rerun", id, "ask"), 4, "rejected"); // what follows is live
        await PatchesAsync(id);

        await stack.DocumentAsync(0, "execution", "signal", id, "go");
        var watched = await stack.JsonAsync("execution", "watch", id);
        Assert.Equal(0, watched.ExitCode);
        var facts = watched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(Enumerable.Range(1, facts.Count), facts.Select(f => (int)f["seq"]!));
        var show = await stack.DocumentAsync(0, "execution", "show", id);
        Assert.Equal("""{"colour":"red","by":"ann","patched":true}""", show["result"]!.ToJsonString());
        Assert.Equal(2, (int)show["graph_version"]!);
        Shape.Error(await stack.JsonAsync("execution", "rerun", id, "last"), 4, "finished_execution");
        await ReplaysAsync(id, facts);
        var text = await stack.TextAsync("execution", "watch", id);
        Assert.Equal(facts.Count, text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("Execution paused", text.Output, StringComparison.Ordinal);
        Assert.Contains("because lunch", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejected_run_ends_unsuccessfully_and_what_does_not_exist_is_not_found()
    {
        var id = await StartAsync("live-2");
        await WaitingAsync(id, "approval");
        await stack.DocumentAsync(0, "execution", "reject", id, "ask", "--actor", "bob", "--reason", "too dear");
        var watched = await stack.TextAsync("execution", "watch", id);
        Assert.Equal(8, watched.ExitCode);
        Assert.Contains("rejected: bob rejected it: too dear", watched.Output, StringComparison.Ordinal);
        var fix = (string)(await stack.DocumentAsync(0, "why", id))["because"]![0]!["fix"]!;
        Assert.Equal("kafkaflow execution start tests/live@1", fix);
        string[][] unknown =
        [
            ["pause", "nope"], ["resume", "nope"], ["skip", "nope", "x"], ["rerun", "nope", "x"], ["set", "nope", "x", "1"],
            ["patch", "nope", "[]"], ["approve", "nope", "x#1"], ["reject", "nope", "x#1"], ["watch", "nope"],
            ["patch", id, "/no/such/file"],
        ];
        foreach (var command in unknown) Shape.Error(await stack.JsonAsync(["execution", .. command]), 3, "not_found");
    }

    private async Task PatchesAsync(string id)
    {
        const string good = """[{"op":"add","path":"/workflow/last/value/patched","value":true}]""";
        using var scratch = TestEnvironment.NewDirectory("patch");
        await File.WriteAllTextAsync(scratch.PathOf("patch.json"), good);
        Shape.Error(await stack.JsonAsync("execution", "patch", id, "[{"), 5, "bad_json");
        var bad = Shape.Error(await stack.JsonAsync(
            "execution", "patch", id, """[{"op":"replace","path":"/workflow/lats/value","value":1}]"""), 5, "bad_patch");
        Assert.Contains("lats", bad.ToJsonString(), StringComparison.Ordinal);
        var version = Shape.Error(
            await stack.JsonAsync("execution", "patch", id, good, "--expected-version", "7"), 4, "version_conflict");
        Assert.Equal(("1", "7"), ((string)version["expected"]!, (string)version["found"]!));
        await stack.DocumentAsync(0, "execution", "patch", id, scratch.PathOf("patch.json"), "--actor", "ann");
    }

    private async Task ReplaysAsync(string id, List<JsonNode> facts)
    {
        var whole = await stack.DocumentAsync(0, "execution", "replay", id);
        Assert.True((bool)whole["matches"]!, whole.ToJsonString());
        var paused = facts.First(f => (string)f["event_type"]! == "execution_paused");
        var seq = (long)paused["seq"]!;
        var then = await stack.DocumentAsync(0, "execution", "replay", id, "--at", $"{seq}");
        Assert.Equal((seq, seq, "PAUSED", true), ((long)then["at_seq"]!, (long)then["facts"]!,
            (string)then["state"]!["status"]!, (bool)then["matches"]!));
        Assert.Equal("red", (string)then["state"]!["vars"]!["colour"]!);
        Shape.Error(await stack.JsonAsync("execution", "replay", id, "--at", "999"), 3, "not_found");
        Shape.Error(await stack.JsonAsync("execution", "replay", id, "--at", "0"), 2, "usage");
        var text = await stack.TextAsync("execution", "replay", id, "--at", $"{seq}");
        Assert.Contains("hold#1", text.Output, StringComparison.Ordinal);
        Assert.Contains("\nmatches\n", text.Output, StringComparison.Ordinal);
    }

    private async Task<string> StartAsync(string id)
    {
        using var scratch = TestEnvironment.NewDirectory("live");
        await File.WriteAllTextAsync(scratch.PathOf("live.yaml"), Playbook);
        await stack.DocumentAsync(0, "playbook", "register", scratch.PathOf("live.yaml"));
        await stack.DocumentAsync(0, "execution", "start", "tests/live", "--id", id);
        return id;
    }

    private async Task<JsonNode> WaitingAsync(string id, string kind)
    {
        for (var until = DateTime.UtcNow + Limit; ;)
        {
            var shown = await stack.JsonAsync("execution", "show", id);
            if (shown.ExitCode == 0 && JsonNode.Parse(shown.Output)! is { } show
                && show["waiting_for"]!.AsArray().Any(w => (string)w!["kind"]! == kind)) return show;
            Assert.True(DateTime.UtcNow < until, shown.ToString());
        }
    }
}
