namespace KafkaFlow.Engine.Tests;

/// <summary>Random playbooks of 2 to 12 steps: a graph whose edges lead forward, loops as ranges of it, kinds of steps.</summary>
internal sealed class PlaybookGenerator(Random random, Constructs allowed)
{
    private readonly List<StepSpec> _steps = [];
    private readonly List<(int Head, int Tail)> _loops = [];
    private int _count;

    public PlaybookSpec Next()
    {
        _count = random.Next(1, 9);
        ChooseLoops();
        for (var i = 0; i < _count; i++) _steps.Add(Step(i));
        for (var to = 1; to < _count; to++) ConnectTo(to);
        foreach (var (head, tail) in _loops) Lead(head, tail);
        foreach (var (head, tail) in _loops) GoBack(head, tail);
        if (_loops.Count > 0 && May(Constructs.EachVisit, 4)) AddRegion();
        if (_count > 1 && _loops.All(loop => loop.Head > 0) && May(Constructs.Rerun, 2)) AddHold();
        var options = new List<string>();
        if (May(Constructs.Drain, 2)) options.Add("on_failure: drain");
        if (May(Constructs.Deadline, 10)) options.Add("deadline: 1d");
        AddRoles();
        return new([.. _steps.Select(Ordered)], options);
    }

    private bool May(Constructs construct, int oneIn) => allowed.HasFlag(construct) && random.Next(oneIn) == 0;

    private string Name(int i) => i == _count - 1 && _ends ? "end" : $"s{i}";

    private readonly bool _ends = random.Next(3) == 0;

    private void ChooseLoops()
    {
        if (!allowed.HasFlag(Constructs.Cycle) || random.Next(5) > 1) return;
        var head = random.Next(Math.Min(3, _count));
        var tail = Math.Max(head, _count - 1 - random.Next(3));
        _loops.Add((head, tail));
        if (tail == head || !May(Constructs.NestedCycle, 2)) return;
        var inner = random.Next(head + 1, tail + 1);
        _loops.Insert(0, (inner, random.Next(inner, tail + 1)));
    }

    private StepSpec Step(int i)
    {
        var (core, options) = new StepGenerator(random, allowed, () => Name(random.Next(Math.Min(i + 2, _count)))).Next();
        if (i > 0 && May(Constructs.JoinAny, 5)) options.Add("join: any");
        else if (i > 1 && May(Constructs.JoinNOf, 5)) options.Add("join: {n_of: 2}");
        if (May(Constructs.First, 4) && _loops.All(loop => loop.Tail != i)) options.Add("next_mode: first");
        return new(Name(i), core, options, []);
    }

    private void ConnectTo(int to)
    {
        var sources = Enumerable.Range(0, to).Where(from => from == to - 1 || IsAllowed(from, to))
            .OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Order().ToList();
        foreach (var from in sources) Add(from, new(Name(to), EdgeParts(from)));
        if (sources.Count >= 2) return;
        var step = _steps[to];
        _steps[to] = step with { Options = [.. step.Options.Where(option => option != "join: {n_of: 2}")] };
    }

    /// <summary>Loops are entered at their head and, as a rule, left at their tail.</summary>
    private bool IsAllowed(int from, int to) => _loops.All(loop =>
    {
        var (fromInside, toInside) = (from >= loop.Head && from <= loop.Tail, to >= loop.Head && to <= loop.Tail);
        if (!fromInside && toInside) return to == loop.Head;
        return !fromInside || toInside || from == loop.Tail || random.Next(6) == 0;
    });

    /// <summary>A step that does not lead to the tail would be a way out of the loop, which has to exclude going back.</summary>
    private void Lead(int head, int tail)
    {
        for (var i = head; i < tail; i++)
        {
            var inside = Enumerable.Range(i + 1, tail - i).Select(Name).ToHashSet();
            if (!_steps[i].Edges.Any(edge => inside.Contains(edge.To))) Add(i, new(Name(i + 1), EdgeParts(i)));
        }
    }

    private void GoBack(int head, int tail)
    {
        var when = $"when: \"{{{{ {(random.Next(4) == 0 ? $"({Name(0)}.k | default(0))" : "result.k")} > {random.Next(3, 8)} }}}}\"";
        var back = new EdgeSpec(Name(head), allowed.HasFlag(Constructs.EdgeArgs) && random.Next(3) == 0
            ? [when, "args: {back: \"{{ result }}\"}"] : [when]);
        var step = _steps[tail];
        _steps[tail] = step with
        {
            Options = [.. step.Options.Where(option => !option.StartsWith("next_mode", StringComparison.Ordinal)), "next_mode: first"],
            Edges = [back, .. step.Edges],
        };
    }

    /// <summary>A step behind a loop that runs in each of its iterations.</summary>
    private void AddRegion()
    {
        var (head, tail) = _loops[random.Next(_loops.Count)];
        var from = random.Next(head, tail + 1);
        _steps.Add(new("each", ["tool: work"], [], []));
        var isFirst = _steps[from].Options.Contains("next_mode: first");
        var edge = new EdgeSpec("each", isFirst ? ["when: \"{{ result.k == 3 }}\"", "each_visit: true"] : ["each_visit: true"]);
        _steps[from] = _steps[from] with { Edges = [edge, .. _steps[from].Edges] };
    }

    /// <summary>Something that keeps the run open when the rest of it has ended, for requests that change it.</summary>
    private void AddHold()
    {
        _steps.Add(new("hold", ["wait: {signal: hold}"], [], []));
        Add(0, new("hold", []));
    }

    private void AddRoles()
    {
        if (May(Constructs.Compensate, 3))
        {
            _steps.Add(new("undo", ["tool: work"], ["args: {u: \"{{ result | default('none') }}\", e: \"{{ event }}\"}"], []));
            foreach (var i in Enumerable.Range(0, _count).Where(_ => random.Next(2) == 0))
                if (_steps[i].Core is ["tool: work", ..])
                    _steps[i] = _steps[i] with { Options = [.. _steps[i].Options, "compensate: undo"] };
            if (!_steps.Any(step => step.Options.Contains("compensate: undo"))) _steps.RemoveAt(_steps.Count - 1);
        }
        if (!May(Constructs.Finally, 3)) return;
        _steps.Add(new("last1", ["tool: work"], ["finally: true", "args: {e: \"{{ event }}\"}"], []));
        if (random.Next(2) == 0)
            _steps.Add(new("last2", ["tool: work"], ["finally: true", "args: {c: \"{{ error.code | default('') }}\"}"], []));
    }

    private List<string> EdgeParts(int from)
    {
        var parts = new List<string>();
        var condition = random.Next(5) switch
        {
            0 => $"result.k > {random.Next(10)}",
            1 => $"{{{{ ({Name(random.Next(_count))}.k | default({random.Next(10)})) > {random.Next(10)} }}}}",
            _ => $"{{{{ result.k > {random.Next(10)} }}}}",
        };
        switch (random.Next(10))
        {
            case 0 or 1 when allowed.HasFlag(Constructs.OnError):
                parts.Add("on_error: true");
                if (random.Next(3) == 0) parts.Add($"when: \"{{{{ error.code == '{Codes[random.Next(Codes.Length)]}' }}}}\"");
                break;
            case 2 when allowed.HasFlag(Constructs.Else) && !_steps[from].Edges.Any(edge => edge.Parts.Contains("else: true")):
                parts.Add("else: true");
                break;
            case 3 or 4 or 5 when allowed.HasFlag(Constructs.Condition): parts.Add($"when: \"{condition}\""); break;
            default: break;
        }
        if (!May(Constructs.EdgeArgs, 3)) return parts;
        parts.Add(parts.Contains("on_error: true")
            ? "args: {why: \"{{ error.code }}\"}"
            : $"args: {{e{from}: \"{{{{ result }}}}\", shared: {from}}}");
        return parts;
    }

    public static string[] Codes { get; } = ["boom", "bad", "park"];

    private void Add(int from, EdgeSpec edge) =>
        _steps[from] = _steps[from] with { Edges = [.. _steps[from].Edges, edge] };

    /// <summary>An else edge may stand anywhere; an unconditioned one last, so that first does not hide the others.</summary>
    private StepSpec Ordered(StepSpec step) => random.Next(3) == 0
        ? step : step with { Edges = [.. step.Edges.OrderBy(edge => !edge.Parts.Any(part => part[0] == 'w'))] };
}
