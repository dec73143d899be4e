using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>A run that is under way, by the command line.</summary>
internal static class Live
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Registers a playbook and starts a run of it.</summary>
    public static async Task StartAsync(Stack stack, string id, string path, string workflow)
    {
        await RegisterAsync(stack, path, workflow);
        await DoAsync(stack, "execution", "start", path, "--id", id);
    }

    public static async Task RegisterAsync(Stack stack, string path, string workflow)
    {
        using var scratch = TestEnvironment.NewDirectory("live");
        await File.WriteAllTextAsync(scratch.PathOf("playbook.yaml"),
            $"apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {{path: {path}}}\n{workflow}");
        await DoAsync(stack, "playbook", "register", scratch.PathOf("playbook.yaml"));
    }

    public static async Task<JsonNode?> DoAsync(Stack stack, params string[] arguments)
    {
        var (result, document) = await stack.CallAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result}");
        return document;
    }

    public static Task<JsonNode> WaitsForAsync(Stack stack, string id, string kind) => UntilAsync(
        stack, id, run => run["waiting_for"]!.AsArray().Any(w => (string)w!["kind"]! == kind), $"waits for {kind}");

    public static Task<JsonNode> EndOfAsync(Stack stack, string id) =>
        UntilAsync(stack, id, run => run["ended_at"] is not null, "has ended");

    public static async Task<JsonNode> UntilAsync(Stack stack, string id, Func<JsonNode, bool> holds, string what)
    {
        for (var until = DateTime.UtcNow + Limit; ;)
        {
            var (result, run) = await stack.CallAsync("execution", "show", id);
            if (result.ExitCode == 0 && holds(run!)) return run!;
            Assert.True(DateTime.UtcNow < until, $"not after {Limit.TotalSeconds:0} s: {id} {what}; {result}");
        }
    }
}
