namespace KafkaFlow.Expressions.Compile;

/// <summary>Makes lists and maps within the limits of depth and size.</summary>
internal static class Collections
{
    /// <summary>Price of each text of a list beyond that of an element.</summary>
    public const int UnitsPerText = 6;

    public static Value ListOf(Frame frame, Value[] items)
    {
        if (items.Length == 0)
            return Value.From(ValueList.Empty);
        var list = new ValueList(items);
        return list.Depth <= ExpressionLimits.DataDepth ? Value.From(list) : TooDeep(frame);
    }

    public static Value ListOf(Frame frame, List<Value> items) => ListOf(frame, items.ToArray());

    public static Value MapOf(Frame frame, KeyedMapBuilder builder)
    {
        ValueMap map = builder.Build();
        return map.Depth <= ExpressionLimits.DataDepth ? Value.From(map) : TooDeep(frame);
    }

    public static Value Concat(Frame frame, ValueList left, ValueList right)
    {
        if (!frame.ChargeElements((long)left.Count + right.Count))
            return frame.Stopped;
        var items = new Value[left.Count + right.Count];
        for (int i = 0; i < left.Count; i++)
            items[i] = left[i];
        for (int i = 0; i < right.Count; i++)
            items[left.Count + i] = right[i];
        return ListOf(frame, items);
    }

    /// <summary>The characters (code points) of a text, the items of a list, the keys of a map.</summary>
    public static bool TryItems(Frame frame, Value value, out Value[] items)
    {
        items = [];
        switch (value.Object)
        {
            case ValueList list:
                if (!frame.ChargeElements(list.Count))
                    return false;
                items = new Value[list.Count];
                for (int i = 0; i < items.Length; i++)
                    items[i] = list[i];
                return true;
            case ValueMap map:
                if (!frame.ChargeElements(map.Count))
                    return false;
                items = new Value[map.Count];
                for (int i = 0; i < items.Length; i++)
                    items[i] = map.KeyAt(i);
                return true;
            case string text:
                if (!frame.ChargeElements(text.Length) || !frame.Charge(text.Length * (long)UnitsPerText))
                    return false;
                var runes = new List<Value>(text.Length);
                for (int i = 0; i < text.Length; i += CodePoints.Width(text, i))
                    runes.Add(Value.String(text.Substring(i, CodePoints.Width(text, i))));
                items = runes.ToArray();
                return true;
            default:
                return false;
        }
    }

    private static Value TooDeep(Frame frame)
    {
        frame.Exceed("limit_depth", $"data nested deeper than the limit of {ExpressionLimits.DataDepth} levels");
        return frame.Stopped;
    }
}

/// <summary>Collects the entries of a map with keys of any permitted kind.</summary>
internal sealed class KeyedMapBuilder(int capacity)
{
    private const int LinearEntries = 8;
    private readonly List<Value> _keys = new(capacity);
    private readonly List<Value> _values = new(capacity);
    private HashSet<Value>? _seen;
    private bool _allNames = true;

    public bool TryAdd(Value key, Value value)
    {
        if (Contains(key))
            return false;
        _allNames &= key.Object is string;
        _keys.Add(key);
        _values.Add(value);
        _seen?.Add(key);
        return true;
    }

    public ValueMap Build()
    {
        if (!_allNames)
            return new KeyedMap(_keys.ToArray(), _values.ToArray());
        var names = new string[_keys.Count];
        for (int i = 0; i < names.Length; i++)
            names[i] = _keys[i].Text;
        return new StringMap(names, _values.ToArray(), names.Length);
    }

    private bool Contains(Value key)
    {
        if (_seen is null && _keys.Count >= LinearEntries)
            _seen = new HashSet<Value>(_keys, KeyComparer.Instance);
        if (_seen is not null)
            return _seen.Contains(key);
        foreach (Value known in _keys)
        {
            if (KeyComparer.Instance.Equals(known, key))
                return true;
        }
        return false;
    }
}
