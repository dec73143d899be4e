using System.CommandLine;
using KafkaFlow.Cli.Bench;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>bench NAME</c>: figures with what they were measured on, and checks that they
/// count.</summary>
internal static class BenchCommands
{
    private const int MaxWarmUpRuns = 200;

    public static Command Create(GlobalOptions global) =>
        new("bench", "Measure.")
        {
            Sequential(global), Throughput(global), Engine(global), Dev(global), Broker(global),
        };

    private static Command Sequential(GlobalOptions global)
    {
        var steps = Number("--steps", 40, "trivial steps in a row");
        var runs = Number("--runs", 100, "measured runs");
        var warmUp = Number("--warmup", MaxWarmUpRuns, $"runs before, 1..{MaxWarmUpRuns}");
        var sink = new Option<bool>("--sink") { Description = "with Postgres and the sink" };
        var command = new Command("sequential", "One run at a time.") { steps, runs, warmUp, sink };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var plan = new SequentialBench.Plan(
                parsed.GetValue(steps), Math.Clamp(parsed.GetValue(warmUp), 1, MaxWarmUpRuns), parsed.GetValue(runs),
                parsed.GetValue(sink));
            return Show(context, await SequentialBench.RunAsync(context, plan, cancel));
        });
        return command;
    }

    private static Command Throughput(GlobalOptions global)
    {
        var executions = Number("--executions", 5000, "executions started at once");
        var steps = Number("--steps", 3, "trivial steps in a row");
        var sink = new Option<bool>("--sink") { Description = "with Postgres and the sink" };
        var command = new Command("throughput", "Many executions at once.") { executions, steps, sink };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var plan =
                new ThroughputBench.Plan(parsed.GetValue(executions), parsed.GetValue(steps), parsed.GetValue(sink));
            return Show(context, await ThroughputBench.RunAsync(context, plan, cancel));
        });
        return command;
    }

    private static Command Engine(GlobalOptions global)
    {
        var executions = Number("--executions", 50_000, "executions of three steps, one after the other");
        var command = new Command("engine", "The engine alone, log in memory, one thread.") { executions };
        global.SetAction(command, (context, parsed, cancel) =>
            Task.FromResult(Show(context, EngineBench.Run(parsed.GetValue(executions), cancel))));
        return command;
    }

    private static Command Dev(GlobalOptions global)
    {
        var runs = Number("--runs", 5, "starts in an empty directory");
        var command = new Command("dev", "From the start of dev to its first completed run, and until it is ready.")
        {
            runs,
        };
        global.SetAction(command, async (context, parsed, cancel) =>
            Show(OnEmbedded(context), await DevBench.RunAsync(context, parsed.GetValue(runs), cancel)));
        return command;
    }

    private static CommandContext OnEmbedded(CommandContext context) =>
        context with { Settings = context.Settings with { KafkaHome = null } };

    private static Command Broker(GlobalOptions global)
    {
        var records = Number("--records", 2_000_000, "records written to each broker in all");
        var rounds = Number("--rounds", 5, "turns of each broker");
        var command = new Command("broker", "The embedded broker beside the Kafka of KAFKA_HOME.") { records, rounds };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var plan = new BrokerBench.Plan(parsed.GetValue(records), parsed.GetValue(rounds));
            return Show(context, await BrokerBench.RunAsync(context, plan, cancel));
        });
        return command;
    }

    private static int Show(CommandContext context, BenchResult result)
    {
        var document = result.ToJson(context.Settings);
        context.Report.Document(document, o => o.WriteLine(Report.Pretty(document)));
        if (result.Checks.AllTrue) return ExitCodes.Ok;
        context.Report.Talk("error: a check is false; the figures do not count");
        return ExitCodes.Failure;
    }

    private static Option<int> Number(string name, int value, string description)
    {
        var option =
            new Option<int>(name) { Description = $"{description} ({value})", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out var given) || given < 1))
                result.AddError($"{name} is {result.Tokens[0].Value}; expected a number of at least 1");
        });
        return option;
    }
}
