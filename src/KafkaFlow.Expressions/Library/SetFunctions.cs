namespace KafkaFlow.Expressions.Library;

/// <summary>The sets extension: lists as sets.</summary>
internal static class SetFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("sets.contains", 2, 2, static (f, a) => Judge(f, a, "sets.contains", static (f, x, y) => ContainsAll(f, x, y))),
        new("sets.equivalent", 2, 2, static (f, a) =>
            Judge(f, a, "sets.equivalent", static (f, x, y) => ContainsAll(f, x, y) && ContainsAll(f, y, x))),
        new("sets.intersects", 2, 2, static (f, a) => Judge(f, a, "sets.intersects", Intersects)),
    ];

    private static Value Judge(Frame frame, ReadOnlySpan<Value> a, string name, Func<Frame, ValueList, ValueList, bool> judge) =>
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
