namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// CEL's <c>&amp;&amp;</c> (deciding false) and <c>||</c> (deciding true): an operand that decides absorbs the errors
/// of the others, whatever their order.
/// </summary>
internal sealed class SymbolLogicNode(Node[] operands, bool deciding) : Node
{
    public override Value Eval(Frame frame)
    {
        Value problem = default;
        bool failed = false;
        foreach (Node operand in operands)
        {
            Value value = operand.Eval(frame);
            if (value.IsBool)
            {
                if (value.Bits != 0 == deciding)
                    return value;
            }
            else if (!failed)
            {
                failed = true;
                problem = value;
            }
        }
        if (!failed)
            return Value.Bool(!deciding);
        return problem.IsFailure
            ? problem.Strict
            : Fail("no_such_overload", $"{(deciding ? "||" : "&&")} needs bool operands, found {KindName.Of(problem)}");
    }
}

/// <summary>
/// Python's <c>and</c> (stops at a false operand) and <c>or</c> (at a true one): gives the operand itself.
/// </summary>
internal sealed class WordLogicNode(Node[] operands, bool stopAt) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = default;
        foreach (Node operand in operands)
        {
            value = operand.Eval(frame);
            if (value.IsError || value.Truthy == stopAt)
                return value;
        }
        return value;
    }
}

internal sealed class NotNode(Node operand) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = operand.Eval(frame);
        if (value.IsBool)
            return Value.Bool(value.Bits == 0);
        return value.IsFailure ? value.Strict : Fail("no_such_overload", $"! needs a bool, found {KindName.Of(value)}");
    }
}

internal sealed class WordNotNode(Node operand) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = operand.Eval(frame);
        return value.IsError ? value : Value.Bool(!value.Truthy);
    }
}

/// <summary>CEL's conditional: a bool decides, only the chosen branch runs, nothing is absorbed.</summary>
internal sealed class ConditionalNode(Node condition, Node then, Node otherwise) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = condition.Eval(frame);
        if (value.IsBool)
            return (value.Bits != 0 ? then : otherwise).Eval(frame);
        return value.IsFailure ? value.Strict
            : Fail("no_such_overload", $"?: needs a bool, found {KindName.Of(value)}");
    }
}

/// <summary>
/// <c>then if condition else otherwise</c>. Without else the value is missing, but as in Jinja this one has a text, "".
/// </summary>
internal sealed class WordConditionalNode(Node condition, Node then, Node? otherwise) : Node
{
    private const string NoElse = "no_else";

    public static bool IsNoElse(Value value) => value.Object is Failure { Error.Code: NoElse };

    /// <summary>The value of a whole text: null where an if had no else, an error where it is missing.</summary>
    public static Value Finished(Value value)
    {
        if (!value.IsFailure)
            return value;
        return value.IsMissing && IsNoElse(value) ? Value.Null : value.Strict;
    }

    public override Value Eval(Frame frame)
    {
        Value value = condition.Eval(frame);
        if (value.IsError)
            return value;
        if (value.Truthy)
            return then.Eval(frame);
        return otherwise?.Eval(frame) ?? MissingHere(NoElse, "the condition is false and there is no else");
    }
}
