namespace KafkaFlow.Expressions.Compile;

/// <summary>A compiled sub-expression. Immutable after compiling; many threads evaluate one tree.</summary>
internal abstract class Node
{
    public int Line { get; set; }
    public int Column { get; set; }

    /// <summary>The value, or a failure: evaluating throws nothing.</summary>
    public abstract Value Eval(Frame frame);

    /// <summary>Gives a failure that has no position the position of this node.</summary>
    protected Value At(Value value)
    {
        if (value.Object is not Failure { Error.Line: 0 } failure)
            return value;
        EvalError error = failure.Error with { Line = Line, Column = Column };
        return Value.From(new Failure(failure.Kind, error));
    }

    /// <summary>An error at this node's position, for a block that owns no position.</summary>
    public Value At(string code, string message) => Fail(code, message);

    protected Value MissingHere(string code, string message) =>
        Value.From(new Failure(ValueKind.Missing, new EvalError(code, message, Line, Column)));

    protected Value Fail(string code, string message) =>
        Value.From(new Failure(ValueKind.Error, new EvalError(code, message, Line, Column)));
}

internal sealed class ConstNode(Value value) : Node
{
    public Value Value { get; } = value;
    public override Value Eval(Frame frame) => Value;
}

/// <summary>A variable of the scope.</summary>
internal sealed class RootNode(int slot, string name) : Node
{
    private Failure? _missing;

    public int Slot { get; } = slot;
    public string Name { get; } = name;

    public override Value Eval(Frame frame)
    {
        Value value = frame.Variables.Get(Slot);
        return ReferenceEquals(value.Object, Failure.Absent) ? MissingName() : value;
    }

    public Value MissingName()
    {
        _missing ??= (Failure)MissingHere("missing_name", $"'{Name}' has no value here").Object!;
        return Value.From(_missing);
    }
}

/// <summary>A variable of a comprehension, a for statement or a set statement.</summary>
internal sealed class LocalNode(int slot) : Node
{
    public int Slot { get; } = slot;
    public override Value Eval(Frame frame) => frame.Local(Slot);
}

/// <summary>A name or call that cannot be resolved, where that is no compile error: fails when evaluated.</summary>
internal sealed class FailingNode(string code, string message) : Node
{
    public override Value Eval(Frame frame) => Fail(code, message);
}

/// <summary>Records the value of a sub-expression for an explanation.</summary>
internal sealed class TraceNode(SyntaxNode syntax, Node inner) : Node
{
    public override Value Eval(Frame frame)
    {
        Value value = inner.Eval(frame);
        if (frame.Trace is { Count: < Explainer.MaxEntries } trace)
            trace.Add((syntax, value));
        return value;
    }
}
