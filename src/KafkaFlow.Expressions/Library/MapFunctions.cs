namespace KafkaFlow.Expressions.Library;

/// <summary>Methods of maps that templates use. A key of the same name is reached without parentheses.</summary>
internal static class MapFunctions
{
    public static readonly FunctionEntry[] Methods =
    [
        new("get", 1, 2, Get),
        new("keys", 0, 0, static (f, a) => a[0].Object is ValueMap ? Parts(f, a[0], "keys") : Failure.NoOverload("keys", a)),
        new("values", 0, 0, static (f, a) => a[0].Object is ValueMap ? Parts(f, a[0], "values") : Failure.NoOverload("values", a)),
        new("items", 0, 0, static (f, a) => a[0].Object is ValueMap ? Parts(f, a[0], "items") : Failure.NoOverload("items", a)),
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
