namespace KafkaFlow.Expressions;

/// <summary>An evaluation error: a stable code, what was expected and found (kinds, never values), and where.</summary>
/// <param name="Code">One of the codes listed in docs/expressions.md, such as <c>no_such_key</c> or <c>limit_fuel</c>.</param>
/// <param name="Line">Line within the text of the expression, from 1; 0 if the value came from elsewhere.</param>
/// <param name="Column">Column within the line, from 1; 0 if the value came from elsewhere.</param>
public sealed record EvalError(string Code, string Message, int Line, int Column);
