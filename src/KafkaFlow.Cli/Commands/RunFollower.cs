using System.Diagnostics;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Commands;

/// <summary>What <c>run</c> was asked for.</summary>
/// <param name="Timeout">null waits as long as it takes.</param>
internal sealed record RunRequest(PlaybookFile Playbook, string? Id, string? Payload, TimeSpan? Timeout);

/// <summary>Registers and starts a playbook, shows its events as they come, and the run at its end.</summary>
/// <param name="hosts">The engine and workers of this process, if there are any: their failure ends the wait.</param>
internal sealed class RunFollower(Report report, Cluster cluster, Hosts? hosts)
{
    private static readonly TimeSpan FollowSlice = TimeSpan.FromMilliseconds(200);

    /// <param name="firstEvent">How long a foreign engine may take to answer; null waits for the own one.</param>
    public async Task<int> RunAsync(RunRequest request, TimeSpan? firstEvent, CancellationToken cancel)
    {
        using var registry = new PlaybookRegistry(cluster);
        var graph = request.Playbook.Graph!;
        var (record, _) = await registry.RegisterAsync(graph.Path, request.Playbook.Source, cancel);
        var start = ExecutionStart.StartOf(record, request.Id, request.Payload);
        if (request.Id is not null) ExecutionStart.RefuseConflict(cluster, start, cancel);
        using var log = new ExecutionLog(cluster, start.ExecutionId);
        await cluster.AppendAsync(start, cancel);
        report.Talk($"{record.Path}@{record.Version} started as {start.ExecutionId}");

        var history =
            ExecutionHistory.Of(await FollowAsync(log, start.ExecutionId, request.Timeout, firstEvent, cancel));
        report.Document(history.ToRunJson(), o => RunText.Write(o, history));
        return history.Status == EventStatus.Completed ? ExitCodes.Ok : ExitCodes.RunUnsuccessful;
    }

    private async Task<List<ExecutionEvent>> FollowAsync(
        ExecutionLog log, string executionId, TimeSpan? limit, TimeSpan? firstEvent, CancellationToken cancel)
    {
        var facts = new List<ExecutionEvent>();
        var clock = Stopwatch.StartNew();
        var failed = hosts?.FailedAsync(cancel) ?? Task.Delay(Timeout.Infinite, cancel);
        while (facts.Count == 0 || !EventTypes.IsTerminal(facts[^1].EventType))
        {
            foreach (var fact in log.Next(FollowSlice, cancel))
            {
                facts.Add(fact);
                report.Talk(Timeline.Line(fact, facts[0].CreatedAt));
            }
            if (failed.IsCompleted) await failed;
            if (facts.Count == 0 && clock.Elapsed > firstEvent) throw NoEngine(firstEvent.Value);
            if (clock.Elapsed > limit) throw Late(executionId, limit.Value);
        }
        return facts;
    }

    private CliException NoEngine(TimeSpan waited)
    {
        var settings = cluster.Settings;
        var prefix = settings.Prefix == TopicNames.DefaultPrefix ? "" : $" --prefix {settings.Prefix}";
        return CliException.Unavailable(
            $"no engine answers on {settings.Bootstrap} (prefix {settings.Prefix}) after {waited.TotalSeconds:0} s",
            $"start one with: kafkaflow engine run --bootstrap {settings.Bootstrap}{prefix}");
    }

    private CliException Late(string executionId, TimeSpan waited) => new(
        ExitCodes.Unavailable, "timed_out", $"execution {executionId} has not ended after {waited.TotalSeconds:0.#} s")
    {
        Hint = hosts is null
            ? $"it goes on; see what it waits for with: kafkaflow why {executionId}"
            : "it was stopped with its engine; give it more time with --timeout, or use kafkaflow up",
    };
}
