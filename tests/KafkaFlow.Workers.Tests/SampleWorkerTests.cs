using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Workers.Tests;

[Trait("needs", "kafka")]
public sealed class SampleWorkerTests(KafkaCluster kafka)
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task The_python_sample_answers_hands_over_repeats_obeys_task_control_and_drains()
    {
        await RequirePythonKafkaAsync();
        using var cluster = await Cluster.CreateAsync(kafka, "greet");
        var hello = cluster.TaskOf("greet", """{"name":"Ann"}""", "hello");
        await cluster.SendAsync(hello);
        await cluster.SendAsync(cluster.Topics.Tasks("greet"), 0, "bad", [9, 9]);
        await cluster.SendAsync(cluster.TaskOf("greet", "{}", "nameless"));
        using var worker = Start(cluster);

        var answers = (await cluster.AnswersAsync(2)).ToDictionary(a => a.Key);
        var command = answers["hello"].Command;
        Assert.Equal("Hello, Ann!", (string?)JsonNode.Parse(command.Result!)!["greeting"]);
        Assert.Equal((hello.TaskId, hello.Activation, 1, hello.TaskHash, 2),
            (command.TaskId, command.Activation, command.Attempt, command.TaskHash, answers["hello"].Partition));
        Assert.Equal(hello.TaskId, answers["hello"].Headers["task_id"]);
        Assert.Equal("Fatal", (string?)JsonNode.Parse(answers["nameless"].Command.Error!)!["code"]);
        await Wait.UntilAsync(() => cluster.DeadLetters().Count == 1);

        await cluster.SendAsync(hello);
        await cluster.AnswersAsync(2, a => a.IsFinal && a.Key == "hello");

        var held = cluster.TaskOf("greet", """{"name":"Bob","hold_s":60}""", "held") with { HeartbeatMs = 900 };
        await cluster.SendAsync(held);
        await cluster.AnswersAsync(2, a => a.Command.EventType == "action_heartbeat");
        await Wait.UntilAsync(() => cluster.Committed("greet", 0) == 5);
        await cluster.ControlAsync(held.TaskId, "cancelled");
        var cancelled = Assert.Single(await cluster.AnswersAsync(1, a => a.IsFinal && a.Key == "held"));
        Assert.Equal("cancelled", (string?)JsonNode.Parse(cancelled.Command.Error!)!["code"]);
        Assert.Single(cluster.Answers(), a => a.Command.EventType == "action_started");

        using var term = Process.Start("kill", ["-TERM", $"{worker.Id}"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await worker.WaitForExitAsync(limit.Token);
        Assert.Equal(0, worker.ExitCode);
    }

    private static Process Start(Cluster cluster) => Process.Start(new ProcessStartInfo(Python,
    [
        Path.Combine(TestEnvironment.RepositoryRoot, "samples", "python-worker", "worker.py"),
        "--bootstrap", cluster.Settings.Bootstrap, "--prefix", cluster.Topics.Prefix, "--type", "greet",
    ]))!;

    private static async Task RequirePythonKafkaAsync()
    {
        if (!File.Exists(Python)) Assert.Skip($"not run: {Python} is missing (Debian: python3)");
        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import kafka"]) { RedirectStandardError = true })!;
        await probe.WaitForExitAsync();
        if (probe.ExitCode != 0) Assert.Skip("not run: python module kafka is missing (Debian: python3-kafka)");
    }
}
