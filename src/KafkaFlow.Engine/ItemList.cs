using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>The items of a loop: where, order_by, limit, chunk, enumerate, in this order.</summary>
internal static class ItemList
{
    public static IReadOnlyList<Value> Of(ItemLoop loop, ScopeVariables variables, out StepError? failure)
    {
        var items = Collection(loop, variables, out failure);
        if (failure is null && loop.Where is { } where) items = Filter(items, loop, where, variables, out failure);
        if (failure is null && loop.OrderBy is { } key) items = Sort(items, loop, key, variables, out failure);
        if (failure is null && loop.Limit is { } limit) items = Take(items, limit, variables, out failure);
        if (loop.Chunk is { } size) items = [.. items.Chunk(size).Select(chunk => Value.List(chunk))];
        if (loop.Enumerate)
            items = [.. items.Select((item, index) => Value.Map([new("index", Value.Int(index)), new("item", item)]))];
        return items;
    }

    private static IReadOnlyList<Value> Collection(ItemLoop loop, ScopeVariables variables, out StepError? failure)
    {
        var collection = loop.Collection.Render(variables);
        failure = collection.Error is { } problem ? StepError.Of(problem, "collection")
            : collection.Kind is ValueKind.List or ValueKind.Map ? null
            : new(StepError.BadCollection,
                $"collection is {collection.Kind.ToString().ToLowerInvariant()}; expected a list", false);
        if (failure is not null) return [];
        return collection.Kind == ValueKind.List ? collection.Items : [.. collection.Entries.Select(entry =>
            Value.Map([new("key", Value.String(entry.Key)), new("value", entry.Value)]))];
    }

    private static List<Value> Filter(IReadOnlyList<Value> items, ItemLoop loop, Condition where,
        ScopeVariables variables, out StepError? failure)
    {
        failure = null;
        var kept = new List<Value>();
        for (var i = 0; i < items.Count; i++)
        {
            var holds = where.Evaluate(variables.Within(new(loop.Element, items[i], i, null)));
            if (holds.Error is { } problem)
            {
                failure = StepError.Of(problem, $"where of item {i}");
                return [];
            }
            if (holds.AsBool == true) kept.Add(items[i]);
        }
        return kept;
    }

    private static IReadOnlyList<Value> Sort(IReadOnlyList<Value> items, ItemLoop loop, TemplateTree key,
        ScopeVariables variables, out StepError? failure)
    {
        failure = null;
        var keyed = new List<(Value Key, Value Item)>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var value = key.Render(variables.Within(new(loop.Element, items[i], i, null)));
            failure = value.Error is { } problem ? StepError.Of(problem, $"order_by of item {i}")
                : value.Kind is ValueKind.Int or ValueKind.UInt or ValueKind.Double or ValueKind.String
                    or ValueKind.Bool or ValueKind.Null ? null
                : new(StepError.BadCollection, $"order_by of item {i} is no number, text or boolean", false);
            if (failure is not null) return [];
            keyed.Add((value, items[i]));
        }
        var order = Comparer<Value>.Create(Compare);
        var sorted = loop.Descending
            ? keyed.OrderByDescending(entry => entry.Key, order) : keyed.OrderBy(entry => entry.Key, order);
        return [.. sorted.Select(entry => entry.Item)];
    }

    /// <summary>Null, booleans, numbers, texts, each among themselves.</summary>
    private static int Compare(Value a, Value b)
    {
        var ranks = (Rank(a), Rank(b));
        if (ranks.Item1 != ranks.Item2) return ranks.Item1.CompareTo(ranks.Item2);
        return ranks.Item1 switch
        {
            1 => a.AsBool!.Value.CompareTo(b.AsBool!.Value),
            2 when a.AsInt is { } x && b.AsInt is { } y => x.CompareTo(y),
            2 => a.AsDouble!.Value.CompareTo(b.AsDouble!.Value),
            3 => string.CompareOrdinal(a.AsString, b.AsString),
            _ => 0,
        };
    }

    private static int Rank(Value value) => value.Kind switch
    {
        ValueKind.Null => 0, ValueKind.Bool => 1, ValueKind.String => 3, _ => 2,
    };

    private static IReadOnlyList<Value> Take(IReadOnlyList<Value> items, TemplateTree limit, ScopeVariables variables,
        out StepError? failure)
    {
        var value = limit.Render(variables);
        failure = value.Error is { } problem ? StepError.Of(problem, "limit")
            : value.AsInt is >= 0 ? null
            : new(StepError.BadCollection, $"limit is {value.ToJson()}; expected a whole number from 0", false);
        return failure is null ? [.. items.Take((int)Math.Min(value.AsInt!.Value, int.MaxValue))] : [];
    }
}
