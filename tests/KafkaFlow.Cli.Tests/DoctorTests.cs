using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

[Trait("tier", "fast")]
public sealed class DoctorTests(Stack stack)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task It_prints_every_check_and_exits_with_1_if_one_failed()
    {
        using var scratch = TestEnvironment.NewDirectory("doctor");
        var healthy = await RunAsync(scratch.FullPath, []);
        Assert.Equal("ok", healthy["dotnet"]);
        Assert.Equal("skipped", healthy["broker"]);
        var ill = await RunAsync(scratch.FullPath, [], ("KAFKAFLOW_PYTHON", "/nowhere"));
        Assert.Equal("fail", ill["python3"]);
        Assert.Equal(healthy.Keys, ill.Keys);
        var text = await CliProcess.RunAsync(["doctor", "--data", scratch.FullPath], Limit, new Dictionary<string, string>
        {
            ["KAFKAFLOW_PYTHON"] = "/nowhere",
        });
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("fail     python3              /nowhere is not there", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "postgres")]
    public async Task Of_a_directory_whose_instance_runs_all_of_it_is_well()
    {
        await stack.StartAsync();
        var checks = await RunAsync(stack.Data, ["--prefix", stack.Prefix]);
        string[] asked =
        [
            "instance", "broker", "transactions", "topics", "clock", "engine", "postgres", "postgres_version", "postgres_tables",
            "postgres_privileges",
        ];
        Assert.All(asked, name => Assert.True(checks[name] == "ok", $"{name} is {checks[name]}"));
    }

    private static async Task<Dictionary<string, string>> RunAsync(
        string data, string[] line, params (string, string)[] variables)
    {
        var result = await CliProcess.RunAsync(
            ["doctor", "--data", data, "--output", "json", .. line], Limit,
            variables.ToDictionary(v => v.Item1, v => v.Item2));
        var document = JsonNode.Parse(result.Output)!;
        Assert.Equal((bool)document["ok"]! ? 0 : 1, result.ExitCode);
        var checks = document["checks"]!.AsArray();
        foreach (var check in checks)
        {
            Assert.Equal(["name", "status", "found", "expected", "fix"], check!.AsObject().Select(p => p.Key));
            Assert.Equal((string)check["status"]! is "warn" or "fail", check["fix"] is not null);
        }
        Assert.Equal(checks.Any(c => (string)c!["status"]! == "fail"), !(bool)document["ok"]!);
        return checks.ToDictionary(c => (string)c!["name"]!, c => (string)c!["status"]!);
    }
}
