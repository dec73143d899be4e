namespace KafkaFlow.Expressions.Library;

/// <summary>The lists extension; <c>range</c> as templates spell it.</summary>
internal static class ListFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("lists.range", 1, 1, static (f, a) => a[0].IsInt ? Range(f, 0, a[0].Bits, 1) : Failure.NoOverload("lists.range", a)),
        new("range", 1, 3, TemplateRange),
    ];

    public static readonly FunctionEntry[] Methods =
    [
        new("distinct", 0, 0, static (f, a) => OfList(f, a, "distinct", static (f, items) => Sorting.Distinct(f, items, items))),
        new("sort", 0, 0, static (f, a) => OfList(f, a, "sort", static (f, items) => Sorting.Sorted(f, items, items, false))),
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
