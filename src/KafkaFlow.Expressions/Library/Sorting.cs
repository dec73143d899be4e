namespace KafkaFlow.Expressions.Library;

/// <summary>Stable sorting of values by keys of one kind.</summary>
internal static class Sorting
{
    public static Value Sorted(Frame frame, Value[] items, Value[] keys, bool descending)
    {
        if (!frame.ChargeElements(items.Length) || !frame.Charge(items.Length * 8L))
            return frame.Stopped;
        foreach (Value key in keys)
        {
            if (!Equality.TryCompare(frame, keys[0], key, out _))
                return Failure.NoOverload("sort", keys[0], key);
        }
        var order = new int[items.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (x, y) =>
        {
            Equality.TryCompare(frame, keys[x], keys[y], out int sign);
            if (sign == Numbers.Unordered)
                sign = double.IsNaN(keys[x].Number).CompareTo(double.IsNaN(keys[y].Number));
            if (sign == 0)
                return x.CompareTo(y);
            return descending ? -sign : sign;
        });
        if (frame.Fatal is { } fatal)
            return fatal;
        var sorted = new Value[items.Length];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = items[order[i]];
        return Collections.ListOf(frame, sorted);
    }

    /// <summary>Distinct items by key, the first of each kept; quadratic only among keys that no hash serves.</summary>
    public static Value Distinct(Frame frame, Value[] items, Value[] keys)
    {
        var kept = new List<Value>();
        var hashed = new HashSet<Value>(KeyComparer.Instance);
        var others = new List<Value>();
        for (int i = 0; i < items.Length; i++)
        {
            if (!frame.Charge(1))
                return frame.Stopped;
            bool fresh = KeyComparer.IsKey(keys[i]) ? hashed.Add(keys[i]) : AddOther(frame, others, keys[i]);
            if (fresh)
                kept.Add(items[i]);
        }
        return frame.Fatal ?? Collections.ListOf(frame, kept);
    }

    private static bool AddOther(Frame frame, List<Value> others, Value key)
    {
        foreach (Value other in others)
        {
            if (!frame.Charge(1) || Equality.AreEqual(frame, other, key))
                return false;
        }
        others.Add(key);
        return true;
    }
}
