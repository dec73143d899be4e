namespace KafkaFlow.Expressions.Library;

/// <summary>Filters on lists, maps and the characters of texts, with the behaviour they have in Jinja.</summary>
internal static class ListFilters
{
    public static readonly FunctionEntry[] All =
    [
        new("length", 0, 0, CoreFunctions.Size, []),
        new("count", 0, 0, CoreFunctions.Size, []),
        new("list", 0, 0, static (f, a) =>
            OfItems(f, a, "list", static (f, items) => Collections.ListOf(f, items)), []),
        new("first", 0, 0, static (f, a) =>
            OfItems(f, a, "first", static (_, items) => items.Length == 0 ? Value.Missing : items[0]), []),
        new("last", 0, 0, static (f, a) =>
            OfItems(f, a, "last", static (_, items) => items.Length == 0 ? Value.Missing : items[^1]), []),
        new("reverse", 0, 0, Reverse, []),
        new("sort", 0, 3, Sort, ["reverse", "case_sensitive", "attribute"]),
        new("unique", 0, 2, Unique, ["case_sensitive", "attribute"]),
        new("sum", 0, 2, Sum, ["attribute", "start"]),
        new("min", 0, 2, static (f, a) => Extreme(f, a, -1), ["case_sensitive", "attribute"]),
        new("max", 0, 2, static (f, a) => Extreme(f, a, 1), ["case_sensitive", "attribute"]),
        new("items", 0, 0, static (f, a) =>
            a[0].Object is ValueMap ? MapFunctions.Parts(f, a[0], "items") : Failure.NoOverload("items", a), []),
        new("dictsort", 0, 3, DictSort, ["case_sensitive", "by", "reverse"]),
    ];

    private static Value OfItems(Frame frame, ReadOnlySpan<Value> a, string name, Func<Frame, Value[], Value> map) =>
        Collections.TryItems(frame, a[0], out Value[] items)
            ? map(frame, items)
            : frame.Fatal ?? Failure.NoOverload(name, a[..1]);

    private static Value Reverse(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is string text)
            return frame.ChargeText(text.Length) ? Value.String(StringFunctions.Reversed(text)) : frame.Stopped;
        return OfItems(frame, a, "reverse", static (f, items) =>
        {
            Array.Reverse(items);
            return Collections.ListOf(f, items);
        });
    }

    /// <summary>
    /// The keys to sort or compare by: an attribute if one is named, texts without case unless asked.
    /// </summary>
    private static Value? Keys(Value[] items, Value caseSensitive, Value attribute, string name, out Value[] keys)
    {
        keys = new Value[items.Length];
        string[]? path = attribute.Object is string text ? text.Split('.') : null;
        for (int i = 0; i < items.Length; i++)
        {
            keys[i] = path is null ? items[i] : Attributes.Get(items[i], path);
            if (keys[i].IsMissing)
                return Failure.Of("no_such_key", $"{name}: an item has no attribute '{attribute.Text}'");
            if (!caseSensitive.Truthy && keys[i].Object is string key)
                keys[i] = Value.String(key.ToLowerInvariant());
        }
        return null;
    }

    private static Value Sort(Frame frame, ReadOnlySpan<Value> a)
    {
        if (!Collections.TryItems(frame, a[0], out Value[] items))
            return frame.Fatal ?? Failure.NoOverload("sort", a[..1]);
        return Keys(items, a[2], a[3], "sort", out Value[] keys) ?? Sorting.Sorted(frame, items, keys, a[1].Truthy);
    }

    private static Value Unique(Frame frame, ReadOnlySpan<Value> a)
    {
        if (!Collections.TryItems(frame, a[0], out Value[] items))
            return frame.Fatal ?? Failure.NoOverload("unique", a[..1]);
        return Keys(items, a[1], a[2], "unique", out Value[] keys) ?? Sorting.Distinct(frame, items, keys);
    }

    private static Value Sum(Frame frame, ReadOnlySpan<Value> a)
    {
        if (!Collections.TryItems(frame, a[0], out Value[] items))
            return frame.Fatal ?? Failure.NoOverload("sum", a[..1]);
        if (Keys(items, Value.Bool(true), a[1], "sum", out Value[] keys) is { } problem)
            return problem;
        Value total = a[2].IsMissing ? Value.Int(0) : a[2];
        foreach (Value key in keys)
        {
            if (!Numbers.IsNumber(key) || !frame.Charge(1))
                return frame.Fatal ?? Failure.NoOverload("+", total, key);
            total = Operators.Add(frame, total, key);
            if (total.IsFailure)
                return total;
        }
        return total;
    }

    private static Value Extreme(Frame frame, ReadOnlySpan<Value> a, int wanted)
    {
        string name = wanted > 0 ? "max" : "min";
        if (!Collections.TryItems(frame, a[0], out Value[] items))
            return frame.Fatal ?? Failure.NoOverload(name, a[..1]);
        if (Keys(items, a[1], a[2], name, out Value[] keys) is { } problem)
            return problem;
        if (items.Length == 0)
            return Value.Missing;
        int best = 0;
        for (int i = 1; i < items.Length; i++)
        {
            if (!frame.Charge(1) || !Equality.TryCompare(frame, keys[i], keys[best], out int order))
                return frame.Fatal ?? Failure.NoOverload(name, keys[i], keys[best]);
            if (order != Numbers.Unordered && Math.Sign(order) == wanted)
                best = i;
        }
        return items[best];
    }

    private static Value DictSort(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueMap map || (!a[2].IsMissing && a[2].AsString is not ("key" or "value")))
            return Failure.NoOverload("dictsort", a[..1]);
        Value pairs = MapFunctions.Parts(frame, a[0], "items");
        if (pairs.IsFailure)
            return pairs;
        bool byValue = a[2].AsString == "value";
        var keys = new Value[map.Count];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = byValue ? map.ValueAt(i) : map.KeyAt(i);
        if (Keys(keys, a[1], Value.Missing, "dictsort", out Value[] folded) is { } problem)
            return problem;
        return Sorting.Sorted(frame, [.. ((ValueList)pairs.Object!).AsReadOnlyList()], folded, a[3].Truthy);
    }
}
