using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution events ID [--follow]</c>: the facts of one execution, in order.</summary>
internal static class ExecutionEvents
{
    private static readonly TimeSpan FollowSlice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstEventTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var follow = new Option<bool>("--follow") { Description = "go on until the execution ends" };
        var command = new Command("events", "Show the events of one execution.") { id, follow };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            using var log = new ExecutionLog(cluster, parsed.GetValue(id)!);
            var facts = log.ReadToEnd(cancel);
            // Somebody who has just asked for the start may be here before the engine has decided it.
            if (facts.Count == 0 && parsed.GetValue(follow)) facts = log.Next(FirstEventTimeout, cancel);
            if (facts.Count == 0) throw ExecutionHistory.Unknown(parsed.GetValue(id)!);
            if (parsed.GetValue(follow)) return Follow(context.Report, log, facts, cancel);
            context.Report.Document(
                new JsonArray([.. facts.Select(EventJson.Of)]),
                o => facts.ForEach(fact => o.WriteLine(EventJson.Text(fact))));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static int Follow(Report report, ExecutionLog log, List<ExecutionEvent> facts, CancellationToken cancel)
    {
        while (true)
        {
            foreach (var fact in facts)
            {
                report.Line(EventJson.Of(fact), EventJson.Text(fact));
                if (EventTypes.IsTerminal(fact.EventType))
                    return fact.EventType == EventTypes.ExecutionCompleted ? ExitCodes.Ok : ExitCodes.RunUnsuccessful;
            }
            facts = log.Next(FollowSlice, cancel);
        }
    }
}

/// <summary><c>execution watch ID</c>: what happens, one line each, until the run ends.</summary>
internal static class ExecutionWatch
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstEventTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var command = new Command("watch", "Follow an execution until it ends.") { id };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            using var log = new ExecutionLog(cluster, parsed.GetValue(id)!);
            var facts = log.ReadToEnd(cancel);
            // Somebody who has just asked for the start may be here before the engine has decided it.
            if (facts.Count == 0) facts = log.Next(FirstEventTimeout, cancel);
            if (facts.Count == 0) throw ExecutionHistory.Unknown(parsed.GetValue(id)!);
            for (var start = facts[0].CreatedAt; ; facts = log.Next(Slice, cancel))
                foreach (var fact in facts)
                {
                    context.Report.Line(EventJson.Of(fact), Timeline.Sentence(fact, start));
                    if (!EventTypes.IsTerminal(fact.EventType)) continue;
                    context.Report.Talk($"next: kafkaflow execution show {fact.ExecutionId}");
                    return fact.EventType == EventTypes.ExecutionCompleted ? ExitCodes.Ok : ExitCodes.RunUnsuccessful;
                }
        });
        return command;
    }
}
