namespace KafkaFlow.Expressions.Compile;

/// <summary><c>+ - * / %</c> and <c>~</c>.</summary>
internal sealed class ArithmeticNode(Operator op, Node left, Node right) : Node
{
    public override Value Eval(Frame frame)
    {
        Value a = left.Eval(frame);
        if (a.IsFailure)
            return a.Strict;
        Value b = right.Eval(frame);
        if (b.IsFailure)
            return b.Strict;
        Value result = op switch
        {
            Operator.Add => Operators.Add(frame, a, b),
            Operator.Subtract => Operators.Subtract(a, b),
            Operator.Multiply => Operators.Multiply(a, b),
            Operator.Divide => Operators.Divide(a, b),
            Operator.Remainder => Operators.Remainder(a, b),
            _ => Operators.Concat(frame, a, b),
        };
        return result.IsFailure ? At(result) : result;
    }
}

internal sealed class NegateNode(Node operand) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = operand.Eval(frame);
        if (value.IsFailure)
            return value.Strict;
        return value.Kind switch
        {
            ValueKind.Int => value.Bits == long.MinValue ? At(Failure.Overflow("-")) : Value.Int(-value.Bits),
            ValueKind.Double => Value.Double(-value.Number),
            ValueKind.Duration when value.Bits != long.MinValue => Durations.Of(-value.Bits),
            _ => Fail("no_such_overload", $"- needs a number, found {KindName.Of(value)}"),
        };
    }
}

internal sealed class CompareNode(Operator op, Node left, Node right) : Node
{
    public override Value Eval(Frame frame)
    {
        Value a = left.Eval(frame);
        Value b = right.Eval(frame);
        if (a.IsInt && b.IsInt)
        {
            return Value.Bool(op switch
            {
                Operator.Less => a.Bits < b.Bits,
                Operator.LessEqual => a.Bits <= b.Bits,
                Operator.Greater => a.Bits > b.Bits,
                _ => a.Bits >= b.Bits,
            });
        }
        return Slow(frame, a, b);
    }

    private Value Slow(Frame frame, Value a, Value b)
    {
        if (a.IsFailure)
            return a.Strict;
        if (b.IsFailure)
            return b.Strict;
        if (!Equality.TryCompare(frame, a, b, out int order))
            return At(Failure.NoOverload(Operators.Sign(op), a, b));
        if (order == Numbers.Unordered)
            return Value.Bool(false);
        return Value.Bool(op switch
        {
            Operator.Less => order < 0,
            Operator.LessEqual => order <= 0,
            Operator.Greater => order > 0,
            _ => order >= 0,
        });
    }
}

/// <summary><c>==</c> and <c>!=</c>; lenient: a missing operand equals nothing but another missing one.</summary>
internal sealed class EqualNode(Node left, Node right, bool negated, bool lenient) : Node
{
    public override Value Eval(Frame frame)
    {
        Value a = left.Eval(frame);
        Value b = right.Eval(frame);
        if (a.IsInt && b.IsInt)
            return Value.Bool(a.Bits == b.Bits != negated);
        if (a.IsFailure || b.IsFailure)
        {
            if (a.IsError || b.IsError)
                return a.IsError ? a : b;
            if (!lenient)
                return (a.IsFailure ? a : b).Strict;
            return Value.Bool((a.IsMissing && b.IsMissing) != negated);
        }
        return Value.Bool(Equality.AreEqual(frame, a, b) != negated);
    }
}

/// <summary><c>item in container</c>: element of a list, key of a map, part of a text.</summary>
internal sealed class InNode(Node item, Node container, bool negated) : Node
{
    public override Value Eval(Frame frame)
    {
        Value a = item.Eval(frame);
        if (a.IsFailure)
            return a.Strict;
        Value b = container.Eval(frame);
        if (b.IsFailure)
            return b.Strict;
        bool found;
        switch (b.Object)
        {
            case ValueList list:
                found = Equality.ListContains(frame, list, a);
                break;
            case ValueMap map:
                found = map.TryGet(a, out _);
                break;
            case string text when a.Object is string part:
                frame.Charge(text.Length / 16);
                found = text.Contains(part, StringComparison.Ordinal);
                break;
            default:
                return At(Failure.NoOverload("in", a, b));
        }
        return Value.Bool(found != negated);
    }
}

internal sealed class ListNode(Node[] items, bool[]? optional) : Node
{
    public override Value Eval(Frame frame)
    {
        if (!frame.ChargeElements(items.Length))
            return frame.Stopped;
        var values = new Value[items.Length];
        int count = 0;
        for (int i = 0; i < items.Length; i++)
        {
            Value value = items[i].Eval(frame);
            if (value.IsFailure)
                return value.Strict;
            if (optional is not null && optional[i])
            {
                if (value.Object is not OptionalValue wrapped)
                    return Fail("no_such_overload", $"[?..] needs an optional, found {KindName.Of(value)}");
                if (!wrapped.HasValue)
                    continue;
                value = wrapped.Content;
            }
            values[count++] = value;
        }
        if (count < values.Length)
            Array.Resize(ref values, count);
        return At(Collections.ListOf(frame, values));
    }
}

internal sealed class MapNode(Node[] keys, Node[] values, bool[]? optional) : Node
{
    public override Value Eval(Frame frame)
    {
        if (!frame.ChargeElements(keys.Length))
            return frame.Stopped;
        var builder = new KeyedMapBuilder(keys.Length);
        for (int i = 0; i < keys.Length; i++)
        {
            Value key = keys[i].Eval(frame);
            if (key.IsFailure)
                return key.Strict;
            Value value = values[i].Eval(frame);
            if (value.IsFailure)
                return value.Strict;
            if (optional is not null && optional[i])
            {
                if (value.Object is not OptionalValue wrapped)
                    return Fail("no_such_overload", $"{{?..}} needs an optional, found {KindName.Of(value)}");
                if (!wrapped.HasValue)
                    continue;
                value = wrapped.Content;
            }
            if (!KeyComparer.IsKey(key))
                return Fail("bad_key", $"a map key cannot be {KindName.Of(key)}");
            if (!builder.TryAdd(key, value))
                return Fail("duplicate_key", "a key is given twice");
        }
        return At(Collections.MapOf(frame, builder));
    }
}
