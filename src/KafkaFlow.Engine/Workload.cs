using KafkaFlow.Contracts;
using KafkaFlow.Expressions;

namespace KafkaFlow.Engine;

/// <summary>
/// The run's workload: the playbook's defaults with their templates rendered once, and the start's payload merged
/// deeply over them (maps by key, everything else replaced). What a user sends is data and never a template.
/// </summary>
internal static class Workload
{
    /// <param name="refusal">The payload is no JSON object: nothing begins.</param>
    /// <param name="failure">A template failed: the run begins and fails.</param>
    /// <returns>JSON text of an object.</returns>
    public static string Merge(
        string? payload, GraphPlan plan, Draft draft, out DecisionOutcome? refusal, out StepError? failure)
    {
        (refusal, failure) = (null, null);
        var given = payload is null ? Value.Map([]) : Value.FromJson(payload);
        if (given.Kind != ValueKind.Map)
        {
            refusal = new DecisionOutcome.DeadLetter(DlqCodes.WrongType, "payload is no JSON object");
            return "{}";
        }
        var merged = new List<KeyValuePair<string, Value>>();
        foreach (var (key, tree, problem) in plan.Workload)
        {
            if (given.Get(key) is { } replaced && replaced.Kind is not (ValueKind.Missing or ValueKind.Map))
            {
                merged.Add(new(key, replaced));
                continue;
            }
            var rendered = problem is null
                ? tree!.Render(new StartVariables(plan, draft, merged, given)) : Value.Null;
            if (problem is not null)
                failure ??= new(problem.Code, $"workload.{key}: {problem.Message}", false);
            if (rendered.Error is { } error)
            {
                failure ??= StepError.Of(error, $"workload.{key}");
                rendered = Value.Null;
            }
            merged.Add(new(key, Merge(rendered, replaced)));
        }
        foreach (var entry in given.Entries)
            if (!merged.Exists(known => known.Key == entry.Key)) merged.Add(entry);
        return Value.Map(merged).ToJson();
    }

    private static Value Merge(Value under, Value over)
    {
        if (over.Kind == ValueKind.Missing) return under;
        if (under.Kind != ValueKind.Map || over.Kind != ValueKind.Map) return over;
        var entries = under.Entries.Select(entry =>
            new KeyValuePair<string, Value>(entry.Key, Merge(entry.Value, over.Get(entry.Key)))).ToList();
        foreach (var entry in over.Entries)
            if (under.Get(entry.Key).Kind == ValueKind.Missing) entries.Add(entry);
        return Value.Map(entries);
    }

    /// <summary>While the workload is being merged: what the start gave, and the defaults that stand above.</summary>
    private sealed class StartVariables(
        GraphPlan plan, Draft draft, List<KeyValuePair<string, Value>> merged, Value given) : IVariables
    {
        public Value Get(int slot)
        {
            var meaning = plan.Meanings[slot];
            return meaning.Kind switch
            {
                MeaningKind.Workload => Value.Map([.. given.Entries, .. merged]),
                MeaningKind.ExecutionId => Value.String(draft.Command.ExecutionId),
                MeaningKind.Now => Value.String(draft.Now.ToString()),
                MeaningKind.WorkloadKey => Key(meaning.Name),
                _ => Value.Missing,
            };
        }

        private Value Key(string name)
        {
            foreach (var (key, value) in merged)
                if (key == name) return value;
            return given.Get(name);
        }
    }
}
