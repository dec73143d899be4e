using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>The items of a loop: where, order_by, limit, chunk, enumerate.</summary>
internal static class ItemList
{
    public static Value Of(ItemLoop rule, Rendering rendering, Work work)
    {
        var collection = rule.Collection.Render(rendering.Of(work));
        if (collection.IsError) return collection;
        if (collection.Kind is not (ValueKind.List or ValueKind.Map)) throw new RuleException("bad_collection");
        IEnumerable<Value> all = collection.Kind == ValueKind.List
            ? collection.Items
            : collection.Entries.Select(entry =>
                Value.Map([new("key", Value.String(entry.Key)), new("value", entry.Value)]));
        var left = new List<(Value Item, Value Key)>();
        foreach (var (index, item) in all.Index())
        {
            var names = rendering.Of(work, ("item", item), (rule.Element, item), ("index", Value.Int(index)));
            var wanted = rule.Where?.Evaluate(names) ?? Value.Bool(true);
            if (wanted.IsError) return wanted;
            if (wanted.Truthy) left.Add((item, Value.Null));
        }
        if (rule.OrderBy is { } order)
            for (var i = 0; i < left.Count; i++)
            {
                var item = left[i].Item;
                var names = rendering.Of(work, ("item", item), (rule.Element, item), ("index", Value.Int(i)));
                var key = order.Render(names);
                if (key.IsError) return key;
                left[i] = (item, key);
            }
        var sorted = rule.OrderBy is null
            ? left
            : rule.Descending
                ? [.. left.OrderByDescending(one => one.Key, Comparer<Value>.Create(Compare))]
                : left.OrderBy(one => one.Key, Comparer<Value>.Create(Compare)).ToList();
        if (rule.Limit is { } limit)
        {
            var count = limit.Render(rendering.Of(work));
            if (count.IsError) return count;
            sorted = [.. sorted.Take((int)(count.AsInt ?? int.MaxValue))];
        }
        IEnumerable<Value> items = sorted.Select(one => one.Item);
        if (rule.Chunk is { } size) items = items.Chunk(size).Select(chunk => Value.List(chunk));
        if (rule.Enumerate)
            items = items.Select((item, index) => Value.Map([new("index", Value.Int(index)), new("item", item)]));
        return Value.List([.. items]);
    }

    private static int Compare(Value a, Value b) => a.AsDouble is { } x && b.AsDouble is { } y
        ? x.CompareTo(y)
        : string.CompareOrdinal(a.AsString, b.AsString);
}
