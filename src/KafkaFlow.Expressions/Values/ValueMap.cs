namespace KafkaFlow.Expressions.Values;

/// <summary>A map in insertion order. Keys compare as values do: 1, 1u and 1.0 are one key.</summary>
internal abstract class ValueMap(int depth) : ValueObject(ValueKind.Map)
{
    /// <summary>Above this many entries a map makes an index at its first lookup.</summary>
    protected const int LinearEntries = 8;

    public int Depth { get; } = depth;
    public abstract int Count { get; }
    public abstract Value KeyAt(int index);
    public abstract Value ValueAt(int index);
    public abstract bool TryGet(string key, out Value value);
    public abstract bool TryGet(Value key, out Value value);

    public IEnumerable<KeyValuePair<string, Value>> TextEntries()
    {
        for (int i = 0; i < Count; i++)
            yield return new(ValueText.Of(KeyAt(i)), ValueAt(i));
    }
}

/// <summary>A map whose keys are strings, as JSON's are.</summary>
internal sealed class StringMap : ValueMap
{
    public static readonly StringMap Empty = new([], [], 0);
    private readonly string[] _keys;
    private readonly Value[] _values;
    private readonly int _count;
    private Dictionary<string, int>? _index;

    public StringMap(string[] keys, Value[] values, int count)
        : base(1 + ValueList.MaxDepth(values.AsSpan(0, count)))
    {
        _keys = keys;
        _values = values;
        _count = count;
    }

    public override int Count => _count;
    public override Value KeyAt(int index) => Value.String(_keys[index]);
    public override Value ValueAt(int index) => _values[index];
    public string NameAt(int index) => _keys[index];

    public override bool TryGet(string key, out Value value)
    {
        if (_count > LinearEntries)
            return TryGetIndexed(key, out value);
        string[] keys = _keys;
        for (int i = 0; i < _count; i++)
        {
            string candidate = keys[i];
            if (ReferenceEquals(candidate, key)
                || (candidate.Length == key.Length && candidate.AsSpan().SequenceEqual(key)))
            {
                value = _values[i];
                return true;
            }
        }
        value = default;
        return false;
    }

    public override bool TryGet(Value key, out Value value)
    {
        if (key.Object is string name)
            return TryGet(name, out value);
        value = default;
        return false;
    }

    private bool TryGetIndexed(string key, out Value value)
    {
        // Two threads may both build the index; either result serves.
        Dictionary<string, int> index = _index ?? BuildIndex();
        if (index.TryGetValue(key, out int position))
        {
            value = _values[position];
            return true;
        }
        value = default;
        return false;
    }

    private Dictionary<string, int> BuildIndex()
    {
        var index = new Dictionary<string, int>(_count);
        for (int i = 0; i < _count; i++)
            index[_keys[i]] = i;
        Volatile.Write(ref _index, index);
        return index;
    }
}

/// <summary>Collects the entries of a string map; a repeated key keeps its place and takes the later value.</summary>
internal sealed class StringMapBuilder(int capacity)
{
    private const int LinearEntries = 16;
    private string[] _keys = capacity == 0 ? [] : new string[capacity];
    private Value[] _values = capacity == 0 ? [] : new Value[capacity];
    private int _count;
    private Dictionary<string, int>? _index;

    public void Add(string key, Value value)
    {
        int position = Find(key);
        if (position >= 0)
        {
            _values[position] = value;
            return;
        }
        if (_count == _keys.Length)
        {
            int size = Math.Max(4, _count * 2);
            Array.Resize(ref _keys, size);
            Array.Resize(ref _values, size);
        }
        _keys[_count] = key;
        _values[_count] = value;
        _index?.Add(key, _count);
        _count++;
    }

    public StringMap Build() => _count == 0 ? StringMap.Empty : new StringMap(_keys, _values, _count);

    private int Find(string key)
    {
        if (_index is null && _count >= LinearEntries)
        {
            _index = new Dictionary<string, int>(_count * 2);
            for (int i = 0; i < _count; i++)
                _index.Add(_keys[i], i);
        }
        if (_index is not null)
            return _index.TryGetValue(key, out int found) ? found : -1;
        for (int i = 0; i < _count; i++)
        {
            if (_keys[i] == key)
                return i;
        }
        return -1;
    }
}

/// <summary>A map with keys of any permitted kind: string, bool, int, uint.</summary>
internal sealed class KeyedMap(Value[] keys, Value[] values) : ValueMap(1 + ValueList.MaxDepth(values))
{
    private Dictionary<Value, int>? _index;

    public override int Count => keys.Length;
    public override Value KeyAt(int index) => keys[index];
    public override Value ValueAt(int index) => values[index];
    public override bool TryGet(string key, out Value value) => TryGet(Value.String(key), out value);

    public override bool TryGet(Value key, out Value value)
    {
        int position = Find(key);
        value = position < 0 ? default : values[position];
        return position >= 0;
    }

    private int Find(Value key)
    {
        if (keys.Length > LinearEntries)
            return (_index ?? BuildIndex()).TryGetValue(key, out int found) ? found : -1;
        for (int i = 0; i < keys.Length; i++)
        {
            if (KeyComparer.Instance.Equals(keys[i], key))
                return i;
        }
        return -1;
    }

    private Dictionary<Value, int> BuildIndex()
    {
        var index = new Dictionary<Value, int>(keys.Length, KeyComparer.Instance);
        for (int i = 0; i < keys.Length; i++)
            index[keys[i]] = i;
        Volatile.Write(ref _index, index);
        return index;
    }
}

/// <summary>Equality of map keys; hashes agree across int, uint and double because equality does.</summary>
internal sealed class KeyComparer : IEqualityComparer<Value>
{
    public static readonly KeyComparer Instance = new();

    public static bool IsKey(Value value) =>
        value.Kind is ValueKind.String or ValueKind.Bool or ValueKind.Int or ValueKind.UInt;

    public bool Equals(Value left, Value right)
    {
        if (left.Object is string a)
            return right.Object is string b && a == b;
        if (left.IsBool || right.IsBool)
            return left.IsBool && right.IsBool && left.Bits == right.Bits;
        return Numbers.IsNumber(left) && Numbers.IsNumber(right) && Numbers.Compare(left, right) == 0;
    }

    public int GetHashCode(Value key)
    {
        if (key.Object is string text)
            return text.GetHashCode(StringComparison.Ordinal);
        if (key.IsBool)
            return key.Bits == 0 ? 1 : 2;
        return Numbers.TryToDouble(key, out double number) ? (number == 0 ? 0.0 : number).GetHashCode() : 3;
    }
}
