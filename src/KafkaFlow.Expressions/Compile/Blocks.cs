using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Compile;

/// <summary>A compiled piece of a template: appends its text, or gives the failure that stopped it.</summary>
internal abstract class Block
{
    protected const int CharsPerUnit = 8;

    /// <returns>Null, or the failure.</returns>
    public abstract Value? Render(Frame frame, StringBuilder output);

    public static Value? RenderAll(Block[] blocks, Frame frame, StringBuilder output)
    {
        foreach (Block block in blocks)
        {
            if (block.Render(frame, output) is { } failure)
                return failure;
        }
        return null;
    }

    protected static Value? Check(Frame frame, StringBuilder output)
    {
        if (output.Length <= ExpressionLimits.TextChars)
            return frame.Fatal;
        frame.Exceed("limit_output", $"output longer than the limit of {ExpressionLimits.TextChars} characters");
        return frame.Fatal;
    }
}

internal sealed class TextNode(string text) : Block
{
    public override Value? Render(Frame frame, StringBuilder output)
    {
        output.Append(text);
        frame.Charge(1 + (text.Length / CharsPerUnit));
        return Check(frame, output);
    }
}

internal sealed class OutputNode(Node expression) : Block
{
    public override Value? Render(Frame frame, StringBuilder output)
    {
        Value value = expression.Eval(frame);
        switch (value.Kind)
        {
            case ValueKind.String:
                output.Append(value.Text);
                frame.Charge(value.Text.Length / CharsPerUnit);
                break;
            case ValueKind.Int:
                output.Append(CultureInfo.InvariantCulture, $"{value.Bits}");
                break;
            case ValueKind.Missing when WordConditionalNode.IsNoElse(value):
                break;
            case ValueKind.Missing or ValueKind.Error:
                return value.Strict;
            default:
                string? text = ValueText.Bounded(value);
                if (text is null)
                    return TextFilters.TooLong(frame);
                output.Append(text);
                frame.Charge(text.Length / CharsPerUnit);
                break;
        }
        frame.Charge(1);
        return Check(frame, output);
    }
}

internal sealed class SetNode(int slot, Node value) : Block
{
    public override Value? Render(Frame frame, StringBuilder output)
    {
        Value result = value.Eval(frame);
        if (result.IsError)
            return result;
        frame.Local(slot) = result;
        return frame.Fatal;
    }
}

internal sealed class IfNode(Node[] conditions, Block[][] bodies, Block[] otherwise) : Block
{
    public override Value? Render(Frame frame, StringBuilder output)
    {
        for (int i = 0; i < conditions.Length; i++)
        {
            Value value = conditions[i].Eval(frame);
            if (value.IsError)
                return value;
            if (value.Truthy)
                return RenderAll(bodies[i], frame, output);
        }
        return RenderAll(otherwise, frame, output);
    }
}

/// <summary>Names that <c>set</c> gives within a body begin each round with the value they have outside.</summary>
internal readonly record struct InitialValue(int Slot, Node? Outer)
{
    public static void SetAll(InitialValue[] initials, Frame frame)
    {
        foreach (InitialValue initial in initials)
            frame.Local(initial.Slot) = initial.Outer?.Eval(frame) ?? Value.Missing;
    }
}

/// <param name="Second">-1 if there is one variable.</param>
/// <param name="Loop">Slot of the name <c>loop</c>; -1 if the body does not use it.</param>
internal readonly record struct ForSlots(int First, int Second, int Loop);

internal sealed class ForNode(
    Node range, ForSlots slots, Node? filter, InitialValue[] initials, Block[] body, Block[] otherwise, bool lenient)
    : Block
{
    public override Value? Render(Frame frame, StringBuilder output)
    {
        Value value = range.Eval(frame);
        if (value.IsMissing && lenient)
            return RenderAll(otherwise, frame, output);
        if (value.IsFailure)
            return value.Strict;
        if (!Collections.TryItems(frame, value, out Value[] items))
            return frame.Fatal ?? range.At("no_such_overload", $"for needs a list, found {KindName.Of(value)}");
        if (filter is not null && Filter(frame, ref items) is { } problem)
            return problem;
        if (items.Length == 0)
            return RenderAll(otherwise, frame, output);
        for (int i = 0; i < items.Length; i++)
        {
            if (!frame.Charge(1))
                return frame.Stopped;
            if (Bind(frame, items[i]) is { } mismatch)
                return mismatch;
            if (slots.Loop >= 0)
                frame.Local(slots.Loop) = Position(i, items);
            InitialValue.SetAll(initials, frame);
            if (RenderAll(body, frame, output) is { } failure)
                return failure;
        }
        return null;
    }

    private Value? Filter(Frame frame, ref Value[] items)
    {
        var kept = new List<Value>();
        foreach (Value item in items)
        {
            if (!frame.Charge(1))
                return frame.Stopped;
            if (Bind(frame, item) is { } mismatch)
                return mismatch;
            Value verdict = filter!.Eval(frame);
            if (verdict.IsError)
                return verdict;
            if (verdict.Truthy)
                kept.Add(item);
        }
        items = kept.ToArray();
        return null;
    }

    private Value? Bind(Frame frame, Value item)
    {
        if (slots.Second < 0)
        {
            frame.Local(slots.First) = item;
            return null;
        }
        if (item.Object is not ValueList { Count: 2 } pair)
            return range.At("no_such_overload", $"for with two names needs pairs, found {KindName.Of(item)}");
        frame.Local(slots.First) = pair[0];
        frame.Local(slots.Second) = pair[1];
        return null;
    }

    private static Value Position(int index, Value[] items)
    {
        string[] names =
            ["index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"];
        int count = items.Length;
        Value[] values =
        [
            Value.Int(index + 1), Value.Int(index), Value.Int(count - index), Value.Int(count - index - 1),
            Value.Bool(index == 0), Value.Bool(index == count - 1), Value.Int(count),
            index > 0 ? items[index - 1] : Value.Null, index < count - 1 ? items[index + 1] : Value.Null,
        ];
        return Value.From(new StringMap(names, values, values.Length));
    }
}
