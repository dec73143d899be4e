using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Settings;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// <c>run FILE</c>: registers a playbook, starts it, follows it to its end. Uses the running instance or the named
/// cluster; without either it starts a broker, an engine and workers in this process and keeps nothing of them.
/// </summary>
internal static class RunCommand
{
    private const int Concurrency = 32;
    private static readonly TimeSpan FirstEventTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions global)
    {
        var file = new Argument<string>("FILE");
        var payload = new Option<string?>("--payload") { Description = "JSON object over the workload, or @file" };
        var id = new Option<string?>("--id") { Description = "execution id; a new UUIDv7 if not given" };
        var sets = new Option<string[]>("--set")
        {
            Description = "a.b=VALUE over the payload", DefaultValueFactory = _ => [],
        };
        var timeout = new Option<double?>("--timeout") { Description = "seconds to wait for the end" };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(result.GetValueOrDefault<double?>() is > 0 and < 1e8))
                result.AddError($"--timeout is {result.Tokens[0].Value}; expected seconds above 0");
        });
        var command =
            new Command("run", "Run a playbook file and print the result.") { file, payload, id, sets, timeout };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var playbook = PlaybookFile.Compile(parsed.GetValue(file)!);
            playbook.RequireValid(context.Report);
            var body = Payloads.WithSets(
                Payloads.Read(parsed.GetValue(payload), "--payload"), parsed.GetValue(sets) ?? []);
            ExecutionStart.RequireSound(parsed.GetValue(id), body);
            var limit = parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            var request = new RunRequest(playbook, parsed.GetValue(id), body, limit);
            return context.Settings.Bootstrap is not null || Instance.Find(context.Settings.DataDirectory) is not null
                ? await RunOnAsync(context, request, cancel)
                : await RunAloneAsync(context, request, cancel);
        });
        return command;
    }

    private static async Task<int> RunOnAsync(CommandContext context, RunRequest request, CancellationToken cancel)
    {
        using var cluster = await context.ConnectAsync(cancel);
        return await new RunFollower(context.Report, cluster, hosts: null)
            .RunAsync(request, FirstEventTimeout, cancel);
    }

    private static async Task<int> RunAloneAsync(CommandContext context, RunRequest request, CancellationToken cancel)
    {
        using var scratch = new ScratchDirectory("run");
        using var loggers = Logging.Create(context.Settings.LogLevel, quiet: true);
        await using var stack = await LocalStack.StartAsync(
            context.Settings, new StackPlan(scratch.FullPath), context.Report, loggers, cancel);
        using var cluster = await stack.ConnectAsync(loggers, cancel);
        await using var hosts = new Hosts(stack.Settings, cluster.Serdes, loggers);
        hosts.StartEngine(Path.Combine(scratch.FullPath, "state"));
        var used = request.Playbook.Graph!.TaskTypes.ToHashSet();
        var types = TaskHandlers.BuiltIn.Where(used.Contains).ToList();
        if (types.Count > 0) hosts.StartWorker(types, Concurrency);
        return await new RunFollower(context.Report, cluster, hosts).RunAsync(request, firstEvent: null, cancel);
    }
}
