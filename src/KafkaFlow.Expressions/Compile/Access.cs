using System.Runtime.CompilerServices;

namespace KafkaFlow.Expressions.Compile;

/// <summary>Selection by name, with the rules that differ between CEL and templates.</summary>
internal static class Selection
{
    /// <summary>
    /// In a template <c>.data</c> and <c>.result</c> stand for the value itself where it has no such key, because a
    /// result may or may not come wrapped in an envelope.
    /// </summary>
    public static bool IsEnvelope(string name) => name is "data" or "result";
}

/// <summary>A dotted path of constant names from a root or any other node.</summary>
internal sealed class PathNode : Node
{
    private readonly Node _source;
    private readonly int _slot;
    private readonly string[] _names;
    private readonly bool _template;
    private readonly Failure?[] _missing;

    public PathNode(Node source, string[] names, bool template)
    {
        _source = source;
        _slot = source is RootNode root ? root.Slot : -1;
        _names = names;
        _template = template;
        _missing = new Failure?[names.Length];
    }

    public Node Source => _source;
    public string[] Names => _names;

    public override Value Eval(Frame frame)
    {
        Value value = _slot >= 0 ? frame.Variables.Get(_slot) : _source.Eval(frame);
        string[] names = _names;
        for (int i = 0; i < names.Length; i++)
        {
            if (value.Object is not StringMap map || !map.TryGet(names[i], out Value next))
            {
                if (!TryStep(value, i, out next))
                    return next;
            }
            value = next;
        }
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryStep(Value value, int index, out Value next)
    {
        string name = _names[index];
        switch (value.Object)
        {
            case Failure failure:
                next = index == 0 && ReferenceEquals(failure, Failure.Absent) && _source is RootNode root
                    ? root.MissingName()
                    : value;
                return false;
            case ValueMap map when map.TryGet(name, out next):
                return true;
            case OptionalValue optional:
                next = SelectOptional(optional, index);
                return true;
        }
        if (_template && Selection.IsEnvelope(name))
        {
            next = value;
            return true;
        }
        next = value.Object is ValueMap || _template ? MissingKey(index) : NotAMap(value, name);
        return false;
    }

    private Value MissingKey(int index)
    {
        _missing[index] ??= (Failure)MissingHere("no_such_key", $"no such key: '{PathText(index)}'").Object!;
        return Value.From(_missing[index]!);
    }

    private Value NotAMap(Value value, string name) =>
        Fail("no_such_overload", $"'.{name}' needs a map, found {KindName.Of(value)}");

    private string PathText(int last)
    {
        string path = string.Join('.', _names, 0, last + 1);
        return _source is RootNode root ? $"{root.Name}.{path}" : path;
    }

    private Value SelectOptional(OptionalValue optional, int index)
    {
        if (!optional.HasValue)
            return Value.From(OptionalValue.None);
        if (optional.Content.Object is ValueMap map)
        {
            return Value.From(map.TryGet(_names[index], out Value found)
                ? new OptionalValue(found)
                : OptionalValue.None);
        }
        return NotAMap(optional.Content, _names[index]);
    }
}

/// <summary><c>operand[index]</c> of a list or map.</summary>
internal sealed class IndexNode(Node operand, Node index, bool template) : Node
{
    public override Value Eval(Frame frame)
    {
        Value container = operand.Eval(frame);
        if (container.IsFailure)
            return container;
        Value key = index.Eval(frame);
        if (key.IsFailure)
            return key.Strict;
        if (container.Object is OptionalValue optional)
            return optional.HasValue ? Wrap(Lookup(optional.Content, key)) : container;
        return Lookup(container, key);
    }

    private static Value Wrap(Value found) => found.Object switch
    {
        Failure { Kind: ValueKind.Missing } => Value.From(OptionalValue.None),
        Failure => found,
        _ => Value.From(new OptionalValue(found)),
    };

    private Value Lookup(Value container, Value key)
    {
        switch (container.Object)
        {
            case ValueList list:
                if (!Numbers.TryToIndex(key, out long position))
                    return Fail("no_such_overload", $"a list index must be an integer, found {KindName.Of(key)}");
                return position >= 0 && position < list.Count
                    ? list[(int)position]
                    : MissingHere("index_out_of_range", $"index {position} of a list of {list.Count}");
            case ValueMap map:
                if (map.TryGet(key, out Value value))
                    return value;
                return KeyComparer.IsKey(key) || Numbers.IsNumber(key)
                    ? MissingHere("no_such_key", "no such key")
                    : Fail("no_such_overload", $"a map key cannot be {KindName.Of(key)}");
            default:
                return template
                    ? MissingHere("no_such_key", $"[..] of {KindName.Of(container)} has no value")
                    : At(Failure.NoOverload("[]", container, key));
        }
    }
}

/// <summary><c>operand.?field</c> and <c>operand[?index]</c>: an optional.</summary>
internal sealed class OptionalSelectNode(Node operand, Node key) : Node
{
    public override Value Eval(Frame frame)
    {
        Value container = operand.Eval(frame);
        if (container.IsFailure)
            return container.Strict;
        Value name = key.Eval(frame);
        if (name.IsFailure)
            return name.Strict;
        if (container.Object is OptionalValue optional)
        {
            if (!optional.HasValue)
                return container;
            container = optional.Content;
        }
        switch (container.Object)
        {
            case ValueMap map:
                return Value.From(map.TryGet(name, out Value found) ? new OptionalValue(found) : OptionalValue.None);
            case ValueList list when Numbers.TryToIndex(name, out long index):
                return Value.From(index >= 0 && index < list.Count
                    ? new OptionalValue(list[(int)index])
                    : OptionalValue.None);
            default:
                return At(Failure.NoOverload("[?]", container, name));
        }
    }
}

/// <summary><c>has(operand.field)</c>: whether a map has the key; null counts as present.</summary>
internal sealed class HasNode(Node operand, string field) : Node
{
    public override Value Eval(Frame frame)
    {
        Value container = operand.Eval(frame);
        if (container.Object is OptionalValue optional)
        {
            if (!optional.HasValue)
                return Value.Bool(false);
            container = optional.Content;
        }
        if (container.IsFailure)
            return container.Strict;
        return container.Object is ValueMap map
            ? Value.Bool(map.TryGet(field, out _))
            : Fail("no_such_overload", $"has() needs a field of a map, found {KindName.Of(container)}");
    }
}
