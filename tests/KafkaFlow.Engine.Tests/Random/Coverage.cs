using KafkaFlow.Engine.Reference;

namespace KafkaFlow.Engine.Tests;

/// <summary>In how many cases each construct appeared.</summary>
internal sealed class Coverage
{
    private static readonly (Constructs Construct, string Text)[] Texts =
    [
        (Constructs.Condition, "when:"), (Constructs.First, "next_mode: first"), (Constructs.Else, "else: true"),
        (Constructs.OnError, "on_error: true"), (Constructs.JoinAny, "join: any"), (Constructs.JoinNOf, "n_of"),
        (Constructs.EdgeArgs, "shared:"), (Constructs.Drain, "on_failure: drain"), (Constructs.Timeout, "    timeout: {"),
        (Constructs.Deadline, "deadline:"), (Constructs.Transform, "tool: transform"), (Constructs.Retry, "retry:"),
        (Constructs.Items, "tool: iterator"), (Constructs.NestedItems, "element: inner"),
        (Constructs.ItemErrors, "    on_error:"), (Constructs.While, "while:"), (Constructs.Wait, "wait: {"),
        (Constructs.SignalWait, "wait: {signal"), (Constructs.Approval, "approval:"), (Constructs.Child, "tool: playbook"),
        (Constructs.Finally, "finally: true"), (Constructs.Compensate, "compensate: undo"),
        (Constructs.EachVisit, "each_visit"),
    ];

    private readonly Dictionary<Constructs, int> _counts = [];

    public int Cases { get; private set; }

    public void Add(PlaybookSpec playbook, IReadOnlyList<RunInput> inputs, ReferenceRun run)
    {
        Cases++;
        var yaml = playbook.Yaml();
        var found = Texts.Where(entry => yaml.Contains(entry.Text, StringComparison.Ordinal))
            .Aggregate(Constructs.None, (all, entry) => all | entry.Construct);
        foreach (var input in inputs) found |= Of(input);
        if (run.Graph.Loops.Count > 0) found |= Constructs.Cycle;
        if (run.Graph.Loops.Any(loop => loop.Parent is not null)) found |= Constructs.NestedCycle;
        if (yaml.Contains("order_by", StringComparison.Ordinal) || yaml.Contains("chunk", StringComparison.Ordinal)
            || yaml.Contains("where", StringComparison.Ordinal) || yaml.Contains("enumerate", StringComparison.Ordinal))
            found |= Constructs.ItemOrder;
        foreach (var one in Enum.GetValues<Constructs>())
            if (long.PopCount((long)one) == 1 && found.HasFlag(one)) _counts[one] = _counts.GetValueOrDefault(one) + 1;
    }

    public double ShareOf(Constructs construct) => (double)_counts.GetValueOrDefault(construct) / Cases;

    public override string ToString() => string.Join(", ", _counts.OrderBy(entry => entry.Key)
        .Select(entry => $"{entry.Key} {100.0 * entry.Value / Cases:0}%"));

    private static Constructs Of(RunInput input) => input switch
    {
        RunInput.Beat => Constructs.Heartbeat,
        RunInput.Complete { WrongHash: true } => Constructs.Stale,
        RunInput.Fail { Code: "park" } => Constructs.Park,
        RunInput.Signal => Constructs.Signal,
        RunInput.Cancel { Force: true } => Constructs.Force | Constructs.Cancel,
        RunInput.Cancel => Constructs.Cancel,
        RunInput.Pause => Constructs.Pause,
        RunInput.Skip => Constructs.Skip,
        RunInput.Rerun => Constructs.Rerun,
        RunInput.SetVariable => Constructs.SetVariable,
        RunInput.Patch => Constructs.Patch,
        _ => Constructs.None,
    };
}
