using KafkaFlow.Contracts;
using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>A random playbook and what the driver does to a run of it: the same for the engine and the reference.</summary>
internal sealed record DifferentialCase(PlaybookSpec Playbook, IReadOnlyList<Move> Moves, Constructs Allowed,
    int FactsPerDecision)
{
    public const int MaxVisits = 4;

    /// <summary>Another number makes the engine differ.</summary>
    public int EngineMaxVisits { get; init; } = MaxVisits;

    /// <summary>The engine's run, once played.</summary>
    public TestRun? Run { get; private set; }

    /// <returns>Null if the random playbook is none.</returns>
    public static DifferentialCase? Random(int seed, Constructs allowed)
    {
        var random = new Random(seed);
        var spec = new PlaybookGenerator(random, allowed).Next();
        if (PlaybookCompiler.Compile(spec.Yaml(), "random.yaml").Graph is null) return null;
        var factsPerDecision = random.Next(4) == 0 ? random.Next(2, 9) : 256;
        return new(spec, Driver.Moves(random, random.Next(5, 60)), allowed, factsPerDecision);
    }

    /// <returns>Null if there is no difference.</returns>
    public Difference? Play(Coverage? coverage = null)
    {
        if (PlaybookCompiler.Compile(Playbook.Yaml(), "random.yaml").Graph is not { } graph) return null;
        var inputs = new List<RunInput>();
        try
        {
            return Play(graph, inputs, coverage);
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return new(inputs, "no exception", $"{problem.GetType().Name}: {problem.Message}\n{problem.StackTrace}");
        }
    }

    private Difference? Play(PlaybookGraph graph, List<RunInput> inputs, Coverage? coverage)
    {
        var settings = new EngineSettings
        {
            MaxLost = 1,
            MaxVisits = EngineMaxVisits,
            ParkOn = ["park"],
            MaxFactsPerDecision = FactsPerDecision,
        };
        var engine = new EngineSide(graph, settings);
        Run = engine.Run;
        var reference = new ReferenceRun(graph, null,
            new() { MaxLost = 1, MaxVisits = MaxVisits, ParkOn = ["park"] }, TestRun.Id, engine.Run.Clock.UnixMicros);
        var driver = new Driver(Allowed);
        var accepted = new List<RunInput>();
        if (Compare(inputs, reference, engine) is { } atStart) return atStart;
        foreach (var move in Moves)
        {
            if (driver.Resolve(move, reference) is not { } input) continue;
            inputs.Add(input);
            engine.Run.Clock = engine.Run.Clock.PlusMillis(1_000);
            if (input is RunInput.Fire fire)
                engine.Run.Clock = Timestamp.Max(engine.Run.Clock, DueOf(fire, reference, engine));
            reference.Now = engine.Run.Clock.UnixMicros;
            var expected = Text(input.ApplyTo(reference));
            var found = engine.Apply(input);
            if (input is not (RunInput.Beat or RunInput.Fire) && expected != found)
                return new(inputs,
                    $"outcome {expected}\n{Picture.Of(reference)}", $"outcome {found}\n{Found(reference, engine)}");
            if (expected == "accepted" || input is RunInput.Complete) accepted.Add(input);
            if (Compare(inputs, reference, engine) is { } difference) return difference;
        }
        coverage?.Add(Playbook, accepted, reference);
        return null;
    }

    private static Difference? Compare(List<RunInput> inputs, ReferenceRun reference, EngineSide engine)
    {
        var (expected, found) = (Picture.Of(reference), Found(reference, engine));
        return expected == found ? null : new(inputs, expected, found);
    }

    /// <summary>The engine knows delays that hang on a hash, the reference knows what heartbeats put off.</summary>
    private static Timestamp DueOf(RunInput.Fire fire, ReferenceRun reference, EngineSide engine)
    {
        var known = reference.Timers.FirstOrDefault(timer => (timer.Activation, timer.Kind) == (fire.Activation, fire.Kind));
        return Timestamp.Max(engine.DueOf(fire) ?? default, Timestamp.FromUnixMillis((known?.DueMicros ?? 0) / 1_000));
    }

    private static string Found(ReferenceRun reference, EngineSide engine) =>
        Picture.Of(engine.Run, Picture.PassingOf(reference.Graph), Picture.InexactOf(reference));

    private static string Text(InputOutcome outcome) => outcome switch
    {
        InputOutcome.Accepted => "accepted",
        InputOutcome.Rejected => "rejected",
        InputOutcome.Held => "held",
        _ => "nothing",
    };

    /// <summary>The smallest case found that still shows a difference of the same kind.</summary>
    public DifferentialCase Shrunk(TimeSpan budget)
    {
        var until = DateTime.UtcNow + budget;
        var kind = Play()?.Kind;
        var best = this;
        for (var smaller = best; smaller is not null && DateTime.UtcNow < until;)
        {
            smaller = best.Smaller().FirstOrDefault(one => DateTime.UtcNow < until && one.Play()?.Kind == kind);
            best = smaller ?? best;
        }
        return best;
    }

    private IEnumerable<DifferentialCase> Smaller()
    {
        if (Play() is { } difference && difference.Inputs.Count < Moves.Count)
            for (var keep = 0; keep < Moves.Count; keep += 5) yield return this with { Moves = [.. Moves.Take(keep)] };
        if (FactsPerDecision != 256) yield return this with { FactsPerDecision = 256 };
        foreach (var playbook in Playbook.Smaller()) yield return this with { Playbook = playbook };
        for (var i = Moves.Count - 1; i >= 0; i--) yield return this with { Moves = [.. Moves.Where((_, at) => at != i)] };
    }
}

/// <summary>What was visible after the inputs: of the reference, and of the engine.</summary>
internal sealed record Difference(IReadOnlyList<RunInput> Inputs, string Expected, string Found)
{
    private const int MaxKind = 100;

    /// <summary>The first lines that differ, but for numbers: what tells kinds of differences apart.</summary>
    public string Kind
    {
        get
        {
            var (expected, found) = (Expected.Split('\n'), Found.Split('\n'));
            var text = $"expected [{expected.Except(found).FirstOrDefault()}]"
                + $" found [{found.Except(expected).FirstOrDefault()}]";
            var kind = string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
            return kind.Length > MaxKind ? kind[..MaxKind] : kind;
        }
    }
}
