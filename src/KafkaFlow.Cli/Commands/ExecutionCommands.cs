using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution start|cancel|signal|show|list|events|replay</c>.</summary>
internal static class ExecutionCommands
{
    public static Command Create(GlobalOptions global) => new("execution", "Start, change and look at executions.")
    {
        ExecutionStart.Create(global),
        Cancel(global),
        Signal(global),
        Show(global),
        ExecutionList.Create(global),
        ExecutionEvents.Create(global),
        ExecutionReplay.Create(global),
    };

    private static Command Cancel(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var force = new Option<bool>("--force") { Description = "skip compensation and finally" };
        var reason = new Option<string?>("--reason");
        var command = new Command("cancel", "Ask for an execution to be cancelled.") { id, force, reason };
        global.SetAction(command, (context, parsed, cancel) => AskAsync(context, new Claim
        {
            EventType = CommandTypes.CancelRequested,
            ExecutionId = parsed.GetValue(id)!,
            Force = parsed.GetValue(force) ? true : null,
            Reason = parsed.GetValue(reason),
        }, cancel));
        return command;
    }

    private static Command Signal(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var name = new Argument<string>("NAME");
        var payload = new Option<string?>("--payload") { Description = "JSON, or @file" };
        var command = new Command("signal", "Send a signal to an execution.") { id, name, payload };
        global.SetAction(command, (context, parsed, cancel) => AskAsync(context, new Claim
        {
            EventType = CommandTypes.SignalReceived,
            ExecutionId = parsed.GetValue(id)!,
            Name = parsed.GetValue(name),
            Payload = Payloads.Read(parsed.GetValue(payload), "--payload"),
        }, cancel));
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var command = new Command("show", "Show one execution: status, steps, what it waits for.") { id };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            var history = ExecutionHistory.Read(cluster, parsed.GetValue(id)!, cancel);
            context.Report.Document(history.ToShowJson(), o => RunText.Write(o, history));
            context.Report.Talk(
                $"next: kafkaflow why {history.ExecutionId}    kafkaflow execution events {history.ExecutionId}");
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Appends a command to an execution that exists, and says where it stands.</summary>
    private static async Task<int> AskAsync(CommandContext context, Claim command, CancellationToken cancel)
    {
        if (ExecutionIds.Problem(command.ExecutionId) is { } problem)
            throw new CliException(ExitCodes.Validation, "bad_execution_id", problem)
            {
                Where = "ID", Found = command.ExecutionId,
            };
        using var cluster = await context.ConnectAsync(cancel);
        var history = ExecutionHistory.Read(cluster, command.ExecutionId, cancel);
        if (history.State.IsFinished)
            throw new CliException(
                ExitCodes.Conflict, "finished_execution", $"execution {command.ExecutionId} is {history.Status}")
            {
                Where = "ID", Expected = "an execution that has not ended", Found = history.Status,
                Hint = $"see: kafkaflow execution show {command.ExecutionId}",
            };
        var appended = await cluster.AppendAsync(
            command with { EventId = Guid.CreateVersion7().ToString(), Actor = Environment.UserName }, cancel);
        Show(context.Report, appended);
        context.Report.Talk($"next: kafkaflow execution show {command.ExecutionId}");
        return ExitCodes.Ok;
    }

    public static void Show(Report report, Appended appended) => report.Document(
        new JsonObject
        {
            ["execution_id"] = appended.ExecutionId, ["event_id"] = appended.EventId, ["topic"] = appended.Topic,
            ["partition"] = appended.Partition, ["offset"] = appended.Offset,
        },
        o => o.WriteLine(
            $"{appended.ExecutionId} asked for at {appended.Topic} {appended.Partition}@{appended.Offset}"));
}
