using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>What needs no cluster: words, files, addresses.</summary>
[Trait("tier", "fast")]
public sealed class UsageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("exection", "execution", "exection", "list")]
    [InlineData("lst", "list", "execution", "lst")]
    [InlineData("--pyload", "--payload", "run", "playbooks/hello.yaml", "--pyload", "{}")]
    [InlineData("--bootstrp", "--bootstrap", "why", "x", "--bootstrp", "a:1")]
    public async Task A_mistyped_word_is_named_with_the_nearest_known_one(string typed, string nearest, params string[] line)
    {
        var text = await CliProcess.RunAsync(line, Limit);
        Assert.True(text.ExitCode == 2, text.ToString());
        Assert.Equal("", text.Output);
        Assert.Contains($"'{typed}'", text.Talk, StringComparison.Ordinal);
        Assert.Contains($"did you mean {nearest}?", text.Talk, StringComparison.Ordinal);
        var error = Shape.Error(await CliProcess.RunAsync([.. line, "--output", "json"], Limit), 2,
            typed.StartsWith('-') ? "unknown_option" : "unknown_command");
        Assert.Equal(typed, (string)error["found"]!);
    }

    [Fact]
    public async Task Without_an_address_or_instance_a_client_command_says_how_to_get_one()
    {
        using var scratch = TestEnvironment.NewDirectory("none");
        string[][] commands = [["execution", "list"], ["why", "x"], ["playbook", "list"], ["topics", "check"], ["engine", "status"]];
        foreach (var command in commands)
        {
            var error = Shape.Error(
                await CliProcess.RunAsync([.. command, "--data", scratch.FullPath, "--output", "json"], Limit), 7, "unavailable");
            Assert.Contains("kafkaflow dev", (string)error["hint"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_named_with_what_to_check()
    {
        var result = await CliProcess.RunAsync(["topics", "check", "--bootstrap", "127.0.0.1:1", "--output", "json"], Limit);
        var error = Shape.Error(result, 7, "unavailable");
        Assert.Contains("127.0.0.1:1", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_with_a_kafka_home_that_is_none_says_what_to_set()
    {
        using var scratch = TestEnvironment.NewDirectory("none");
        var result = await CliProcess.RunAsync(
            ["up", "--data", scratch.FullPath, "--output", "json"], Limit,
            new Dictionary<string, string> { ["KAFKA_HOME"] = scratch.FullPath });
        Assert.Contains("KAFKA_HOME", (string)Shape.Error(result, 7, "unavailable")["hint"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_playbook_is_told_with_its_place_and_leaves_stdout_to_validate()
    {
        using var scratch = TestEnvironment.NewDirectory("bad");
        var file = scratch.PathOf("bad.yaml");
        await File.WriteAllTextAsync(file, """
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {name: bad, path: examples/bad}
            workflow:
              - step: start
                next: nowhere
            """);
        var error = Shape.Error(await CliProcess.RunAsync(["run", file, "--output", "json"], Limit), 5, "unknown_step");
        Assert.StartsWith($"{file}:6:", (string)error["where"]!, StringComparison.Ordinal);

        var validated = await CliProcess.RunAsync(
            ["playbook", "validate", file, "playbooks/hello.yaml", "--output", "json"], Limit);
        Assert.Equal(5, validated.ExitCode);
        var document = System.Text.Json.Nodes.JsonNode.Parse(validated.Output)!;
        Shape.HasKeys(document, "valid", "files", "diagnostics");
        Assert.False((bool)document["valid"]!);
        Assert.Equal(["examples/hello"], document["files"]!.AsArray().Select(f => (string?)f!["path"]).OfType<string>());
        Shape.HasKeys(document["diagnostics"]![0],
            "file", "line", "column", "severity", "code", "message", "found", "expected", "hint");
    }

    [Theory]
    [InlineData(5, "bad_execution_id", "--id", "a b")]
    [InlineData(5, "bad_payload", "--payload", "[1]")]
    [InlineData(5, "bad_json", "--payload", "{x")]
    [InlineData(3, "not_found", "--payload", "@no-such-file.json")]
    [InlineData(2, "usage", "--timeout", "0")]
    public async Task A_bad_value_is_refused_before_anything_is_started(int exitCode, string code, string option, string value)
    {
        var result = await CliProcess.RunAsync(["run", "playbooks/hello.yaml", option, value, "--output", "json"], Limit);
        Shape.Error(result, exitCode, code);
    }

    [Fact]
    public async Task The_topology_is_printed_as_text_and_as_a_document()
    {
        var result = await CliProcess.RunAsync(["topology", "--output", "json"], Limit);
        Assert.Equal(0, result.ExitCode);
        var part = System.Text.Json.Nodes.JsonNode.Parse(result.Output)!["subtopologies"]![0];
        Shape.HasKeys(part, "sources", "processors", "stores", "sinks");
        Assert.StartsWith("Topologies:", (await CliProcess.RunAsync(["topology"], Limit)).Output, StringComparison.Ordinal);
    }
}
