using System.Collections.Immutable;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>What people change about a run that is under way. Each change is recorded with who and why; one that does
/// not apply is rejected with the reason.</summary>
internal static class LiveChanges
{
    private const int MaxVariableName = 128;

    public static void Decide(Draft draft)
    {
        var status = draft.State.Status;
        if (status is not (ExecutionStatus.Running or ExecutionStatus.Paused))
        {
            DecideRequest.Reject(draft, $"the execution is {status.ToString().ToLowerInvariant()}");
            return;
        }
        var refusal = draft.Command.EventType switch
        {
            CommandTypes.PauseRequested => Pause(draft),
            CommandTypes.SkipRequested => Skip(draft),
            CommandTypes.RerunRequested => Rerun(draft),
            CommandTypes.VariableSetRequested => SetVariable(draft),
            CommandTypes.PatchRequested => Patch(draft),
            _ => throw new InvalidOperationException($"{draft.Command.EventType} changes nothing"),
        };
        if (refusal is not null) DecideRequest.Reject(draft, refusal);
    }

    private static string? Pause(Draft draft)
    {
        if (draft.State.Status == ExecutionStatus.Paused) return "the execution is paused already";
        draft.Record(EventTypes.ExecutionPaused, EventStatus.Running, Asked(draft));
        return null;
    }

    private static string? SetVariable(Draft draft)
    {
        var (name, json) = (draft.Command.Name, draft.Command.Value);
        if (name is null || !Names.IsStep(name) || name.Length > MaxVariableName)
            return $"'{name}' is no name of a variable; expected [A-Za-z_][A-Za-z0-9_-]*";
        if (json is null || !JsonText.IsValid(json)) return "value is no JSON";
        var bytes = JsonText.Bytes(json);
        if (bytes > SizeLimits.AnswerBytes) return $"value has {bytes} bytes; at most {SizeLimits.AnswerBytes}";
        var asked = Asked(draft);
        draft.Record(EventTypes.VariableSet, EventStatus.Running,
            asked with { Context = json, Meta = asked.Meta! with { Name = name } });
        return null;
    }

    /// <summary>A live step completes with null; its attempt, items and child are given up.</summary>
    private static string? Skip(Draft draft)
    {
        if (Step(draft, out var node) is { } unknown) return unknown;
        if (draft.Current(node!.Index) is not { } visit) return $"step {node.Name} has not started";
        if (!visit.IsLive) return $"step {node.Name} has ended";
        ItemLoops.CancelLive(draft, visit, StepEnd.Operator);
        if (visit.Wait?.Child is not null) Children.GiveUp(draft, visit, StepEnd.Operator);
        StepEnd.Complete(draft, visit.Id, new()
        {
            Result = "null",
            Reason = StepEnd.Operator,
            Actor = draft.Command.Actor,
        });
        return null;
    }

    /// <summary>The step begins a new visit, and all that follow it have none until they are reached again.</summary>
    private static string? Rerun(Draft draft)
    {
        if (Step(draft, out var node) is { } unknown) return unknown;
        if (draft.State.Status == ExecutionStatus.Paused) return "the execution is paused";
        if (node!.Role != StepRole.Flow) return $"step {node.Name} runs at the end only";
        if (draft.Current(node.Index) is not { } visit) return $"step {node.Name} has not started";
        if (visit.Phase == ActivationPhase.Skipped) return $"step {node.Name} was skipped";
        if (!draft.Plan.IsReachable[node.Index]) return $"no edge leads to step {node.Name} any more";
        var plan = draft.Plan;
        var again = plan.Graph.Steps.Where(step => step.Index == node.Index
            || (step.Role == StepRole.Flow && plan.PrecedesForward(node.Index, step.Index))).ToList();
        foreach (var step in again)
            if (draft.Current(step.Index) is { IsLive: true }) return $"step {step.Name} is live";
        ImmutableArray<ActivationState> sources = [.. visit.Sources.Select(id => draft.State.Activations[id])];
        var asked = Asked(draft);
        var seq = draft.Record(EventTypes.StepRerun, EventStatus.Running, asked with
        {
            Step = node.Name,
            Meta = asked.Meta! with
            {
                Reset = [.. again.Select(step => step.Name)],
                Renewed = [.. Renewed(plan.Graph, again)],
            },
        });
        var variables = ScopeVariables.InStep(draft, node.Index, sources.LastOrDefault());
        StepStart.Begin(draft, new(node.Index, sources, TaskInput.OfEdges(visit.Taken, sources), variables)
        {
            Taken = visit.Taken,
            CauseSeq = seq,
        });
        foreach (var step in again) draft.Pend(step.Index); // a join that does not need what runs again
        return null;
    }

    /// <summary>Bodies of the loops whose header is among the steps: an iteration begins.</summary>
    private static IEnumerable<ImmutableArray<string>> Renewed(PlaybookGraph graph, List<StepNode> again) => graph.Loops
        .Where(loop => again.Exists(step => step.Index == loop.Header))
        .Select(loop => loop.Body.OrderBy(step => step != loop.Header).Select(step => graph.Steps[step].Name)
            .ToImmutableArray());

    private static string? Patch(Draft draft)
    {
        var (patch, expected) = (draft.Command.Patch, draft.Command.ExpectedVersion);
        if (expected != draft.State.GraphVersion)
            return $"expected_version is {expected}; the graph has version {draft.State.GraphVersion}";
        if (patch is null || !JsonText.IsValid(patch)) return "patch is no JSON";
        if (draft.State.Patches.Count >= draft.Limits.MaxPatches)
            return $"max_patches: {draft.Limits.MaxPatches} have been applied";
        var (graph, reasons) = PatchedGraphs.Try(draft.Plan.Graph, patch);
        if (graph is null) return reasons;
        if (Contradiction(draft, graph) is { } contradiction) return contradiction;
        var asked = Asked(draft);
        draft.Record(EventTypes.ExecutionPatched, EventStatus.Running, asked with
        {
            Context = patch,
            Meta = asked.Meta! with { GraphVersion = draft.State.GraphVersion + 1 },
        });
        draft.ForgetPlan();
        draft.PendAll();
        return null;
    }

    /// <summary>What has begun goes on as it began, so its step has to stay what it is.</summary>
    private static string? Contradiction(Draft draft, PlaybookGraph graph)
    {
        foreach (var visit in draft.State.Activations.Values)
        {
            if (Activations.LoopOf(visit.Id) is not null) continue;
            var was = draft.Plan.Graph.Steps[draft.Plan.IndexOf(visit.Step)!.Value];
            if (graph.Find(visit.Step) is not { } now) return $"step {visit.Step} has started; it cannot be removed";
            var isOther = now.Kind != was.Kind || now.While is null != was.While is null || now.Role != was.Role;
            if (visit.IsLive && isOther)
                return $"step {visit.Step} is live; it cannot become another kind of step";
        }
        return null;
    }

    private static string? Step(Draft draft, out StepNode? node)
    {
        node = draft.Command.Step is { } name ? draft.Plan.Graph.Find(name) : null;
        return node is null ? $"the playbook has no step '{draft.Command.Step}'" : null;
    }

    private static FactBody Asked(Draft draft) => new()
    {
        ParentSeq = 1,
        Meta = new() { Actor = draft.Command.Actor, Reason = draft.Command.Reason },
    };
}
