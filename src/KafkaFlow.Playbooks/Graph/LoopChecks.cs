using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>
/// Finds the loops, marks their back edges, and proves that each run leaves them cleanly: a taken exit and a taken back
/// edge of one iteration exclude each other, or the exit is marked <c>each_visit</c>.
/// </summary>
internal sealed class LoopChecks(
    IReadOnlyList<StepNode> steps, List<Edge> edges, IReadOnlyList<EdgeDraft> drafts, int entry,
    DiagnosticList problems)
{
    private const int NamesShown = 8;

    private readonly LoopFinder _finder = new(steps.Count, edges, entry);

    public IReadOnlyList<NaturalLoop> Find()
    {
        foreach (var (members, entries) in _finder.Irreducible()) ReportIrreducible(members, entries);
        if (problems.HasErrors) return [];
        if (_finder.Natural(PlaybookLimits.MaxNestedLoops) is not { } loops)
        {
            var first = edges.First(edge => _finder.IsBack(edge.Index));
            problems.Error(At(first), DiagnosticCodes.TooLarge, "loops are nested too deeply", Show(first),
                $"at most {PlaybookLimits.MaxNestedLoops} loops around one step");
            return [];
        }
        for (var edge = 0; edge < edges.Count; edge++)
            if (_finder.IsBack(edge)) edges[edge] = edges[edge] with { IsBack = true };
        loops = [.. loops.OrderBy(loop => loop.Size)];
        Extend(loops);
        if (problems.HasErrors) return [];
        var exits = new ExitChecks(steps, edges, _finder);
        var conflicts = new SortedDictionary<int, (LoopDraft Loop, int Back)>();
        foreach (var loop in loops)
            foreach (var (exit, back) in exits.Conflicts(loop)) conflicts.TryAdd(exit, (loop, back));
        foreach (var (exit, (loop, back)) in conflicts) ReportExit(edges[exit], loop, edges[back]);
        foreach (var loop in loops) WarnIfEndless(loop);
        return Nested([.. loops.OrderBy(loop => loop.Size)]);
    }

    /// <summary>What an edge marked <c>each_visit</c> leads to runs in each iteration: it is of the body.</summary>
    private void Extend(List<LoopDraft> loops)
    {
        foreach (var draft in drafts.Select((edge, index) => (edge, index)).Where(d => d.edge.EachVisit))
        {
            var edge = edges[draft.index];
            if (_finder.Dominators.IsReachable(edge.From) && !loops.Any(loop => Leaves(edge, loop)))
                problems.Error(At(edge), DiagnosticCodes.BadValue, $"each_visit: {Show(edge)} leaves no loop",
                    "each_visit: true", "an edge that leaves a loop", "remove each_visit");
        }
        if (problems.HasErrors) return;
        var marked = edges.Where(edge => drafts[edge.Index].EachVisit).ToList();
        var larger = new HashSet<LoopDraft>();
        for (var grown = true; grown;)
        {
            grown = false;
            foreach (var loop in loops)
                foreach (var edge in marked)
                    if (Leaves(edge, loop)) grown |= larger.Add(loop) | Join(edge, loop);
        }
        foreach (var loop in loops.Where(larger.Contains)) CheckEntered(loop);
    }

    private bool Join(Edge edge, LoopDraft loop)
    {
        var grown = loop.Add(edge.To);
        foreach (var step in _finder.Dominators.ReversePostorder)
            if (_finder.Dominators.Dominates(edge.To, step)) grown |= loop.Add(step);
        return grown;
    }

    /// <summary>A body that has grown still has to be entered at its header alone.</summary>
    private void CheckEntered(LoopDraft loop)
    {
        var entering = edges.FirstOrDefault(edge => edge.To != loop.Header && loop.Contains[edge.To]
            && !loop.Contains[edge.From] && _finder.Dominators.IsReachable(edge.From));
        if (entering is null) return;
        var marked = edges.First(edge => drafts[edge.Index].EachVisit && loop.Contains[edge.From]
            && _finder.Dominators.Dominates(edge.To, entering.To));
        problems.Error(At(marked), DiagnosticCodes.ExitNotExclusive,
            $"each_visit: '{Name(marked.To)}' would run in each iteration of the loop at '{Name(loop.Header)}', "
            + $"but '{Name(entering.From)}' leads there too", Show(marked),
            "steps that only this loop leads to", "lead the edge to a step of its own");
    }

    private void ReportExit(Edge exit, LoopDraft loop, Edge back) =>
        problems.Error(At(exit), DiagnosticCodes.ExitNotExclusive,
            $"{Show(exit)} leaves the loop at '{Name(loop.Header)}' and may be taken in an iteration that goes back "
            + $"by {Show(back)}", Show(exit), "an exit that excludes going back",
            "each_visit: true runs it in each iteration; next_mode: first or else makes it the way out");

    private void WarnIfEndless(LoopDraft loop)
    {
        if (problems.HasErrors || edges.Any(edge => Leaves(edge, loop))) return;
        var reached = new HashSet<int>();
        var open = new Stack<int>([loop.Header]);
        while (open.TryPop(out var step))
        {
            if (!reached.Add(step)) continue;
            foreach (var index in _finder.Out(step))
            {
                if (!IsCertain(index)) continue;
                if (edges[index].To != loop.Header) open.Push(edges[index].To);
                else
                {
                    problems.Warn(At(edges[index]), DiagnosticCodes.EndlessLoop,
                        $"the loop at '{Name(loop.Header)}' has no way out but failure and max_visits",
                        Show(edges[index]), "a condition on the way back, or an edge that leaves the loop",
                        "put when: on this edge");
                    return;
                }
            }
        }
    }

    /// <summary>Taken whenever its step completes.</summary>
    private bool IsCertain(int index)
    {
        var edge = edges[index];
        if (edge.When is not null || edge.IsElse || edge.OnError) return false;
        return steps[edge.From].NextMode == NextMode.All
            || _finder.Out(edge.From).First(e => !edges[e].OnError && !edges[e].IsElse) == index;
    }

    private List<NaturalLoop> Nested(List<LoopDraft> loops)
    {
        var found = new List<NaturalLoop>(loops.Count);
        for (var i = 0; i < loops.Count; i++)
        {
            var parent = loops.FindIndex(i + 1, around => around.Contains[loops[i].Header]);
            var body = Enumerable.Range(0, steps.Count).Where(step => loops[i].Contains[step]);
            found.Add(new(loops[i].Header, [.. loops[i].BackEdges], [.. body], parent < 0 ? null : parent));
        }
        return found;
    }

    private void ReportIrreducible(IReadOnlyList<int> members, IReadOnlyList<int> entries)
    {
        var inside = members.ToHashSet();
        var entered = string.Join(", ", entries.Take(NamesShown).Select(step => $"'{Name(step)}'"));
        var at = edges.Where(edge => inside.Contains(edge.From) && inside.Contains(edge.To))
            .OrderByDescending(edge =>
                _finder.Dominators.OrderOf(edge.From) >= _finder.Dominators.OrderOf(edge.To)).First();
        problems.Error(At(at), DiagnosticCodes.IrreducibleCycle,
            $"this cycle can be entered at several steps: {entered}{(entries.Count > NamesShown ? ", .." : "")}",
            string.Join(", ", members.Take(NamesShown).Select(Name)), "one step where each iteration begins",
            $"lead every edge from outside to one of them, for instance '{Name(entries[0])}'");
    }

    private static bool Leaves(Edge edge, LoopDraft loop) => loop.Contains[edge.From] && !loop.Contains[edge.To];

    private string Name(int step) => steps[step].Name;

    private string Show(Edge edge) => $"{Name(edge.From)} > {Name(edge.To)}";

    private static Yaml.Position At(Edge edge) => new(edge.Line, edge.Column);
}
