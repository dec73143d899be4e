using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution</c> and what can be done with one.</summary>
internal static class ExecutionCommands
{
    public static Command Create(GlobalOptions global)
    {
        var command = new Command("execution", "Start, change and look at executions.")
        {
            ExecutionStart.Create(global), Cancel(global), Signal(global),
        };
        foreach (var change in ExecutionChanges.All(global)) command.Subcommands.Add(change);
        foreach (var decision in ExecutionApprovals.All(global)) command.Subcommands.Add(decision);
        command.Subcommands.Add(Show(global));
        command.Subcommands.Add(ExecutionList.Create(global));
        command.Subcommands.Add(ExecutionEvents.Create(global));
        command.Subcommands.Add(ExecutionWatch.Create(global));
        command.Subcommands.Add(ExecutionReplay.Create(global));
        return command;
    }

    private static Command Cancel(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var force = new Option<bool>("--force") { Description = "skip compensation and finally" };
        var command = new Command("cancel", "Ask for an execution to be cancelled.") { id, force };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
            new ExecutionAsk(context, parsed.GetValue(id)!).SendAsync(by.Sign(new Claim
            {
                EventType = CommandTypes.CancelRequested,
                ExecutionId = parsed.GetValue(id)!,
                Force = parsed.GetValue(force) ? true : null,
            }, parsed), null, isChange: false, cancel));
        return command;
    }

    private static Command Signal(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var name = new Argument<string>("NAME");
        var payload = new Option<string?>("--payload") { Description = "JSON, or @file" };
        var command = new Command("signal", "Send a signal to an execution.") { id, name, payload };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
            new ExecutionAsk(context, parsed.GetValue(id)!).SendAsync(by.Sign(new Claim
            {
                EventType = CommandTypes.SignalReceived,
                ExecutionId = parsed.GetValue(id)!,
                Name = parsed.GetValue(name),
                Payload = Payloads.Read(parsed.GetValue(payload), "--payload"),
            }, parsed), null, isChange: false, cancel));
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
}

/// <summary><c>why ID</c>: what an execution waits for, since when, what happens next and what can be done, and which
/// conditions kept steps from running.</summary>
internal static class WhyCommand
{
    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var command = new Command("why", "Say what an execution waits for, or why it ended.") { id };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            var history = ExecutionHistory.Read(cluster, parsed.GetValue(id)!, cancel);
            var graph = RunGraph.Pinned(history, cluster, cancel);
            IReadOnlyList<WaitingFor> reasons =
                [.. history.Reasons(), .. graph is null ? [] : EdgeReasons.Of(history, graph)];
            context.Report.Document(
                history.ToWhyJson(reasons), o => RunText.WriteWhy(o, history, reasons));
            context.Report.Talk($"next: kafkaflow execution events {history.ExecutionId}");
            return ExitCodes.Ok;
        });
        return command;
    }
}
