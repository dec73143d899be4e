using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>A condition of an edge, evaluated once more as it was when its step ended.</summary>
/// <param name="Activation">The visit whose edge it is.</param>
/// <param name="Outcome">As it was recorded.</param>
/// <param name="Explanation">Its value, and those of its sub-expressions.</param>
public sealed record ExplainedEdge(
    string Activation, string To, string Condition, EdgeState Outcome, Explanation Explanation);

/// <summary>Why a run went where it went: for people, never for a decision.</summary>
public static class EdgeExplanations
{
    /// <summary>The conditioned edges of a step that has ended.</summary>
    /// <param name="before">The state before <paramref name="ended"/>.</param>
    /// <param name="ended">A <c>step_completed</c> or <c>step_failed</c>.</param>
    /// <param name="graph">The playbook that the run has pinned.</param>
    /// <returns>Empty for other facts, and for steps without conditions.</returns>
    public static IReadOnlyList<ExplainedEdge> Of(ExecutionState before, ExecutionEvent ended, PlaybookGraph graph)
    {
        if (ended.EventType is not (EventTypes.StepCompleted or EventTypes.StepFailed)) return [];
        var draft = new Draft(before, new()
        {
            Command = new() { EventType = CommandTypes.Continue, ExecutionId = before.ExecutionId },
            Partition = ended.CausePartition,
            Offset = ended.CauseOffset,
            AppendedAt = ended.CreatedAt,
            Epoch = ended.Epoch,
            Graph = graph,
        });
        var meta = FactMeta.Parse(ended.Meta);
        var visit = before.Activations[ended.Activation!];
        var result = ended.EventType == EventTypes.StepFailed ? Value.Missing
            : meta.ResultFrom is { } from ? draft.ValueOf(from) : Value.FromJson(ended.Result ?? "null");
        var variables = ScopeVariables.AfterStep(draft, visit, result, ended.Error);
        return [.. meta.Edges
            .Select(edge => (draft.Plan.Graph.Edges[edge.Edge].When, edge.To, edge.State))
            .Where(edge => edge.When is not null)
            .Select(edge => new ExplainedEdge(
                visit.Id, edge.To, edge.When!.Text, edge.State, edge.When.Explain(variables)))];
    }
}
