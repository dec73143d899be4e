using System.CommandLine;
using System.Diagnostics;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// <c>run FILE</c>: registers a playbook, starts it, follows it to its end. Uses the running instance or the named
/// cluster; without either it starts a Kafka, an engine and workers for this run and removes them afterwards.
/// </summary>
internal static class RunCommand
{
    private const int Concurrency = 32;
    private static readonly TimeSpan FirstEventTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FollowSlice = TimeSpan.FromMilliseconds(200);

    private sealed record Request(PlaybookFile Playbook, string? Id, string? Payload, TimeSpan? Timeout);

    public static Command Create(GlobalOptions global)
    {
        var file = new Argument<string>("FILE");
        var payload = new Option<string?>("--payload") { Description = "JSON object over the workload, or @file" };
        var id = new Option<string?>("--id") { Description = "execution id; a new UUIDv7 if not given" };
        var sets = new Option<string[]>("--set") { Description = "a.b=VALUE over the payload", DefaultValueFactory = _ => [] };
        var timeout = new Option<double?>("--timeout") { Description = "seconds to wait for the end" };
        var command = new Command("run", "Run a playbook file and print the result.") { file, payload, id, sets, timeout };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var playbook = PlaybookFile.Compile(parsed.GetValue(file)!);
            if (playbook.Graph is null)
            {
                PlaybookFile.Show(context.Report, [playbook]);
                return ExitCodes.Validation;
            }
            var body = Payloads.WithSets(Payloads.Read(parsed.GetValue(payload), "--payload"), parsed.GetValue(sets) ?? []);
            var limit = parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            var request = new Request(playbook, parsed.GetValue(id), body, limit);
            return context.Settings.Bootstrap is not null || Instance.Find(context.Settings.DataDirectory) is not null
                ? await RunOnAsync(context, request, cancel)
                : await RunAloneAsync(context, request, cancel);
        });
        return command;
    }

    private static async Task<int> RunOnAsync(CommandContext context, Request request, CancellationToken cancel)
    {
        using var cluster = await context.ConnectAsync(cancel);
        return await FollowAsync(context.Report, cluster, request, FirstEventTimeout, hosts: null, cancel);
    }

    private static async Task<int> RunAloneAsync(CommandContext context, Request request, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("kafkaflow-run-").FullName;
        try
        {
            using var loggers = Logging.Create(context.Settings.LogLevel, quiet: true);
            var plan = new StackPlan(KafkaPort: 0, PostgresPort: 0, WithPostgres: false);
            await using var stack = await LocalStack.StartAsync(context.Settings, plan, directory, context.Report, cancel);
            using (var admin = new TopicAdmin(stack.Settings.Kafka)) await admin.ApplyAsync(stack.Settings.Prefix);
            using var cluster = await Cluster.ConnectAsync(stack.Settings, loggers, cancel);
            await using var hosts = new Hosts(stack.Settings, cluster.Serdes, loggers);
            hosts.StartEngine(Path.Combine(directory, "state"));
            var used = request.Playbook.Graph!.Steps.Select(s => s.NodeType).Distinct();
            var types = TaskHandlers.BuiltIn.Where(used.Contains).ToList();
            if (types.Count > 0) hosts.StartWorker(types, Concurrency);
            return await FollowAsync(context.Report, cluster, request, firstEvent: null, hosts, cancel);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <param name="firstEvent">How long a foreign engine may take to answer; null waits for the own one.</param>
    private static async Task<int> FollowAsync(
        Report report, Cluster cluster, Request request, TimeSpan? firstEvent, Hosts? hosts, CancellationToken cancel)
    {
        using var registry = new PlaybookRegistry(cluster);
        var (record, _) = await registry.RegisterAsync(request.Playbook.Graph!.Path, request.Playbook.Source, cancel);
        var start = ExecutionStart.StartOf(record, request.Id, request.Payload);
        using var log = new EventLog(cluster, start.ExecutionId);
        await cluster.AppendAsync(start, cancel);
        report.Talk($"{record.Path}@{record.Version} started as {start.ExecutionId}");

        var facts = new List<ExecutionEvent>();
        var clock = Stopwatch.StartNew();
        var failed = hosts?.FailedAsync(cancel) ?? Task.Delay(System.Threading.Timeout.Infinite, cancel);
        while (facts.Count == 0 || !EventTypes.IsTerminal(facts[^1].EventType))
        {
            foreach (var fact in log.Next(FollowSlice, cancel))
            {
                facts.Add(fact);
                report.Talk(EventJson.Text(fact));
            }
            if (failed.IsCompleted) await failed;
            if (facts.Count == 0 && clock.Elapsed > firstEvent) throw NoEngine(cluster, firstEvent.Value);
            if (clock.Elapsed > request.Timeout) throw Late(start.ExecutionId, request.Timeout.Value);
        }
        var history = ExecutionHistory.Of(facts);
        report.Document(history.ToRunJson(), o => RunText.Write(o, history));
        return history.Status == EventStatus.Completed ? ExitCodes.Ok : ExitCodes.RunUnsuccessful;
    }

    private static CliException NoEngine(Cluster cluster, TimeSpan waited) => CliException.Unavailable(
        $"no engine answers on {cluster.Settings.Bootstrap} (prefix {cluster.Settings.Prefix}) after {waited.TotalSeconds:0} s",
        $"start one with: kafkaflow engine run --bootstrap {cluster.Settings.Bootstrap}");

    private static CliException Late(string executionId, TimeSpan waited) => new(
        ExitCodes.Unavailable, "timed_out", $"execution {executionId} has not ended after {waited.TotalSeconds:0.#} s")
    {
        Hint = $"it goes on; see what it waits for with: kafkaflow why {executionId}",
    };
}
