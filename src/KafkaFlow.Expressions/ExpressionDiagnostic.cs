namespace KafkaFlow.Expressions;

/// <summary>A problem found at compile time. Lines and columns count from 1 within the text.</summary>
/// <param name="Code"><c>syntax</c>, <c>unknown_name</c>, <c>unknown_function</c>, <c>unknown_filter</c>,
/// <c>unknown_test</c>, <c>arguments</c>, <c>not_bool</c>, <c>constant_error</c> or a limit's name.</param>
/// <param name="Hint">What was probably meant; null if nothing is near.</param>
public sealed record ExpressionDiagnostic(string Code, string Message, int Line, int Column, string? Hint);
