using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>What a document of the command line looks like.</summary>
internal static class Shape
{
    public static readonly string[] RunKeys =
        ["execution_id", "playbook", "status", "result", "error", "started_at", "ended_at", "duration_ms", "steps"];

    public static readonly string[] StepKeys =
        ["step", "activation", "node_type", "status", "attempts", "started_at", "duration_ms", "result", "error"];

    public static void HasKeys(JsonNode? node, params string[] keys) =>
        Assert.Equal(keys.Order(), node!.AsObject().Select(pair => pair.Key).Order());

    public static void Contains(JsonNode? node, params string[] keys) =>
        Assert.Subset(node!.AsObject().Select(pair => pair.Key).ToHashSet(), keys.ToHashSet());

    /// <summary>stdout is empty, stderr holds one error document; returns its <c>error</c>.</summary>
    public static JsonNode Error(CliResult result, int exitCode, string code)
    {
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Equal("", result.Output);
        var document = JsonNode.Parse(result.Talk)!;
        Assert.Equal(exitCode, (int)document["exit_code"]!);
        HasKeys(document["error"], "code", "message", "where", "expected", "found", "hint");
        Assert.Equal(code, (string)document["error"]!["code"]!);
        return document["error"]!;
    }
}
