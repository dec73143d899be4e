namespace KafkaFlow.Engine;

/// <summary>Values of steps, and of the whole run.</summary>
internal static class Results
{
    private const string EndStep = "end";

    /// <returns>JSON text of a completed step's value (of the step it passed on, for one that passed through), or null
    /// if it has not completed.</returns>
    public static string? Of(ExecutionState state, string activation)
    {
        // A chain of pass-through steps is at most as long as there are activations.
        for (var hops = 0; hops <= state.Activations.Count; hops++)
        {
            if (!state.Activations.TryGetValue(activation, out var step)) return null;
            if (step.Phase != ActivationPhase.Completed) return null;
            if (step.ResultFrom is null) return step.Result ?? "null";
            activation = step.ResultFrom;
        }
        throw new InvalidOperationException($"activation {activation} has its value from itself");
    }

    /// <summary>The value of <c>end</c> if it has a tool; else of the step that reached it, or of the steps whose path
    /// ended; a map of step to value if several did.</summary>
    public static string OfRun(ExecutionState state, GraphPlan plan)
    {
        var graph = plan.Graph;
        if (plan.IndexOf(EndStep) is { } end && Completed(state, plan, end) is { } ended)
        {
            if (ended.NodeType is not null) return ended.Result ?? "null";
            if (ended.Taken.Length > 0)
                return Of(state, plan, ended.Taken.Select(edge => graph.Edges[edge].From).Distinct().Order());
        }
        return Of(state, plan, Enumerable.Range(0, graph.Steps.Count).Where(step =>
            Completed(state, plan, step) is { } settled && settled.Out.All(edge => edge.State != EdgeState.Taken)));
    }

    private static ActivationState? Completed(ExecutionState state, GraphPlan plan, int step) =>
        state.Activations.TryGetValue(plan.Ids[step], out var settled)
        && settled.Phase == ActivationPhase.Completed ? settled : null;

    private static string Of(ExecutionState state, GraphPlan plan, IEnumerable<int> steps)
    {
        var reached = steps.ToList();
        return reached.Count switch
        {
            0 => "null",
            1 => Of(state, plan.Ids[reached[0]]) ?? "null",
            _ => JsonText.Write((state, plan, reached), static (writer, of) =>
            {
                writer.WriteStartObject();
                foreach (var step in of.reached)
                    writer.Raw(of.plan.Graph.Steps[step].Name, Of(of.state, of.plan.Ids[step]));
                writer.WriteEndObject();
            }),
        };
    }
}
