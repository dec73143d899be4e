namespace KafkaFlow.Expressions;

/// <summary>
/// A text compiled once to be evaluated many times: an <see cref="Expression"/>, a <see cref="Condition"/> or a
/// <see cref="Template"/>. Immutable, thread-safe.
/// </summary>
public abstract class CompiledExpression
{
    private protected CompiledExpression(string text, IReadOnlyList<int> slots)
    {
        Text = text;
        Slots = slots;
    }

    public string Text { get; }
    /// <summary>Slots of the scope that the text mentions.</summary>
    public IReadOnlyList<int> Slots { get; }

    /// <returns>The value, or an error value. It is never missing.</returns>
    public abstract Value Evaluate(IVariables variables);

    /// <param name="fuel">Units of work used; docs/expressions.md says what costs what.</param>
    public abstract Value Evaluate(IVariables variables, out long fuel);

    /// <summary>Evaluates and gives the value of each sub-expression that was reached.</summary>
    public abstract Explanation Explain(IVariables variables);
}

/// <summary>How a value came about.</summary>
/// <param name="Fuel">Units of work used.</param>
/// <param name="Parts">Sub-expressions that were evaluated, in the order of the text; in a loop, the last
/// round.</param>
public sealed record Explanation(Value Value, long Fuel, IReadOnlyList<ExplainedPart> Parts);

/// <summary>A sub-expression and its value. Missing and error values stand for themselves.</summary>
public sealed record ExplainedPart(string Text, int Line, int Column, Value Value);
