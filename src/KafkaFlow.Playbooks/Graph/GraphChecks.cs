using System.Collections;
using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>What only the whole graph can tell: cycles, steps that never run, names that never have a value.</summary>
internal sealed class GraphChecks(
    IReadOnlyList<StepNode> steps, IReadOnlyList<Edge> edges, int entry, DiagnosticList problems)
{
    private const int CyclePathShown = 8;

    /// <summary>Warnings are left out where errors made edges or steps disappear.</summary>
    public void Run(
        IReadOnlyList<StepDraft> drafts, IReadOnlyList<MentionSet> edgeMentions, IReadOnlyList<string> names)
    {
        if (FindCycles() is not { } order || problems.HasErrors) return;
        var reachable = Reach();
        foreach (var step in steps)
            if (!reachable[step.Index])
                problems.Warn(drafts[step.Index].NameAt, DiagnosticCodes.UnreachableStep,
                    $"no edge leads from '{steps[entry].Name}' to '{step.Name}': it never runs", step.Name,
                    "an edge to it", "name it in the next of a step that runs, or remove it");
        CheckMentions(order, reachable, drafts, edgeMentions, names);
        foreach (var step in steps)
            if (reachable[step.Index] && !problems.IsFullOfWarnings)
                CheckParameters(step, drafts[step.Index].Tool, names);
    }

    /// <summary>Depth first over everything; an edge to a step that is still open closes a cycle.</summary>
    /// <returns>Steps in topological order; null if a cycle was reported.</returns>
    private List<int>? FindCycles()
    {
        var state = new byte[steps.Count];
        var finished = new List<int>(steps.Count);
        var acyclic = true;
        for (var root = 0; root < steps.Count; root++)
            if (state[root] == 0) acyclic &= Visit(root, state, finished);
        finished.Reverse();
        return acyclic ? finished : null;
    }

    private bool Visit(int root, byte[] state, List<int> finished)
    {
        const byte Open = 1, Done = 2;
        var acyclic = true;
        var path = new List<(int Step, int Next)> { (root, 0) };
        state[root] = Open;
        while (path.Count > 0)
        {
            var (step, next) = path[^1];
            if (next == steps[step].Out.Count)
            {
                state[step] = Done;
                finished.Add(step);
                path.RemoveAt(path.Count - 1);
                continue;
            }
            path[^1] = (step, next + 1);
            var edge = edges[steps[step].Out[next]];
            if (state[edge.To] == Open)
            {
                acyclic = false;
                ReportCycle(edge, path.SkipWhile(p => p.Step != edge.To).Select(p => p.Step).ToList());
            }
            else if (state[edge.To] == 0)
            {
                state[edge.To] = Open;
                path.Add((edge.To, 0));
            }
        }
        return acyclic;
    }

    private void ReportCycle(Edge edge, List<int> cycle)
    {
        var shown = cycle.Take(CyclePathShown).Select(i => steps[i].Name).ToList();
        if (cycle.Count > CyclePathShown) shown.Add("..");
        shown.Add(steps[edge.To].Name);
        problems.Error(new(edge.Line, edge.Column), DiagnosticCodes.NotAvailable,
            $"this edge closes a cycle, which is not available in this version: {string.Join(" > ", shown)}",
            $"{steps[edge.From].Name} > {steps[edge.To].Name}", "edges that lead forward only",
            $"remove the edge to '{steps[edge.To].Name}'");
    }

    private BitArray Reach()
    {
        var reached = new BitArray(steps.Count);
        var open = new Stack<int>([entry]);
        while (open.TryPop(out var step))
        {
            if (reached[step]) continue;
            reached[step] = true;
            foreach (var edge in steps[step].Out) open.Push(edges[edge].To);
        }
        return reached;
    }

    private void CheckMentions(
        List<int> order, BitArray reachable, IReadOnlyList<StepDraft> drafts, IReadOnlyList<MentionSet> edgeMentions,
        IReadOnlyList<string> names)
    {
        var slotOf = names.Select((name, slot) => (name, slot)).ToDictionary(n => n.name, n => n.slot);
        var stepOf = steps.Where(s => !ScopeNames.BuiltIn.Contains(s.Name))
            .ToDictionary(s => slotOf[s.Name], s => s.Index);
        var ancestors = steps.Select(_ => new BitArray(steps.Count)).ToArray();
        foreach (var step in order)
        {
            foreach (var edge in steps[step].In)
            {
                var from = edges[edge].From;
                if (!reachable[from]) continue;
                ancestors[step].Or(ancestors[from]);
                ancestors[step][from] = true;
            }
            if (!reachable[step]) continue;
            Check(drafts[step].Tool.Mentions, step, ancestors[step], isFinished: false, stepOf);
            if (drafts[step].Tool.ActionMentions is { } ofAction)
                Check(ofAction, step, ancestors[step], isFinished: false, stepOf);
            Check(drafts[step].SaveMentions, step, ancestors[step], isFinished: true, stepOf);
            foreach (var edge in steps[step].Out)
                Check(edgeMentions[edge], step, ancestors[step], isFinished: true, stepOf);
        }
    }

    private void Check(
        MentionSet mentions, int step, BitArray ancestors, bool isFinished, Dictionary<int, int> stepOf)
    {
        foreach (var mention in mentions.Items)
        {
            if (!stepOf.TryGetValue(mention.Slot, out var named)) continue;
            if (ancestors[named] || isFinished && named == step) continue;
            var name = steps[named].Name;
            var reason = named == step
                ? "has no value before it ran" : $"never ends before '{steps[step].Name}' starts";
            problems.Warn(mention.At, DiagnosticCodes.NotAnAncestor, $"'{name}' {reason}: it is missing here", name,
                "a step that comes before", "lead an edge from it to here, or test it with: is defined");
        }
    }

    private void CheckParameters(StepNode step, ToolDraft tool, IReadOnlyList<string> names)
    {
        if (tool.Main is not { } main || tool.WholeArgs is not null) return;
        var given = new HashSet<string>(names, StringComparer.Ordinal);
        given.UnionWith(tool.Args.Entries.Select(e => e.Key));
        foreach (var edge in step.In)
            if (edges[edge].Args is TemplateTree.MapNode args) given.UnionWith(args.Entries.Select(e => e.Key));
        foreach (var parameter in main.Unfilled(given))
            problems.Warn(tool.CodeAt, DiagnosticCodes.UnboundParameter,
                $"nothing gives main of '{step.Name}' a value for '{parameter}', except a payload with that name",
                parameter, "an entry of args, a step or a workload key of that name",
                NearestName.Hint(parameter, given, $"add it to args, or write {parameter}=None"));
    }
}
