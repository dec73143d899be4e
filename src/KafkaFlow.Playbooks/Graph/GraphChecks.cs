using System.Collections;
using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>What only the whole graph can tell: cycles, steps that never run, names that never have a value.</summary>
internal sealed class GraphChecks(
    IReadOnlyList<StepNode> steps, IReadOnlyList<Edge> edges, int entry, DiagnosticList problems)
{
    /// <summary>Warnings are left out where errors made edges or steps disappear.</summary>
    public void Run(
        IReadOnlyList<StepDraft> drafts, IReadOnlyList<MentionSet> edgeMentions, IReadOnlyList<string> names)
    {
        var reachable = Reach();
        foreach (var step in steps)
            if (!reachable[step.Index] && step.Role == StepRole.Flow)
                problems.Warn(drafts[step.Index].NameAt, DiagnosticCodes.UnreachableStep,
                    $"no edge leads from '{steps[entry].Name}' to '{step.Name}': it never runs", step.Name,
                    "an edge to it", "name it in the next of a step that runs, or remove it");
        foreach (var step in steps)
            if (reachable[step.Index]) CheckJoin(step, drafts[step.Index], reachable);
        CheckMentions(reachable, drafts, edgeMentions, names);
        foreach (var step in steps)
            if ((reachable[step.Index] || step.Role != StepRole.Flow) && !problems.IsFullOfWarnings)
                CheckParameters(step, drafts[step.Index].Tool, names);
    }

    /// <summary>An edge from a step that never runs is never taken.</summary>
    private void CheckJoin(StepNode step, StepDraft draft, BitArray reachable)
    {
        var live = step.In.Count(edge => !edges[edge].IsBack && reachable[edges[edge].From]);
        if (step.Join.Kind != JoinKind.NOf || step.Join.Count <= live) return;
        problems.Error(draft.JoinAt, DiagnosticCodes.BadValue,
            $"'{step.Name}' waits for {step.Join.Count} edges, of which only {live} can ever be taken",
            $"n_of: {step.Join.Count}", $"at most {live}", "the others come from steps that never run");
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

    /// <summary>Steps of one cycle come before one another, and before themselves.</summary>
    private void CheckMentions(
        BitArray reachable, IReadOnlyList<StepDraft> drafts, IReadOnlyList<MentionSet> edgeMentions,
        IReadOnlyList<string> names)
    {
        var slotOf = names.Select((name, slot) => (name, slot)).ToDictionary(n => n.name, n => n.slot);
        var stepOf = steps.Where(s => !ScopeNames.BuiltIn.Contains(s.Name))
            .ToDictionary(s => slotOf[s.Name], s => s.Index);
        var ancestors = new BitArray[steps.Count];
        foreach (var component in Components.Of(steps.Count, step => steps[step].In.Select(e => edges[e].From)))
        {
            var before = new BitArray(steps.Count);
            var isCycle = component.Count > 1;
            foreach (var step in component)
            {
                foreach (var edge in steps[step].In)
                {
                    var from = edges[edge].From;
                    if (!reachable[from]) continue;
                    isCycle |= from == step;
                    before[from] = true;
                    if (ancestors[from] is { } known) before.Or(known);
                }
                if (isCycle) before[step] = reachable[step];
            }
            foreach (var step in component) ancestors[step] = before;
            foreach (var step in component)
                if (reachable[step]) CheckStep(step, before, drafts[step], edgeMentions, stepOf);
        }
    }

    private void CheckStep(
        int step, BitArray before, StepDraft draft, IReadOnlyList<MentionSet> edgeMentions,
        Dictionary<int, int> stepOf)
    {
        Check(draft.Tool.Mentions, step, before, isFinished: false, stepOf);
        if (draft.Tool.ActionMentions is { } ofAction) Check(ofAction, step, before, isFinished: false, stepOf);
        Check(draft.SaveMentions, step, before, isFinished: true, stepOf);
        foreach (var edge in steps[step].Out) Check(edgeMentions[edge], step, before, isFinished: true, stepOf);
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
        if (tool.Body is { } body) CheckParameters(step, body, names);
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
