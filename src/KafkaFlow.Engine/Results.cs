using System.Runtime.CompilerServices;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Values of steps, of loops, and of the whole run.</summary>
internal static class Results
{
    private const string EndStep = "end";
    /// <summary>Text longer than this is not parsed again in each decision: ten thousand items that see one list would
    /// cost ten thousand times that list.</summary>
    private const int LongText = 512;

    private static readonly ConditionalWeakTable<object, object> Parsed = [];

    /// <returns>JSON text of a completed activation's value (of the one it passed on, for one that passed through; the
    /// list of its items' results, for a loop), or null if it has not completed.</returns>
    public static string? Of(ExecutionState state, string activation)
    {
        if (!state.Activations.TryGetValue(activation, out var step)) return null;
        if (step.Phase != ActivationPhase.Completed) return null;
        if (step.ResultFrom is { } held)
            return state.Activations[held] is { ResultFrom: null } ? Of(state, held)
                : throw new InvalidOperationException($"{activation} has its value from {held}, which passed through");
        return step is { Result: null, Loop: { IsWhile: false } loop }
            ? OfItems(state, step.Id, loop.Count) : step.Result ?? "null";
    }

    /// <returns>The value of a completed activation; Missing if it has none.</returns>
    public static Value ValueOf(ExecutionState state, string activation)
    {
        if (!state.Activations.TryGetValue(activation, out var step)) return Value.Missing;
        if (Parsed.TryGetValue(step, out var known)) return (Value)known;
        if (Of(state, activation) is not { } json) return Value.Missing;
        return Kept(step, json);
    }

    public static Value WorkloadOf(StartInfo start) =>
        Parsed.TryGetValue(start, out var known) ? (Value)known : Kept(start, start.Workload);

    private static Value Kept(object owner, string json)
    {
        var value = Value.FromJson(json);
        if (json.Length > LongText) Parsed.AddOrUpdate(owner, value);
        return value;
    }

    /// <summary>The results of a loop's items in item order.</summary>
    public static string OfItems(ExecutionState state, string loop, int count) =>
        JsonText.Write((state, loop, count), static (writer, of) => WriteItems(writer, of.state, of.loop, of.count));

    /// <summary>The value of <c>end</c> if it does something itself; else of the step that reached it, or of the steps
    /// whose path ended; a map of step to value if several did.</summary>
    public static string OfRun(ExecutionState state, GraphPlan plan)
    {
        var graph = plan.Graph;
        if (plan.IndexOf(EndStep) is { } end && Completed(state, graph.Steps[end]) is { } ended)
        {
            if (!graph.Steps[end].PassesThrough) return Of(state, ended.Id) ?? "null";
            if (ended.Taken.Length > 0)
                return OfSteps(state, plan, ended.Taken.Select(edge => graph.Edges[edge].From).Distinct().Order());
        }
        return OfSteps(state, plan, graph.Steps.Where(step => step.Role == StepRole.Flow
            && Completed(state, step) is { } settled && settled.Out.All(edge => edge.State != EdgeState.Taken))
            .Select(step => step.Index));
    }

    /// <returns>The completed current visit of a step.</returns>
    private static ActivationState? Completed(ExecutionState state, StepNode step) =>
        state.CurrentOf(step.Name) is { Phase: ActivationPhase.Completed } settled ? settled : null;

    private static string OfSteps(ExecutionState state, GraphPlan plan, IEnumerable<int> steps)
    {
        var reached = steps.Select(step => plan.Graph.Steps[step])
            .Select(step => (step.Name, Value: ValueOf(state, step))).ToList();
        return reached.Count switch
        {
            0 => "null",
            1 => reached[0].Value ?? "null",
            _ => JsonText.Write(reached, static (writer, of) =>
            {
                writer.WriteStartObject();
                foreach (var (name, value) in of) writer.Raw(name, value);
                writer.WriteEndObject();
            }),
        };
    }

    private static string? ValueOf(ExecutionState state, StepNode step) =>
        state.CurrentOf(step.Name) is { } visit ? Of(state, visit.Id) : null;

    private static void WriteItems(Utf8JsonWriter writer, ExecutionState state, string loop, int count)
    {
        writer.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            var id = Activations.Item(loop, i);
            var item = state.Items[id];
            if (item.Count is { } inner) WriteItems(writer, state, id, inner);
            else if (item.Result is { } result) writer.WriteRawValue(result, skipInputValidation: true);
            else if (item.Error is { } error)
            {
                writer.WriteStartObject();
                writer.Raw("error", error);
                writer.WriteEndObject();
            }
            else writer.WriteNullValue();
        }
        writer.WriteEndArray();
    }
}
