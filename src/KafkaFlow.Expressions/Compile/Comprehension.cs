namespace KafkaFlow.Expressions.Compile;


/// <summary>Where the variables of a comprehension are kept; Second is -1 in the forms with one variable.</summary>
internal readonly record struct LoopSlots(int First, int Second);

/// <summary>The elements a comprehension runs over: items of a list, keys (or entries) of a map.</summary>
internal readonly struct Elements
{
    private readonly ValueList? _list;
    private readonly ValueMap? _map;

    private Elements(ValueList? list, ValueMap? map)
    {
        _list = list;
        _map = map;
    }

    public int Count => _list?.Count ?? _map!.Count;

    public static bool TryOf(Value range, out Elements elements)
    {
        elements = new Elements(range.Object as ValueList, range.Object as ValueMap);
        return elements._list is not null || elements._map is not null;
    }

    /// <summary>What a map or filter collects: the item or the key.</summary>
    public Value Item(int index) => _list is not null ? _list[index] : _map!.KeyAt(index);

    public void Bind(Frame frame, LoopSlots slots, int index)
    {
        if (slots.Second < 0)
        {
            frame.Local(slots.First) = Item(index);
            return;
        }
        frame.Local(slots.First) = _list is not null ? Value.Int(index) : _map!.KeyAt(index);
        frame.Local(slots.Second) = _list is not null ? _list[index] : _map!.ValueAt(index);
    }
}

/// <summary>Base of the macros: evaluates the range, then runs over it, one unit of fuel for each step.</summary>
internal abstract class ComprehensionNode(Node range, LoopSlots slots, string name) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = range.Eval(frame);
        if (value.IsFailure)
            return value.Strict;
        if (!Elements.TryOf(value, out Elements elements))
            return Fail("no_such_overload", $"{name}() needs a list or a map, found {KindName.Of(value)}");
        return Run(frame, elements);
    }

    protected abstract Value Run(Frame frame, Elements elements);

    protected bool Step(Frame frame, Elements elements, int index)
    {
        if (!frame.Charge(1))
            return false;
        elements.Bind(frame, slots, index);
        return true;
    }

    protected Value NotBool(Value value) => value.IsFailure
        ? value.Strict
        : Fail("no_such_overload", $"the condition of {name}() must be bool, found {KindName.Of(value)}");
}

/// <summary><c>all</c> and <c>exists</c>: an element that decides absorbs the errors of the others.</summary>
internal sealed class QuantifierNode(Node range, LoopSlots slots, Node predicate, bool deciding)
    : ComprehensionNode(range, slots, deciding ? "exists" : "all")
{
    protected override Value Run(Frame frame, Elements elements)
    {
        Value? problem = null;
        for (int i = 0; i < elements.Count; i++)
        {
            if (!Step(frame, elements, i))
                return frame.Stopped;
            Value value = predicate.Eval(frame);
            if (!value.IsBool)
                problem ??= value;
            else if (value.Bits != 0 == deciding)
                return value;
        }
        return problem is { } found ? NotBool(found) : Value.Bool(!deciding);
    }
}

internal sealed class ExistsOneNode(Node range, LoopSlots slots, Node predicate)
    : ComprehensionNode(range, slots, "exists_one")
{
    protected override Value Run(Frame frame, Elements elements)
    {
        int found = 0;
        for (int i = 0; i < elements.Count; i++)
        {
            if (!Step(frame, elements, i))
                return frame.Stopped;
            Value value = predicate.Eval(frame);
            if (!value.IsBool)
                return NotBool(value);
            if (value.Bits != 0)
                found++;
        }
        return Value.Bool(found == 1);
    }
}

/// <summary><c>map</c>, <c>filter</c> and <c>transformList</c>.</summary>
internal sealed class CollectNode(Node range, LoopSlots slots, Node? predicate, Node? transform)
    : ComprehensionNode(range, slots, transform is null ? "filter" : "map")
{
    protected override Value Run(Frame frame, Elements elements)
    {
        var items = new List<Value>(Math.Min(elements.Count, 16));
        for (int i = 0; i < elements.Count; i++)
        {
            if (!Step(frame, elements, i))
                return frame.Stopped;
            Value value = predicate?.Eval(frame) ?? Value.Bool(true);
            if (!value.IsBool)
                return NotBool(value);
            if (value.Bits == 0)
                continue;
            value = transform?.Eval(frame) ?? elements.Item(i);
            if (value.IsFailure)
                return value.Strict;
            items.Add(value);
        }
        return frame.ChargeElements(items.Count) ? Collections.ListOf(frame, items) : frame.Stopped;
    }
}

/// <summary>
/// <c>transformMap</c> (same keys) and <c>transformMapEntry</c> (the transform gives a map of entries).
/// </summary>
internal sealed class CollectMapNode(
    Node range, LoopSlots slots, int keySlot, Node? predicate, Node transform, bool entries)
    : ComprehensionNode(range, slots, entries ? "transformMapEntry" : "transformMap")
{
    protected override Value Run(Frame frame, Elements elements)
    {
        var builder = new KeyedMapBuilder(Math.Min(elements.Count, 16));
        int count = 0;
        for (int i = 0; i < elements.Count; i++)
        {
            if (!Step(frame, elements, i))
                return frame.Stopped;
            Value value = predicate?.Eval(frame) ?? Value.Bool(true);
            if (!value.IsBool)
                return NotBool(value);
            if (value.Bits == 0)
                continue;
            value = transform.Eval(frame);
            if (value.IsFailure)
                return value.Strict;
            Value? problem = entries
                ? AddEntries(builder, value, ref count)
                : AddEntry(builder, frame.Local(keySlot), value, ref count);
            if (problem is { } failure)
                return failure;
            if (count > ExpressionLimits.Elements)
                break;
        }
        return frame.ChargeElements(count) ? Collections.MapOf(frame, builder) : frame.Stopped;
    }

    private Value? AddEntries(KeyedMapBuilder builder, Value value, ref int count)
    {
        if (value.Object is not ValueMap map)
            return Fail("no_such_overload",
                $"transformMapEntry() needs a map for each entry, found {KindName.Of(value)}");
        for (int i = 0; i < map.Count; i++)
        {
            if (AddEntry(builder, map.KeyAt(i), map.ValueAt(i), ref count) is { } problem)
                return problem;
        }
        return null;
    }

    private Value? AddEntry(KeyedMapBuilder builder, Value key, Value value, ref int count)
    {
        count++;
        if (!KeyComparer.IsKey(key))
            return Fail("bad_key", $"a map key cannot be {KindName.Of(key)}");
        return builder.TryAdd(key, value) ? null : Fail("duplicate_key", "a key is given twice");
    }
}

/// <summary><c>list.sortBy(x, key)</c>: a stable sort by keys of one kind.</summary>
internal sealed class SortByNode(Node range, LoopSlots slots, Node key) : ComprehensionNode(range, slots, "sortBy")
{
    protected override Value Run(Frame frame, Elements elements)
    {
        var items = new Value[elements.Count];
        var keys = new Value[elements.Count];
        for (int i = 0; i < items.Length; i++)
        {
            if (!Step(frame, elements, i))
                return frame.Stopped;
            items[i] = elements.Item(i);
            keys[i] = key.Eval(frame);
            if (keys[i].IsFailure)
                return keys[i].Strict;
        }
        return At(Sorting.Sorted(frame, items, keys, descending: false));
    }
}

/// <summary><c>cel.bind(name, value, body)</c>. An error of the value is one only where the name is used.</summary>
internal sealed class BindNode(int slot, Node value, Node body) : Node
{
    public override Value Eval(Frame frame)
    {
        frame.Local(slot) = value.Eval(frame);
        return body.Eval(frame);
    }
}

/// <summary><c>optional.optMap(x, e)</c>, and <c>optFlatMap</c> whose body gives an optional.</summary>
internal sealed class OptionalMapNode(Node target, int slot, Node body, bool flat) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = target.Eval(frame);
        if (value.IsFailure)
            return value.Strict;
        if (value.Object is not OptionalValue optional)
            return Fail("no_such_overload", $"optMap() needs an optional, found {KindName.Of(value)}");
        if (!optional.HasValue)
            return value;
        frame.Local(slot) = optional.Content;
        Value result = body.Eval(frame);
        if (result.IsFailure)
            return result.Strict;
        if (!flat)
            return Value.From(new OptionalValue(result));
        return result.Object is OptionalValue
            ? result
            : Fail("no_such_overload", $"optFlatMap() needs a body giving an optional, found {KindName.Of(result)}");
    }
}
