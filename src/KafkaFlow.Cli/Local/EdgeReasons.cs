using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Local;

/// <summary>Why steps did not run: conditions of edges that were not true, with the values they had.</summary>
internal static class EdgeReasons
{
    /// <summary>The latest ones; more would hide the answer.</summary>
    private const int MaxShown = 20;
    private const int MaxValueLength = 80;

    public static IReadOnlyList<WaitingFor> Of(ExecutionHistory history, PlaybookGraph graph)
    {
        var ran = history.Run.Steps.Select(step => step.Step).ToHashSet(StringComparer.Ordinal);
        var reasons = new Dictionary<(string, string), WaitingFor>();
        ExecutionState? state = null;
        foreach (var fact in history.Facts)
        {
            if (state is { IsFinished: false })
                foreach (var edge in EdgeExplanations.Of(state, fact, graph))
                    if (edge is { Outcome: EdgeState.Dead, Explanation.Value.AsBool: not true }
                        && !ran.Contains(edge.To))
                        reasons[(Activations.StepOf(edge.Activation), edge.To)] = Reason(edge, fact);
            state = EngineCore.Evolve(state, fact);
        }
        return [.. reasons.Values.OrderBy(reason => reason.Since).TakeLast(MaxShown)];
    }

    private static WaitingFor Reason(ExplainedEdge edge, ExecutionEvent ended)
    {
        var values = edge.Explanation.Parts
            .Where(part => part.Text != edge.Condition && part.Value.Kind != ValueKind.Map)
            .Select(part => (part.Text, Value: part.Value.IsError ? "an error" : part.Value.ToJson()))
            .Where(part => part.Text != part.Value && part.Value.Length <= MaxValueLength).Distinct()
            .Select(part => $"{part.Text} = {part.Value}").ToList();
        var why = values.Count == 0 ? "" : $" ({string.Join(", ", values)})";
        return new(edge.Activation, "not_taken", $"{edge.To} did not run: {edge.Condition} was not true{why}",
            ended.CreatedAt, null, "nothing; an edge is decided once", null);
    }
}
