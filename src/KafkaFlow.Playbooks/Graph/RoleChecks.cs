using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>Which steps run outside of the flow, and that nothing leads into or out of them.</summary>
internal sealed class RoleChecks(
    IReadOnlyList<StepDraft> drafts, List<StepNode> steps, IReadOnlyList<Edge> edges,
    IReadOnlyList<EdgeDraft> edgeDrafts, DiagnosticList problems)
{
    public void Assign(int entry)
    {
        for (var step = 0; step < steps.Count; step++)
            if (steps[step].Compensate is { } undo) Mark(step, undo);
        for (var step = 0; step < steps.Count; step++)
            if (steps[step].Role != StepRole.Flow) Check(step, entry);
        foreach (var edge in edges)
            if (steps[edge.To].Role != StepRole.Flow)
                problems.Error(edgeDrafts[edge.Index].TargetAt, DiagnosticCodes.ConflictingKeys,
                    $"an edge leads to '{steps[edge.To].Name}', which {Reason(edge.To)}", steps[edge.To].Name,
                    "a step of the flow", $"remove the edge, or put a step of its own there");
    }

    private void Mark(int step, int undo)
    {
        var at = drafts[step].Compensate!.At;
        if (steps[step].PassesThrough || steps[step].Role == StepRole.Finally)
            problems.Error(at, DiagnosticCodes.ConflictingKeys,
                $"'{steps[step].Name}' has nothing to undo: it {(steps[step].PassesThrough ? "does nothing itself"
                    : "runs at the end")}", steps[undo].Name, "compensate of a step that does something",
                "remove compensate");
        else if (undo == step)
            problems.Error(at, DiagnosticCodes.BadValue, $"'{steps[step].Name}' cannot undo itself", steps[undo].Name,
                "another step", "write a step that undoes this one");
        else if (steps[undo].Role == StepRole.Finally)
            problems.Error(at, DiagnosticCodes.ConflictingKeys,
                $"'{steps[undo].Name}' runs at the end and cannot undo a step", steps[undo].Name,
                "a step without finally", "write a step of its own");
        else
            steps[undo] = steps[undo] with { Role = StepRole.Compensation };
    }

    private void Check(int step, int entry)
    {
        if (step == entry)
            problems.Error(drafts[step].NameAt, DiagnosticCodes.ConflictingKeys,
                $"the run begins with '{steps[step].Name}', which {Reason(step)}", steps[step].Name,
                "a first step of the flow", "name the first step start, or put another one before it");
        foreach (var key in drafts[step].EdgeKeys)
            problems.Error(key.At, DiagnosticCodes.ConflictingKeys,
                $"'{key.Text}' of '{steps[step].Name}', which {Reason(step)}", key.Text, "a step without edges",
                $"remove '{key.Text}'");
        if (steps[step].Role == StepRole.Compensation && drafts[step].Compensate is { } undo)
            problems.Error(undo.At, DiagnosticCodes.ConflictingKeys,
                $"'{steps[step].Name}' undoes a step and is not undone itself", undo.Text, "no compensate here",
                "remove compensate");
    }

    private string Reason(int step) => steps[step].Role == StepRole.Finally
        ? "has finally: true"
        : $"undoes '{steps.First(s => s.Compensate == step).Name}'";
}
