using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution approve|reject ID ACTIVATION</c>: somebody's decision.</summary>
internal static class ExecutionApprovals
{
    private const string Kind = "approval";

    public static IEnumerable<Command> All(GlobalOptions global) =>
        [Decide(global, "approve", "Approve what a step asks for."), Decide(global, "reject", "Reject it.")];

    private static Command Decide(GlobalOptions global, string decision, string what)
    {
        var id = new Argument<string>("ID");
        var activation = new Argument<string>("ACTIVATION") { Description = "as why names it, such as ask#1" };
        var form = new Option<string?>("--form") { Description = "JSON, or @file: what was filled in" };
        var command = new Command(decision, what) { id, activation, form };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var claim = new Claim
            {
                EventType = CommandTypes.ApprovalDecided,
                ExecutionId = parsed.GetValue(id)!,
                Activation = parsed.GetValue(activation),
                Decision = decision,
                Form = Payloads.Read(parsed.GetValue(form), "--form"),
            };
            return new ExecutionAsk(context, claim.ExecutionId).SendAsync(
                claim, (_, run) => by.Sign(claim with { Activation = Waiting(run, claim.Activation!) }, parsed),
                isChange: true, cancel);
        });
        return command;
    }

    /// <returns>The activation that was meant: itself, or the only one of the step of that name.</returns>
    private static string Waiting(ExecutionHistory run, string typed)
    {
        var waiting = KafkaFlow.Engine.Waiting.For(run.State).Where(w => w.Kind == Kind).Select(w => w.Activation!).ToList();
        if (waiting.Contains(typed)) return typed;
        if (waiting.Where(id => Activations.StepOf(id) == typed).ToList() is [var only]) return only;
        if (run.Run.Steps.Any(step => step.Activation == typed && step.NodeType == Kind)) return typed; // it has ended
        var nearest = Nearest.Of(typed, waiting);
        throw new CliException(
            ExitCodes.NotFound, "unknown_activation",
            $"nothing of execution {run.ExecutionId} with the name '{typed}' waits for a decision")
        {
            Where = "ACTIVATION", Found = typed,
            Expected = waiting.Count == 0 ? "none waits now" : $"one of {string.Join(", ", waiting.Take(20))}",
            Hint = nearest is null ? $"see: kafkaflow why {run.ExecutionId}" : $"did you mean {nearest}?",
        };
    }
}
