using System.Runtime.CompilerServices;

namespace KafkaFlow.Expressions.Values;

/// <summary>A list over an array, or over a caller's list that may make its items on demand.</summary>
internal sealed class ValueList : ValueObject
{
    public static readonly ValueList Empty = new(Array.Empty<Value>());
    private readonly Value[]? _array;
    private readonly IReadOnlyList<Value> _items;

    public ValueList(IReadOnlyList<Value> items) : base(ValueKind.List)
    {
        _items = items;
        _array = items as Value[];
        Count = items.Count;
        Depth = 1 + (_array is null ? 0 : MaxDepth(_array));
    }

    public int Count { get; }
    /// <summary>Levels of nesting; 1 for a list of scalars. Items made on demand are not looked into.</summary>
    public int Depth { get; }

    public Value this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _array is { } array ? array[index] : _items[index];
    }

    public IReadOnlyList<Value> AsReadOnlyList() => _items;

    public static int DepthOf(Value value) => value.Object switch
    {
        ValueList list => list.Depth,
        ValueMap map => map.Depth,
        OptionalValue { HasValue: true } optional => 1 + DepthOf(optional.Content),
        _ => 0,
    };

    public static int MaxDepth(ReadOnlySpan<Value> items)
    {
        int depth = 0;
        foreach (Value item in items)
        {
            if (item.Object is ValueObject)
                depth = Math.Max(depth, DepthOf(item));
        }
        return depth;
    }
}
