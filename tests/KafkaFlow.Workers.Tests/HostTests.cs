using System.Diagnostics;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Workers.Tests;

[Trait("needs", "kafka")]
public sealed class HostTests(KafkaCluster kafka)
{
    [Fact]
    public async Task An_answer_repeats_what_the_task_says_and_goes_where_it_says()
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held");
        await using var host = await RunningHost.StartAsync(cluster, [new TestHandler("held")]);
        var task = cluster.TaskOf("held", """{"n":1}""", "run-7");
        await cluster.SendAsync(task);

        var answer = Assert.Single(await cluster.AnswersAsync(1));
        Assert.Equal(2, answer.Partition);
        Assert.Equal("run-7", answer.Key);
        Assert.Equal(("action_completed", task.TaskId), (answer.Headers["event_type"], answer.Headers["task_id"]));
        var command = answer.Command;
        Assert.Equal(("run-7", task.TaskId, task.Activation, 1, task.TaskHash, "worker-1"),
            (command.ExecutionId, command.TaskId, command.Activation, command.Attempt, command.TaskHash, command.WorkerId));
        Assert.Equal("""{"n":1}""", command.Result);
        Assert.InRange(command.DurationMs!.Value, 0, 999);
        Assert.Null(command.EventId);
    }

    [Fact]
    public Task A_task_of_6_s_delays_none_of_a_thousand_others_of_its_partition() => LongTaskDelaysNoOtherAsync(6_000);

    [Fact]
    [Trait("tier", "ci")]
    public Task A_task_of_60_s_delays_none_of_a_thousand_others_of_its_partition() => LongTaskDelaysNoOtherAsync(60_000);

    private async Task LongTaskDelaysNoOtherAsync(int holdMs)
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held");
        await using var host = await RunningHost.StartAsync(cluster, [new TestHandler("held")]);
        var clock = Stopwatch.StartNew();
        var held = cluster.TaskOf("held", $$"""{"hold_ms":{{holdMs}}}""", "long") with { HeartbeatMs = 3_000 };
        await cluster.SendAsync(held);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => cluster.SendAsync(cluster.TaskOf("held", "{}", $"short-{i}"))));

        var answers = await cluster.AnswersAsync(1000);
        Assert.True(clock.ElapsedMilliseconds < holdMs, $"1,000 answers took {clock.ElapsedMilliseconds} ms");
        Assert.DoesNotContain(answers, a => a.Key == "long");
        // Handed over: all of them count as done although the long one runs.
        await Wait.UntilAsync(() => cluster.Committed("held", 0) == 1001);
        Assert.DoesNotContain(cluster.Answers(), a => a.IsFinal && a.Key == "long");

        await cluster.AnswersAsync(1001, limit: TimeSpan.FromMilliseconds(holdMs + 30_000));
        var reports = cluster.Answers().Where(a => a.Key == "long").Select(a => a.Command).ToList();
        Assert.Equal(("action_started", "action_completed"), (reports[0].EventType, reports[^1].EventType));
        Assert.InRange(reports.Count(r => r.EventType == "action_heartbeat"), holdMs / 1500, holdMs / 1000);
        Assert.Single(reports, r => r.Details == """{"progress":"holding"}""");
        Assert.All(cluster.Answers(), a => Assert.True(a.Key == "long" || a.IsFinal));
    }

    [Fact]
    public async Task A_task_record_seen_again_is_answered_again_without_running_again()
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held");
        var handler = new TestHandler("held");
        await using var host = await RunningHost.StartAsync(cluster, [handler]);
        var task = cluster.TaskOf("held", """{"n":1}""", "again");
        await cluster.SendAsync(task);
        await cluster.AnswersAsync(1);
        await cluster.SendAsync(task);
        await cluster.AnswersAsync(2);

        var slow = cluster.TaskOf("held", """{"hold_ms":700}""", "twins");
        await cluster.SendAsync(slow);
        await cluster.SendAsync(slow, partition: 1);
        var answers = await cluster.AnswersAsync(4);
        Assert.Equal([2, 2], answers.GroupBy(a => (a.Key, a.Command.Result)).Select(g => g.Count()));
        Assert.Equal([task.TaskId, slow.TaskId], handler.Started);

        // The same id with other content is other work.
        await cluster.SendAsync(task with { TaskHash = "hash-2", Input = """{"n":2}""" });
        var other = (await cluster.AnswersAsync(5))[^1].Command;
        Assert.Equal(("hash-2", """{"n":2}"""), (other.TaskHash, other.Result));
        await Wait.UntilAsync(() => cluster.Committed("held", 0) == 4 && cluster.Committed("held", 1) == 1);
    }

    [Fact]
    public async Task Task_control_stops_what_runs_and_answers_what_comes_later()
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held");
        var handler = new TestHandler("held");
        var before = cluster.TaskOf("held", "{}", "before");
        await cluster.ControlAsync(before.TaskId, "superseded");
        await cluster.ControlAsync("no action", "whatever");
        await using var host = await RunningHost.StartAsync(cluster, [handler]);

        var running = cluster.TaskOf("held", """{"hold_ms":60000}""", "running");
        await cluster.SendAsync(running);
        await Wait.UntilAsync(() => handler.Started.Contains(running.TaskId));
        await cluster.ControlAsync(running.TaskId, "cancelled");
        await cluster.AnswersAsync(1);
        await cluster.SendAsync(before);
        var answers = await cluster.AnswersAsync(2);
        Assert.Equal(["running cancelled", "before superseded"],
            answers.Select(a => $"{a.Key} {System.Text.Json.Nodes.JsonNode.Parse(a.Command.Error!)!["code"]}"));
        Assert.DoesNotContain(before.TaskId, handler.Started);
    }

    [Fact]
    public async Task Timeouts_sizes_and_broken_handlers_end_as_failures_that_say_why()
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held", "broken");
        await using var host = await RunningHost.StartAsync(cluster, [new TestHandler("held"), new BrokenHandler()]);
        await cluster.SendAsync(cluster.TaskOf("held", """{"hold_ms":60000}""", "slow") with { TimeoutMs = 300 });
        await cluster.SendAsync(cluster.TaskOf("held", "{}", "late") with { DeadlineAt = Timestamp.FromUnixMillis(1) });
        await cluster.SendAsync(cluster.TaskOf("held", """{"result_chars":262144}""", "large"));
        await cluster.SendAsync(cluster.TaskOf("broken", "\"throw\"", "thrown"));
        await cluster.SendAsync(cluster.TaskOf("broken", "\"ignore\"", "deaf") with { TimeoutMs = 100 });
        await cluster.SendAsync(cluster.TaskOf("broken", "\"nul\"", "nul"));

        var errors = (await cluster.AnswersAsync(6)).ToDictionary(
            a => a.Key, a => System.Text.Json.Nodes.JsonNode.Parse(a.Command.Error ?? "{}")!);
        Assert.Equal("attempt_timeout", (string?)errors["slow"]["code"]);
        Assert.Contains("300 ms", (string?)errors["slow"]["message"], StringComparison.Ordinal);
        Assert.Equal("attempt_timeout", (string?)errors["late"]["code"]);
        Assert.Equal("result_too_large", (string?)errors["large"]["code"]);
        Assert.Equal(262144, (int)errors["large"]["details"]!["limit_bytes"]!);
        Assert.Equal("handler_failed", (string?)errors["thrown"]["code"]);
        Assert.Contains("not today", (string?)errors["thrown"]["message"], StringComparison.Ordinal);
        Assert.Equal("attempt_timeout", (string?)errors["deaf"]["code"]);
        Assert.Equal("result_not_json", (string?)errors["nul"]["code"]);
    }

    [Fact]
    public async Task What_cannot_be_read_or_answered_is_kept_on_the_dead_letter_topic_and_the_partition_moves_on()
    {
        using var cluster = await Cluster.CreateAsync(kafka, "held");
        await using var host = await RunningHost.StartAsync(cluster, [new TestHandler("held")]);
        var topic = cluster.Topics.Tasks("held");
        await cluster.SendAsync(topic, 1, "bad", [1, 2, 3]);
        var lost = cluster.TaskOf("held", "{}", "lost") with { ReplyPartition = 77 };
        await cluster.SendAsync(lost, 1);
        await cluster.SendAsync(cluster.TaskOf("held", "{}", "good"), 1);

        await cluster.AnswersAsync(1, a => a.Key == "good");
        await Wait.UntilAsync(() => cluster.Committed("held", 1) == 3);
        var letters = cluster.DeadLetters();
        Assert.Equal([$"{topic}-1@0", $"{topic}-1@1"], letters.Select(l => Encoding.UTF8.GetString(l.Message.Key!)));
        Assert.Equal([1, 2, 3], letters[0].Message.Value);
        var headers = Cluster.HeadersOf(letters[0].Message.Headers);
        Assert.Equal((topic, "1", "0", "undecodable"),
            (headers["dlq_topic"], headers["dlq_partition"], headers["dlq_offset"], headers["dlq_code"]));
        Assert.Contains("reply_partition", Cluster.HeadersOf(letters[1].Message.Headers)["dlq_reason"], StringComparison.Ordinal);
    }

    private sealed class BrokenHandler : ITaskHandler
    {
        public string NodeType => "broken";

        public Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel) => task.Input switch
        {
            "\"throw\"" => throw new InvalidOperationException("not today"),
            "\"ignore\"" => new TaskCompletionSource<TaskOutcome>().Task,
            _ => Task.FromResult(TaskOutcome.Completed("""{"a":"\u0000"}""")),
        };
    }
}
