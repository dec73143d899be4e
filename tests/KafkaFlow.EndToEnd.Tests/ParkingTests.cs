using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>What an operator can mend parks the run instead of failing it, where the policy says so.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class ParkingTests(Stack stack)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private const string Playbook = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {path: test/late}
        workflow:
          - step: ask
            tool: postgres
            auth: late
            command: select 7 as n
        """;

    [Fact]
    public async Task A_missing_credential_parks_the_run_and_resume_goes_on_with_it()
    {
        await stack.StartAsync();
        using var directory = TestEnvironment.NewDirectory("parking");
        var credentials = Directory.CreateDirectory(Path.Combine(directory.FullPath, "credentials")).FullName;
        var file = Path.Combine(directory.FullPath, "late.yaml");
        await File.WriteAllTextAsync(file, Playbook, TestContext.Current.CancellationToken);
        var where = new[] { "--data", directory.FullPath, "--prefix", KafkaCluster.NewPrefix(), "--output", "json" };
        await using var up = CliProcess.Start(["up", "--bootstrap", stack.Bootstrap, "--postgres", stack.Postgres, .. where],
            new Dictionary<string, string>
            {
                ["KAFKAFLOW_CREDENTIALS"] = credentials, ["KAFKAFLOW_PARK_ON"] = "missing_credential, other",
            });
        await up.WaitForTalkAsync("ready in ", Limit);
        await Call(["playbook", "register", file, .. where]);
        await Call(["execution", "start", "test/late", "--id", "late-1", .. where]);

        await UntilAsync("PARKED");
        var because = (await Call(["why", "late-1", .. where]))!["because"]!.AsArray();
        Assert.Contains(because, reason => (string)reason!["kind"]! == "parked"
            && ((string)reason["what"]!).Contains("missing_credential", StringComparison.Ordinal));

        File.Copy(Path.Combine(stack.Data, "credentials", "pg_local.json"), Path.Combine(credentials, "late.json"));
        await Call(["execution", "resume", "late-1", .. where]);
        var run = await UntilAsync("COMPLETED");
        Assert.Contains("7", run["result"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(2, (int)run["steps"]![0]!["attempts"]!);

        async Task<JsonNode> UntilAsync(string status)
        {
            for (var until = DateTime.UtcNow + Limit; ; await Task.Delay(TimeSpan.FromMilliseconds(200)))
            {
                var shown = await CliProcess.RunAsync(["execution", "show", "late-1", .. where]);
                if (shown.ExitCode == 0 && JsonNode.Parse(shown.Output) is { } document && (string)document["status"]! == status)
                    return document;
                Assert.True(DateTime.UtcNow < until, $"not {status} after {Limit}: {shown}");
            }
        }
    }

    private static async Task<JsonNode?> Call(string[] arguments)
    {
        var result = await CliProcess.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result}");
        return result.Output.Length == 0 ? null : JsonNode.Parse(result.Output);
    }
}
