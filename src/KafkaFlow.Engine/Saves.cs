using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>
/// A step's <c>save</c> that needs no worker: into the event log, that is into <c>meta.save</c> of its completion.
/// </summary>
internal static class Saves
{
    private static readonly string[] TypeKeys = ["tool", "type", "storage"];

    /// <returns>JSON text of the rendered args (without any: the data of the step's value), or null where there is
    /// nothing to save or it failed.</returns>
    public static string? Render(StepNode node, ScopeVariables variables, out StepError? failure)
    {
        failure = null;
        if (node.Save is not { } tree) return null;
        var save = tree.Render(variables);
        if (save.Error is { } problem)
        {
            failure = StepError.Of(problem, "save");
            return null;
        }
        var type = TypeOf(save);
        if (type is not ("event" or "event_log"))
        {
            failure = new(StepError.UnsupportedSave,
                $"save to '{type}' is not available in this version; expected event_log", false);
            return null;
        }
        var args = save.Get("args");
        if (args.Kind == ValueKind.Missing) args = save.Get("data");
        return (args.Kind == ValueKind.Missing ? variables.Data : args).ToJson();
    }

    private static string? TypeOf(Value save)
    {
        foreach (var key in TypeKeys)
        {
            var given = save.Get(key);
            if (given.AsString is { } type) return type;
            if (given.Kind == ValueKind.Map && TypeOf(given) is { } inner) return inner;
        }
        return null;
    }
}
