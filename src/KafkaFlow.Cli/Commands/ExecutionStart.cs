using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution start PATH[@V]</c>: pins the playbook here, so that the engine need not.</summary>
internal static class ExecutionStart
{
    public static Command Create(GlobalOptions global)
    {
        var path = new Argument<string>("PATH[@V]");
        var id = new Option<string?>("--id") { Description = "execution id; a new UUIDv7 if not given" };
        var payload = new Option<string?>("--payload") { Description = "JSON object over the workload, or @file" };
        var sets =
            new Option<string[]>("--set") { Description = "a.b=VALUE over the payload", DefaultValueFactory = _ => [] };
        var command = new Command("start", "Start a registered playbook.") { path, id, payload, sets };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var body = Payloads.WithSets(
                Payloads.Read(parsed.GetValue(payload), "--payload"), parsed.GetValue(sets) ?? []);
            RequireSound(parsed.GetValue(id), body);
            using var cluster = await context.ConnectAsync(cancel);
            using var registry = new PlaybookRegistry(cluster);
            var playbook = PlaybookCommands.Find(registry, parsed.GetValue(path)!, cancel);
            var start = StartOf(playbook, parsed.GetValue(id), body);
            if (parsed.GetValue(id) is not null) RefuseConflict(cluster, start, cancel);
            ExecutionAsk.Show(context.Report, await cluster.AppendAsync(start, cancel));
            context.Report.Talk(
                $"next: kafkaflow execution show {start.ExecutionId}    kafkaflow execution events "
                + $"{start.ExecutionId} --follow");
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <exception cref="CliException">The id has a wrong character or length, or the payload is no object.</exception>
    public static void RequireSound(string? id, string? payload)
    {
        if (id is not null && ExecutionIds.Problem(id) is { } problem)
            throw new CliException(ExitCodes.Validation, "bad_execution_id", problem) { Where = "--id", Found = id };
        if (payload is not null && !payload.StartsWith('{'))
            throw new CliException(ExitCodes.Validation, "bad_payload", "the payload is no JSON object")
            {
                Where = "--payload", Expected = "an object, merged over the playbook's workload", Found = payload,
            };
    }

    /// <summary>A pinned start. The same start twice is one run, so it needs no event id of its own.</summary>
    public static Claim StartOf(PlaybookRecord playbook, string? id, string? payload)
    {
        RequireSound(id, payload);
        var execution = id ?? Guid.CreateVersion7().ToString();
        return new Claim
        {
            EventType = CommandTypes.ExecutionStarted,
            ExecutionId = execution,
            EventId = Guid.CreateVersion7().ToString(),
            Actor = Environment.UserName,
            PlaybookPath = playbook.Path,
            PlaybookVersion = $"{playbook.Version}",
            ContentHash = playbook.ContentHash,
            Payload = payload,
        };
    }

    /// <exception cref="CliException">The id is taken by another request.</exception>
    public static void RefuseConflict(Cluster cluster, Claim start, CancellationToken cancel)
    {
        if (ExecutionHistory.TryRead(cluster, start.ExecutionId, cancel) is not { } known) return;
        if (known.StartHash != Engine.StartRequest.HashOf(start))
            throw new CliException(ExitCodes.Conflict, "conflict",
                $"execution {start.ExecutionId} was started with another request")
            {
                Where = "--id", Hint = $"see: kafkaflow execution show {start.ExecutionId}",
            };
    }
}
