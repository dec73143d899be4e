namespace KafkaFlow.Expressions;

/// <summary>How a value came about.</summary>
/// <param name="Fuel">Units of work used.</param>
/// <param name="Parts">Sub-expressions that were evaluated, in the order of the text; in a loop, the last
/// round.</param>
public sealed record Explanation(Value Value, long Fuel, IReadOnlyList<ExplainedPart> Parts);

/// <summary>A sub-expression and its value. Missing and error values stand for themselves.</summary>
public sealed record ExplainedPart(string Text, int Line, int Column, Value Value);
