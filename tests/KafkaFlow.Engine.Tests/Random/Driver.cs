using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>
/// A decision of the driver before it is known what is open: a number for what to do and three to choose with. Inputs
/// stay meaningful when others are left out.
/// </summary>
internal readonly record struct Move(int What, int A, int B, int C);

/// <summary>Turns moves into inputs, by what the reference says is open.</summary>
internal sealed class Driver(Constructs allowed)
{
    private static readonly string[] Results =
    [
        "{\"k\":1}", "{\"k\":2}", "{\"k\":3}", "{\"k\":4}", "{\"k\":5}", "{\"k\":6}", "{\"k\":7}", "{\"k\":8}",
        "{\"k\":9,\"list\":[1,2,3]}", "{\"v\":1}", "\"text\"", "[{\"k\":1},{\"k\":2}]", "null", "7",
    ];

    private readonly List<(string Activation, int Attempt)> _seen = [];
    private (PlaybookGraph Graph, Shape Shape)? _shape;

    public static Move[] Moves(Random random, int count) => [.. Enumerable.Range(0, count)
        .Select(_ => new Move(random.Next(100), random.Next(1_000), random.Next(1_000), random.Next(1_000)))];

    public RunInput? Resolve(Move move, ReferenceRun run)
    {
        foreach (var task in run.Tasks)
            if (!_seen.Contains((task.Activation, task.Attempt))) _seen.Add((task.Activation, task.Attempt));
        return run.Status == RunStatus.Parked && move.What < 90 ? new RunInput.Resume() : Chosen(move, run);
    }

    private bool May(Constructs construct) => allowed.HasFlag(construct);

    /// <summary>Some inputs are likelier in some states; of 100 moves so many go to each kind.</summary>
    private RunInput? Chosen(Move move, ReferenceRun run) => move.What switch
    {
        < 3 when May(Constructs.Stale) && _seen.Count > 0 => Late(move),
        < 6 when May(Constructs.Stale) && run.Tasks.Count > 0 => Wrong(move, run),
        < 12 when May(Constructs.Heartbeat) && run.Tasks.Count > 0 => Beat(move, run),
        < 20 when run.Timers.Count > 0 => Timer(move, run),
        < 25 when May(Constructs.Signal) =>
            new RunInput.Signal(move.A % 5 == 0 ? "other" : "go", $"{{\"k\":{move.B % 10}}}"),
        < 29 when May(Constructs.Pause) => run.Status == RunStatus.Paused ? new RunInput.Resume() : new RunInput.Pause(),
        < 33 when May(Constructs.Skip) => new RunInput.Skip(Step(move, run, Live(run))),
        < 35 when May(Constructs.Rerun) => new RunInput.Rerun(Step(move, run, Again(run))),
        _ when move.C % 3 == 0 && May(Constructs.Rerun) && run.Status == RunStatus.Running
            && Again(run).Count > 0 =>
            new RunInput.Rerun(Step(move, run, Again(run))),
        < 38 when May(Constructs.SetVariable) => new RunInput.SetVariable("v", $"{move.A % 10}"),
        < 44 when May(Constructs.Patch) => Patches.Of(move, run),
        < 48 when move.C % 4 < 3 && May(Constructs.Cancel) =>
            new RunInput.Cancel(move.A % 2 == 0 && May(Constructs.Force)),
        < 52 when run.Status == RunStatus.Paused => new RunInput.Resume(),
        < 58 when run.Tasks.Count > 0 => Failed(move, run.Tasks[move.A % run.Tasks.Count]),
        < 66 when run.Waits.Count > 0 => Waiting(move, run.Waits[move.A % run.Waits.Count]),
        _ when run.Tasks.Count > 0 => Done(move, run.Tasks[move.A % run.Tasks.Count]),
        _ when run.Waits.Count > 0 => Waiting(move, run.Waits[move.A % run.Waits.Count]),
        _ when run.Timers.Count > 0 => Timer(move, run),
        _ when run.Status == RunStatus.Paused => new RunInput.Resume(),
        _ => null,
    };

    private static RunInput.Complete Done(Move move, OpenTask task) =>
        new(task.Activation, task.Attempt, Results[move.B % 24 % Results.Length]);

    private RunInput.Fail Failed(Move move, OpenTask task)
    {
        var code = move.B % 4 == 0 && May(Constructs.Park) ? "park" : move.B % 3 == 0 ? "bad" : "boom";
        return new(task.Activation, task.Attempt, code, move.C % 6 != 0);
    }

    /// <summary>An answer to an attempt that may be over.</summary>
    private RunInput Late(Move move)
    {
        var (activation, attempt) = _seen[move.A % _seen.Count];
        return move.B % 2 == 0
            ? new RunInput.Complete(activation, attempt, "{\"k\":8}")
            : new RunInput.Fail(activation, attempt, "boom", true);
    }

    private static RunInput.Complete Wrong(Move move, ReferenceRun run)
    {
        var task = run.Tasks[move.A % run.Tasks.Count];
        return new(task.Activation, task.Attempt, "1", WrongHash: true);
    }

    private static RunInput.Beat Beat(Move move, ReferenceRun run)
    {
        var task = run.Tasks[move.A % run.Tasks.Count];
        return new(task.Activation, task.Attempt);
    }

    /// <summary>Of the timers of one activation the one that is due first; rarely the deadline.</summary>
    private static RunInput.Fire? Timer(Move move, ReferenceRun run)
    {
        var timers = run.Timers.Where(timer => timer.Kind != TimerKinds.Deadline || move.B % 4 == 0).ToList();
        if (timers.Count == 0) return null;
        var activation = timers[move.A % timers.Count].Activation;
        var first = timers.Where(timer => timer.Activation == activation)
            .OrderBy(timer => timer.DueMicros ?? 0).First();
        return new(activation, first.Kind);
    }

    private static RunInput? Waiting(Move move, OpenWait wait) => wait.Kind switch
    {
        "approval" => new RunInput.Decide(wait.Activation, move.B % 3 != 0,
            (move.C % 5) switch { 0 => "eve", 1 or 2 => "bob", _ => "ann" }, move.B % 2 == 0 ? null : "{\"k\":4}"),
        "child" => new RunInput.ChildEnded(wait.Activation, 1, (move.B % 8) switch
        {
            0 => "FAILED", 1 => "CANCELLED", 2 => "REJECTED", _ => "COMPLETED",
        }, Results[move.C % Results.Length]),
        "signal" when wait.What == "hold" && move.C % 5 > 0 => null,
        "signal" => new RunInput.Signal(wait.What, $"{{\"k\":{move.B % 10}}}"),
        _ => new RunInput.Fire(wait.Activation, TimerKinds.Wait),
    };

    /// <summary>As a rule a step to which the request may apply.</summary>
    private static string Step(Move move, ReferenceRun run, List<string> fit) => fit.Count > 0 && move.B % 4 > 0
        ? fit[move.A % fit.Count] : run.Graph.Steps[move.A % run.Graph.Steps.Count].Name;

    private static List<string> Live(ReferenceRun run) => Steps(run, Outcome.Live);

    /// <summary>Steps that have ended, and after which nothing is live.</summary>
    private List<string> Again(ReferenceRun run)
    {
        if (_shape is not { } known || known.Graph != run.Graph) _shape = (run.Graph, new(run.Graph));
        var shape = _shape.Value.Shape;
        var live = Live(run);
        return [.. Steps(run, Outcome.Completed).Concat(Steps(run, Outcome.Failed)).Distinct()
            .Where(step => !live.Contains(step) && !live.Any(other => shape.Reaches(step, other, forwardOnly: true)))];
    }

    private static List<string> Steps(ReferenceRun run, Outcome outcome) => [.. run.Activations
        .Where(one => one.Outcome == outcome && !one.Activation.Contains('[', StringComparison.Ordinal))
        .Select(one => one.Activation.Split('#')[0])];
}
