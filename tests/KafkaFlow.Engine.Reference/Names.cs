using System.Globalization;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>Values of names at one place of one visit: built anew for each rendering.</summary>
internal sealed class Names(
    Memory run, PlaybookGraph graph, Shape shape, string at, IReadOnlyDictionary<string, Value> special) : IVariables
{
    private static readonly string[] BuiltIn =
    [
        "workload", "ctx", "output", "result", "this", "item", "index", "execution_id", "attempt", "error", "event",
        "vars", "now", "data", "status_code", "success",
    ];

    public Value Get(int slot)
    {
        var name = graph.RetryScope.Names[slot];
        if (special.TryGetValue(name, out var value)) return value;
        if (BuiltIn.Contains(name)) return Own(name);
        if (graph.Find(name) is not null) return Step(name);
        return run.Workload.Get(name);
    }

    private Value Own(string name) => name switch
    {
        "workload" => run.Workload,
        "vars" => Value.Map([.. run.Variables]),
        "execution_id" => Value.String(run.ExecutionId),
        "now" => Value.String(DateTimeOffset.UnixEpoch.AddTicks(run.Now * 10)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)),
        "ctx" => Value.Map([.. graph.Steps.Select(step => (step.Name, Value: Step(step.Name)))
            .Where(entry => entry.Value.Kind != ValueKind.Missing)
            .Select(entry => KeyValuePair.Create(entry.Name, Value.Map([new("output", entry.Value)])))]),
        _ => Value.Missing,
    };

    /// <summary>A step sees its ancestors; an edge of it the step itself too, which then stands in special.</summary>
    private Value Step(string name)
    {
        if (special.TryGetValue($"step:{name}", out var own)) return own;
        if (!shape.Reaches(name, at, forwardOnly: false)) return Value.Missing;
        if (shape.Reaches(name, at, forwardOnly: true) || !shape.Reachable.Contains(name))
            return Latest(name, int.MaxValue);
        var loop = shape.Loops.First(loop => loop.Body.Contains(name)
            && (loop.Header == at || shape.Reaches(loop.Header, at, forwardOnly: true)));
        var began = run.Visits.Where(v => v.Step == loop.Header && v.Outcome != Outcome.Skipped)
            .Select(v => v.Begun).DefaultIfEmpty(0).Max();
        return Latest(name, began);
    }

    private Value Latest(string step, int before)
    {
        var completed = run.Visits.Where(v => v.Step == step && v.Outcome == Outcome.Completed && v.Ended < before);
        return completed.OrderBy(v => v.Ended).LastOrDefault()?.Value ?? Value.Missing;
    }
}
