using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.PostgresSink;
using Npgsql;

namespace KafkaFlow.Cli.Bench;

/// <summary>What must hold for the figures to count.</summary>
/// <param name="SinkRows">null without a sink.</param>
internal sealed record BenchChecks(bool TasksOnTopic, bool ResultsCorrect, bool? SinkRows, bool Lag)
{
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(100);

    public bool AllTrue => TasksOnTopic && ResultsCorrect && Lag && SinkRows != false;

    public JsonObject ToJson() => new()
    {
        ["tasks_on_topic"] = TasksOnTopic, ["results_correct"] = ResultsCorrect, ["sink_rows"] = SinkRows,
        ["lag"] = Lag,
    };

    /// <param name="expectedTasks">Records that must stand on the task topic: one a task, no more.</param>
    public static async Task<BenchChecks> RunAsync(
        BenchStack stack, RunWatcher watcher, long expectedTasks, bool resultsCorrect, CancellationToken cancel)
    {
        var tasks = stack.TasksOnTopic() == expectedTasks;
        var noLag = await SettlesAsync(
            () => Task.FromResult(EngineStatus.Read(stack.Cluster, cancel).All(row => row.Lag == 0)), cancel);
        bool? rows = stack.Postgres is { } postgres
            ? await SettlesAsync(async () => await CountAsync(postgres, cancel) == watcher.Facts, cancel)
            : null;
        return new BenchChecks(tasks, resultsCorrect, rows, noLag);
    }

    private static async Task<bool> SettlesAsync(Func<Task<bool>> condition, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < SettleTimeout;)
        {
            if (await condition()) return true;
            await Task.Delay(SettlePause, cancel);
        }
        return false;
    }

    private static async Task<long> CountAsync(string postgres, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(postgres));
        await using var command = source.CreateCommand("select count(*) from event");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
