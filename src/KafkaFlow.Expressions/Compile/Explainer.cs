namespace KafkaFlow.Expressions.Compile;

/// <summary>Compiles an expression again with every sub-expression traced, and runs that.</summary>
internal static class Explainer
{
    /// <summary>Values kept of one run; a loop may give more.</summary>
    public const int MaxEntries = 1_000;

    public static Explanation Explain(Expression expression, IVariables variables)
    {
        Expression traced =
            Expression.Compile(expression.Text, expression.Scope, expression.Options with { Trace = true });
        var trace = new List<(SyntaxNode Syntax, Value Value)>();
        Value value = traced.RunTraced(variables, trace, out long fuel);
        return new Explanation(value.Strict, fuel, Parts(expression.Text, trace));
    }

    public static List<ExplainedPart> Parts(string text, List<(SyntaxNode Syntax, Value Value)> trace)
    {
        var last = new Dictionary<SyntaxNode, Value>();
        foreach ((SyntaxNode syntax, Value value) in trace)
            last[syntax] = value;
        var parts = new List<ExplainedPart>();
        foreach ((SyntaxNode syntax, Value value) in last.OrderBy(e => e.Key.Start).ThenByDescending(e => e.Key.End))
        {
            (int line, int column) = TextPosition.Of(text, syntax.Start);
            parts.Add(new ExplainedPart(text[syntax.Start..syntax.End], line, column, value));
        }
        return parts;
    }
}
