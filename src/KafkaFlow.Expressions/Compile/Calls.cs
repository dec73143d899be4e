using System.Runtime.CompilerServices;

namespace KafkaFlow.Expressions.Compile;

/// <summary>Arguments of a call, on the stack.</summary>
[InlineArray(Capacity)]
internal struct ArgumentBuffer
{
    public const int Capacity = 5;
    private Value _first;
}

/// <summary>A call of a function: arguments are evaluated in order, the first failure is the result.</summary>
internal sealed class CallNode(FunctionEntry function, Node[] arguments) : Node
{
    public override Value Eval(Frame frame)
    {
        if (arguments.Length > ArgumentBuffer.Capacity)
            return Call(frame, new Value[arguments.Length]);
        var buffer = default(ArgumentBuffer);
        return Call(frame, ((Span<Value>)buffer)[..arguments.Length]);
    }

    private Value Call(Frame frame, Span<Value> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            Value value = arguments[i].Eval(frame);
            if (value.IsFailure)
                return value.Strict;
            values[i] = value;
        }
        Value result = function.Invoke(frame, values);
        return result.IsFailure ? At(result) : result;
    }
}

/// <summary>A filter with all its parameters in their places; an argument not given is missing.</summary>
internal sealed class FilterNode(FunctionEntry filter, Node operand, Node?[] arguments) : Node
{
    public override Value Eval(Frame frame)
    {
        var buffer = default(ArgumentBuffer);
        Span<Value> values = ((Span<Value>)buffer)[..(arguments.Length + 1)];
        values[0] = operand.Eval(frame);
        if (values[0].IsFailure)
            return values[0].Strict;
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i + 1] = arguments[i]?.Eval(frame) ?? Value.Missing;
            if (values[i + 1].IsFailure && arguments[i] is not null)
                return values[i + 1].Strict;
        }
        Value result = filter.Invoke(frame, values);
        return result.IsFailure ? At(result) : result;
    }
}

/// <summary><c>x | default(y, also_false)</c>: y is evaluated only if it is needed.</summary>
internal sealed class DefaultNode(Node operand, Node otherwise, Node? alsoFalse) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = operand.Eval(frame);
        if (value.IsError)
            return value;
        if (value.IsMissing)
            return otherwise.Eval(frame);
        if (alsoFalse is null || value.Truthy)
            return value;
        Value flag = alsoFalse.Eval(frame);
        if (flag.IsFailure)
            return flag.Strict;
        return flag.Truthy ? otherwise.Eval(frame) : value;
    }
}

/// <summary><c>x is [not] defined</c> and <c>undefined</c>.</summary>
internal sealed class DefinedNode(Node operand, bool wanted) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = operand.Eval(frame);
        return value.IsError ? value : Value.Bool(!value.IsMissing == wanted);
    }
}

/// <summary>Any other test. A missing operand is of no kind; a test that looks at the value fails.</summary>
internal sealed class TestNode(FunctionEntry test, Node operand, Node[] arguments, bool negated) : Node
{
    public override Value Eval(Frame frame)
    {
        var buffer = default(ArgumentBuffer);
        Span<Value> values = ((Span<Value>)buffer)[..(arguments.Length + 1)];
        values[0] = operand.Eval(frame);
        if (values[0].IsError)
            return values[0];
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i + 1] = arguments[i].Eval(frame);
            if (values[i + 1].IsFailure)
                return values[i + 1].Strict;
        }
        if (values[0].IsMissing)
            return test.AcceptsMissing ? Value.Bool(negated) : values[0].Strict;
        Value result = test.Invoke(frame, values);
        return result.IsBool ? Value.Bool(result.Bits != 0 != negated) : At(result);
    }
}

/// <summary><c>list | map('filter')</c> and <c>list | map(attribute='a.b')</c>.</summary>
internal sealed class MapFilterNode(
    Node operand, string[]? path, Node? otherwise, FunctionEntry? filter, Node[] arguments)
    : Node
{
    public override Value Eval(Frame frame)
    {
        Value range = operand.Eval(frame);
        if (range.IsFailure)
            return range.Strict;
        if (!Collections.TryItems(frame, range, out Value[] items))
            return frame.Fatal ?? Fail("no_such_overload", $"map needs a list, found {KindName.Of(range)}");
        for (int i = 0; i < items.Length; i++)
        {
            if (!frame.Charge(1))
                return frame.Stopped;
            items[i] = Transform(frame, items[i]);
            if (items[i].IsFailure)
                return items[i].Strict;
        }
        return Collections.ListOf(frame, items);
    }

    private FilterNode WithFilter(Value item) =>
        new(filter!, new ConstNode(item), FilterParameters.Pad(filter!, arguments)) { Line = Line, Column = Column };

    private Value Transform(Frame frame, Value item)
    {
        if (filter is not null)
            return WithFilter(item).Eval(frame);
        Value found = Attributes.Get(item, path!);
        if (!found.IsMissing)
            return found;
        return otherwise?.Eval(frame)
            ?? MissingHere("no_such_key", $"an item has no attribute '{string.Join('.', path!)}'");
    }
}

/// <summary>
/// <c>select</c>, <c>reject</c>, <c>selectattr</c> and <c>rejectattr</c>; without a test, by truthiness.
/// </summary>
internal sealed class SelectFilterNode(Node operand, string[]? path, FunctionEntry? test, Node[] arguments, bool wanted)
    : Node
{
    public override Value Eval(Frame frame)
    {
        Value range = operand.Eval(frame);
        if (range.IsFailure)
            return range.Strict;
        if (!Collections.TryItems(frame, range, out Value[] items))
            return frame.Fatal ?? Fail("no_such_overload", $"select needs a list, found {KindName.Of(range)}");
        var kept = new List<Value>();
        foreach (Value item in items)
        {
            if (!frame.Charge(1))
                return frame.Stopped;
            Value subject = path is null ? item : Attributes.Get(item, path);
            Value verdict = Judge(frame, subject);
            if (!verdict.IsBool)
                return verdict;
            if (verdict.Bits != 0 == wanted)
                kept.Add(item);
        }
        return Collections.ListOf(frame, kept);
    }

    private Value Judge(Frame frame, Value subject)
    {
        if (test is null)
            return Value.Bool(subject.Truthy);
        if (test.Name is "defined" or "undefined")
            return Value.Bool(subject.IsMissing == (test.Name == "undefined"));
        return new TestNode(test, new ConstNode(subject), arguments, negated: false) { Line = Line, Column = Column }
            .Eval(frame);
    }
}

/// <summary>Dotted attributes as filters name them.</summary>
internal static class Attributes
{
    public static Value Get(Value item, string[] path)
    {
        foreach (string name in path)
        {
            if (item.Object is ValueMap map && map.TryGet(name, out Value next))
                item = next;
            else if (item.Object is ValueList list && int.TryParse(name, out int index)
                && (uint)index < (uint)list.Count)
                item = list[index];
            else
                return Value.Missing;
        }
        return item;
    }
}
