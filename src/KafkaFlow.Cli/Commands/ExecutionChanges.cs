using System.CommandLine;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution pause|resume|skip|rerun|set|patch</c>: changes of a run that is under way.</summary>
internal static class ExecutionChanges
{
    public static IEnumerable<Command> All(GlobalOptions global) =>
    [
        OfStatus(global, "pause", CommandTypes.PauseRequested, "Begin nothing new until resumed."),
        OfStatus(global, "resume", CommandTypes.ResumeRequested, "Go on after a pause, or after it was parked."),
        OfStep(global, "skip", CommandTypes.SkipRequested, "Complete a live step with null."),
        OfStep(global, "rerun", CommandTypes.RerunRequested, "Run a step that has ended, and what follows, again."),
        Set(global),
        Patch(global),
    ];

    private static Command OfStatus(GlobalOptions global, string name, string type, string what)
    {
        var id = new Argument<string>("ID");
        var command = new Command(name, what) { id };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var claim = new Claim { EventType = type, ExecutionId = parsed.GetValue(id)! };
            return new ExecutionAsk(context, claim.ExecutionId)
                .SendAsync(by.Sign(claim, parsed), null, isChange: true, cancel);
        });
        return command;
    }

    private static Command OfStep(GlobalOptions global, string name, string type, string what)
    {
        var id = new Argument<string>("ID");
        var step = new Argument<string>("STEP");
        var command = new Command(name, what) { id, step };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var claim = new Claim
            {
                EventType = type, ExecutionId = parsed.GetValue(id)!, Step = parsed.GetValue(step),
            };
            return new ExecutionAsk(context, claim.ExecutionId).SendAsync(
                claim, (cluster, run) => by.Sign(WithStep(claim, cluster, run, cancel), parsed), isChange: true,
                cancel);
        });
        return command;
    }

    private static Command Set(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var name = new Argument<string>("NAME");
        var value = new Argument<string>("VALUE") { Description = "JSON if it parses, else text; or @file" };
        var command = new Command("set", "Set vars.NAME of a run.") { id, name, value };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var claim = new Claim
            {
                EventType = CommandTypes.VariableSetRequested, ExecutionId = parsed.GetValue(id)!,
                Name = parsed.GetValue(name), Value = Payloads.Value(parsed.GetValue(value)!, "VALUE"),
            };
            if (!Names.IsStep(claim.Name!))
                throw new CliException(
                    ExitCodes.Validation, "bad_name", $"'{claim.Name}' is no name of a variable")
                {
                    Where = "NAME", Expected = "[A-Za-z_][A-Za-z0-9_-]{0,63}", Found = claim.Name,
                };
            return new ExecutionAsk(context, claim.ExecutionId)
                .SendAsync(by.Sign(claim, parsed), null, isChange: true, cancel);
        });
        return command;
    }

    private static Command Patch(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var file = new Argument<string>("FILE") { Description = "RFC 6902 operations: a file, @file, or JSON" };
        var version = new Option<int?>("--expected-version")
        {
            Description = "graph version it is made for; the present one if not given",
        };
        var command = new Command("patch", "Change the playbook of one run.") { id, file, version };
        var by = ExecutionAsk.By.AddTo(command);
        global.SetAction(command, (context, parsed, cancel) =>
        {
            var typed = parsed.GetValue(file)!;
            var isText = typed.TrimStart() is ['@' or '[' or '{', ..];
            var claim = new Claim
            {
                EventType = CommandTypes.PatchRequested, ExecutionId = parsed.GetValue(id)!,
                Patch = Payloads.Read(isText ? typed : $"@{typed}", "FILE"),
                ExpectedVersion = parsed.GetValue(version),
            };
            return new ExecutionAsk(context, claim.ExecutionId).SendAsync(
                claim, (cluster, run) => by.Sign(Checked(claim, cluster, run, cancel), parsed), isChange: true, cancel);
        });
        return command;
    }

    private static Claim WithStep(Claim claim, Cluster cluster, ExecutionHistory run, CancellationToken cancel)
    {
        if (RunGraph.Of(run, cluster, cancel) is not { } graph || graph.Find(claim.Step!) is not null) return claim;
        var names = graph.Steps.Select(step => step.Name).ToList();
        var nearest = EditDistance.Nearest(claim.Step!, names);
        throw new CliException(
            ExitCodes.NotFound, "unknown_step",
            $"the playbook of execution {run.ExecutionId} has no step '{claim.Step}'")
        {
            Where = "STEP", Found = claim.Step, Expected = $"one of {string.Join(", ", names.Take(20))}",
            Hint = nearest is null ? null : $"did you mean {nearest}?",
        };
    }

    /// <summary>What the engine would refuse is told here with its place in the patch.</summary>
    private static Claim Checked(Claim claim, Cluster cluster, ExecutionHistory run, CancellationToken cancel)
    {
        var expected = claim.ExpectedVersion ?? run.GraphVersion;
        if (expected != run.GraphVersion)
            throw new CliException(
                ExitCodes.Conflict, "version_conflict",
                $"the graph of execution {run.ExecutionId} has version {run.GraphVersion}")
            {
                Where = "--expected-version", Expected = $"{run.GraphVersion}", Found = $"{expected}",
                Hint = $"see what was patched: kafkaflow execution events {run.ExecutionId}",
            };
        if (RunGraph.Of(run, cluster, cancel) is { } graph
            && PlaybookPatch.Apply(graph, claim.Patch!, "patch") is { Graph: null } refused)
        {
            var errors = refused.Diagnostics.Where(d => d.Severity == PlaybookDiagnostic.Error).ToList();
            throw new CliException(
                ExitCodes.Validation, "bad_patch", string.Join("; ", errors.Select(d => d.Message)))
            {
                Where = "FILE", Expected = errors.FirstOrDefault()?.Expected, Found = errors.FirstOrDefault()?.Found,
                Hint = errors.FirstOrDefault()?.Hint,
            };
        }
        return claim with { ExpectedVersion = expected };
    }
}

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
        var waiting = KafkaFlow.Engine.Waiting.For(run.State)
            .Where(w => w.Kind == Kind).Select(w => w.Activation!).ToList();
        if (waiting.Contains(typed)) return typed;
        if (waiting.Where(id => Activations.StepOf(id) == typed).ToList() is [var only]) return only;
        if (run.Run.Steps.Any(step => step.Activation == typed && step.NodeType == Kind)) return typed; // it has ended
        var nearest = EditDistance.Nearest(typed, waiting);
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
