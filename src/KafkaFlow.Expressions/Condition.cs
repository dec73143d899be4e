namespace KafkaFlow.Expressions;

/// <summary>
/// A condition: raw CEL, whose value must be bool, or text that is exactly one <c>{{ e }}</c> (then truthiness applies,
/// and a missing value is false).
/// </summary>
public sealed class Condition : CompiledExpression
{
    private readonly Expression _expression;

    private Condition(Expression expression) : base(expression.Text, expression.Slots) => _expression = expression;

    /// <returns>The condition, or null and the first problem.</returns>
    public static Condition? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        TryCompile(text, scope, lenientUndefined: false, out problem);

    /// <param name="lenientUndefined">In <c>{{ e }}</c>, <c>==</c> and <c>!=</c> accept missing operands, as playbooks
    /// written for Jinja expect.</param>
    public static Condition? TryCompile(
        string text, ExpressionScope scope, bool lenientUndefined, out ExpressionDiagnostic? problem)
    {
        bool template = SingleOutput.Opens(text);
        var options = new CompileOptions(Template: template, LenientUndefined: template && lenientUndefined);
        Expression? expression = Expression.TryCompile(text, scope, options, out problem);
        if (expression is null)
            return null;
        if (!template && expression.Constant is { Kind: not ValueKind.Bool } constant)
        {
            problem = new ExpressionDiagnostic("not_bool",
                $"a condition must be bool, this is always {KindName.Of(constant)}", 1, 1, null);
            return null;
        }
        return new Condition(expression);
    }

    /// <returns>A Bool value or an error value.</returns>
    public override Value Evaluate(IVariables variables)
    {
        Value value = _expression.Run(variables);
        return value.IsBool ? value : Judge(value);
    }

    public override Value Evaluate(IVariables variables, out long fuel) =>
        Judge(_expression.Run(variables, null, out fuel));

    public override Explanation Explain(IVariables variables)
    {
        Explanation explanation = _expression.Trace(variables);
        return explanation with { Value = Judge(explanation.Value) };
    }

    private Value Judge(Value value)
    {
        if (value.IsBool || value.IsError)
            return value;
        if (_expression.Options.Template)
            return Value.Bool(value.Truthy);
        if (value.IsMissing)
            return value.Strict;
        var error = new EvalError("not_bool", $"a condition must be bool, found {KindName.Of(value)}", 1, 1);
        return Value.From(new Failure(ValueKind.Error, error));
    }
}
