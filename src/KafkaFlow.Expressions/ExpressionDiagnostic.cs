namespace KafkaFlow.Expressions;

/// <summary>A problem found at compile time. Lines and columns count from 1 within the text.</summary>
/// <param name="Code"><c>syntax</c>, <c>unknown_name</c>, <c>unknown_function</c>, <c>unknown_filter</c>,
/// <c>unknown_test</c>, <c>arguments</c>, <c>not_bool</c>, <c>constant_error</c> or a limit's name.</param>
/// <param name="Hint">What was probably meant; null if nothing is near.</param>
public sealed record ExpressionDiagnostic(string Code, string Message, int Line, int Column, string? Hint);

/// <summary>An evaluation error: a stable code, what was expected and found (kinds, never values), and where.</summary>
/// <param name="Code">One of the codes listed in docs/expressions.md, such as <c>no_such_key</c> or
/// <c>limit_fuel</c>.</param>
/// <param name="Line">Line within the text of the expression, from 1; 0 if the value came from elsewhere.</param>
/// <param name="Column">Column within the line, from 1; 0 if the value came from elsewhere.</param>
public sealed record EvalError(string Code, string Message, int Line, int Column);
