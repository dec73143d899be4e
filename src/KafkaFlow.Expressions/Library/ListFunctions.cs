namespace KafkaFlow.Expressions.Library;

/// <summary>The lists extension; <c>range</c> as templates spell it.</summary>
internal static class ListFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("lists.range", 1, 1, static (f, a) =>
            a[0].IsInt ? Range(f, 0, a[0].Bits, 1) : Failure.NoOverload("lists.range", a)),
        new("range", 1, 3, TemplateRange),
    ];

    public static readonly FunctionEntry[] Methods =
    [
        new("distinct", 0, 0, static (f, a) =>
            OfList(f, a, "distinct", static (f, items) => Sorting.Distinct(f, items, items))),
        new("sort", 0, 0, static (f, a) =>
            OfList(f, a, "sort", static (f, items) => Sorting.Sorted(f, items, items, false))),
        new("first", 0, 0, static (_, a) => End(a, "first", last: false)),
        new("last", 0, 0, static (_, a) => End(a, "last", last: true)),
        new("slice", 2, 2, Slice),
        new("flatten", 0, 1, Flatten),
    ];

    public static Value Reverse(Frame frame, ValueList list)
    {
        if (!frame.ChargeElements(list.Count))
            return frame.Stopped;
        var items = new Value[list.Count];
        for (int i = 0; i < items.Length; i++)
            items[i] = list[items.Length - 1 - i];
        return Collections.ListOf(frame, items);
    }

    private static Value OfList(Frame frame, ReadOnlySpan<Value> a, string name, Func<Frame, Value[], Value> map)
    {
        if (a[0].Object is not ValueList)
            return Failure.NoOverload(name, a);
        return Collections.TryItems(frame, a[0], out Value[] items) ? map(frame, items) : frame.Stopped;
    }

    private static Value Range(Frame frame, long from, long to, long step)
    {
        Int128 span = step > 0 ? (Int128)to - from : (Int128)from - to;
        Int128 width = step > 0 ? step : -(Int128)step;
        Int128 count = span <= 0 ? 0 : (span + width - 1) / width;
        if (!frame.ChargeElements(count > ExpressionLimits.Elements ? ExpressionLimits.Elements + 1L : (long)count))
            return frame.Stopped;
        var items = new Value[(int)count];
        for (int i = 0; i < items.Length; i++)
            items[i] = Value.Int(from + (i * step));
        return Collections.ListOf(frame, items);
    }

    private static Value TemplateRange(Frame frame, ReadOnlySpan<Value> a)
    {
        foreach (Value argument in a)
        {
            if (!argument.IsInt)
                return Failure.NoOverload("range", a);
        }
        if (a.Length == 3 && a[2].Bits == 0)
            return Failure.Invalid("range() with a step of 0");
        return a.Length == 1
            ? Range(frame, 0, a[0].Bits, 1)
            : Range(frame, a[0].Bits, a[1].Bits, a.Length == 3 ? a[2].Bits : 1);
    }

    private static Value End(ReadOnlySpan<Value> a, string name, bool last)
    {
        if (a[0].Object is not ValueList list)
            return Failure.NoOverload(name, a);
        return Value.From(list.Count == 0
            ? OptionalValue.None
            : new OptionalValue(list[last ? list.Count - 1 : 0]));
    }

    private static Value Slice(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueList list || !a[1].IsInt || !a[2].IsInt)
            return Failure.NoOverload("slice", a);
        long from = a[1].Bits;
        long to = a[2].Bits;
        if (from < 0 || to > list.Count || from > to)
            return Failure.Of("index_out_of_range", $"slice({from}, {to}) of a list of {list.Count}");
        if (!frame.ChargeElements(to - from))
            return frame.Stopped;
        var items = new Value[to - from];
        for (int i = 0; i < items.Length; i++)
            items[i] = list[(int)from + i];
        return Collections.ListOf(frame, items);
    }

    private static Value Flatten(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueList list || (a.Length == 2 && !a[1].IsInt))
            return Failure.NoOverload("flatten", a);
        if (a.Length == 2 && a[1].Bits < 0)
            return Failure.Invalid("flatten() to a negative depth");
        var items = new List<Value>();
        return Collect(frame, list, a.Length == 2 ? a[1].Bits : 1, items)
            ? Collections.ListOf(frame, items)
            : frame.Stopped;
    }

    private static bool Collect(Frame frame, ValueList list, long depth, List<Value> items)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (!frame.Charge(1) || items.Count > ExpressionLimits.Elements)
                return frame.ChargeElements(items.Count);
            if (depth > 0 && list[i].Object is ValueList inner)
            {
                if (!Collect(frame, inner, depth - 1, items))
                    return false;
            }
            else
            {
                items.Add(list[i]);
            }
        }
        return true;
    }
}

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

/// <summary>The sets extension: lists as sets.</summary>
internal static class SetFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("sets.contains", 2, 2, static (f, a) =>
            Judge(f, a, "sets.contains", static (f, x, y) => ContainsAll(f, x, y))),
        new("sets.equivalent", 2, 2, static (f, a) =>
            Judge(f, a, "sets.equivalent", static (f, x, y) => ContainsAll(f, x, y) && ContainsAll(f, y, x))),
        new("sets.intersects", 2, 2, static (f, a) => Judge(f, a, "sets.intersects", Intersects)),
    ];

    private static Value Judge(
        Frame frame, ReadOnlySpan<Value> a, string name, Func<Frame, ValueList, ValueList, bool> judge) =>
        a[0].Object is ValueList x && a[1].Object is ValueList y
            ? Value.Bool(judge(frame, x, y))
            : Failure.NoOverload(name, a);

    private static bool ContainsAll(Frame frame, ValueList container, ValueList items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (!Equality.ListContains(frame, container, items[i]))
                return false;
        }
        return true;
    }

    private static bool Intersects(Frame frame, ValueList left, ValueList right)
    {
        for (int i = 0; i < right.Count && frame.Fatal is null; i++)
        {
            if (Equality.ListContains(frame, left, right[i]))
                return true;
        }
        return false;
    }
}

/// <summary>Methods of maps that templates use. A key of the same name is reached without parentheses.</summary>
internal static class MapFunctions
{
    public static readonly FunctionEntry[] Methods =
    [
        new("get", 1, 2, Get),
        new("keys", 0, 0, static (f, a) =>
            a[0].Object is ValueMap ? Parts(f, a[0], "keys") : Failure.NoOverload("keys", a)),
        new("values", 0, 0, static (f, a) =>
            a[0].Object is ValueMap ? Parts(f, a[0], "values") : Failure.NoOverload("values", a)),
        new("items", 0, 0, static (f, a) =>
            a[0].Object is ValueMap ? Parts(f, a[0], "items") : Failure.NoOverload("items", a)),
    ];

    public static Value Parts(Frame frame, Value value, string part)
    {
        var map = (ValueMap)value.Object!;
        if (!frame.ChargeElements(map.Count) || !frame.Charge(part == "items" ? map.Count * 12L : 0))
            return frame.Stopped;
        var items = new Value[map.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = part switch
            {
                "keys" => map.KeyAt(i),
                "values" => map.ValueAt(i),
                _ => Value.List([map.KeyAt(i), map.ValueAt(i)]),
            };
        }
        return Collections.ListOf(frame, items);
    }

    private static Value Get(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueMap map)
            return Failure.NoOverload("get", a);
        return map.TryGet(a[1], out Value found) ? found : a.Length == 3 ? a[2] : Value.Null;
    }
}
