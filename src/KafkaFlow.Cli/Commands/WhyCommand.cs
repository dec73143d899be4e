using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>why ID</c>: what an execution waits for, since when, what happens next and what can be done.</summary>
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
            context.Report.Document(history.ToWhyJson(), o => RunText.WriteWhy(o, history));
            context.Report.Talk($"next: kafkaflow execution events {history.ExecutionId}");
            return ExitCodes.Ok;
        });
        return command;
    }
}
