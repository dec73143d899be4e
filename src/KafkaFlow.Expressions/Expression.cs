namespace KafkaFlow.Expressions;

/// <summary>An expression that gives any value: CEL, or text that is exactly one <c>{{ e }}</c>.</summary>
public sealed class Expression : CompiledExpression
{
    private readonly ExpressionScope _scope;
    private readonly Node _root;
    private readonly int _locals;
    /// <summary>The same text with every sub-expression traced: made by the first explanation.</summary>
    private Expression? _traced;

    private Expression(string text, ExpressionScope scope, Node root, Compiler compiler, CompileOptions options)
        : base(text, compiler.Names.UsedSlots)
    {
        _scope = scope;
        Options = options;
        _root = root;
        _locals = compiler.Names.LocalCount;
    }

    internal CompileOptions Options { get; }
    internal Value? Constant => (_root as ConstNode)?.Value;

    /// <returns>The expression, or null and the first problem.</returns>
    public static Expression? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        TryCompile(text, scope, new CompileOptions(Template: SingleOutput.Opens(text)), out problem);

    internal static Expression? TryCompile(
        string text, ExpressionScope scope, CompileOptions options, out ExpressionDiagnostic? problem)
    {
        try
        {
            problem = null;
            return Compile(text, scope, options);
        }
        catch (SyntaxException e)
        {
            problem = e.ToDiagnostic(text);
            return null;
        }
    }

    /// <returns>The value, or an error value; a missing name or key is an error.</returns>
    public override Value Evaluate(IVariables variables) => WordConditionalNode.Finished(Run(variables));

    public override Value Evaluate(IVariables variables, out long fuel) =>
        WordConditionalNode.Finished(Run(variables, null, out fuel));

    public override Explanation Explain(IVariables variables)
    {
        Explanation explanation = Trace(variables);
        return explanation with { Value = WordConditionalNode.Finished(explanation.Value) };
    }

    /// <summary>The value, which may be missing.</summary>
    internal Value Run(IVariables variables)
    {
        Frame frame = Frame.Take(variables, _locals, ExpressionLimits.ConditionFuel);
        Value value = _root.Eval(frame);
        if (frame.Fatal is { } fatal)
            value = fatal;
        frame.Return();
        return value;
    }

    internal Value Run(IVariables variables, List<(SyntaxNode, Value)>? trace, out long fuel)
    {
        Frame frame = Frame.Take(variables, _locals, ExpressionLimits.ConditionFuel);
        frame.Trace = trace;
        Value value = _root.Eval(frame);
        if (frame.Fatal is { } fatal)
            value = fatal;
        fuel = frame.FuelUsed;
        frame.Return();
        return value;
    }

    /// <summary>An explanation whose value may be missing.</summary>
    internal Explanation Trace(IVariables variables)
    {
        _traced ??= Compile(Text, _scope, Options with { Trace = true });
        var trace = new List<(SyntaxNode Syntax, Value Value)>();
        Value value = _traced.Run(variables, trace, out long fuel);
        return new Explanation(value, fuel, Explainer.Parts(Text, trace));
    }

    /// <exception cref="SyntaxException">The text is malformed or names what does not exist.</exception>
    private static Expression Compile(string text, ExpressionScope scope, CompileOptions options)
    {
        SyntaxNode syntax = options.Template
            ? SingleOutput.Parse(text) ?? throw new SyntaxException("expected text that is exactly one {{ e }}", 0)
            : Parser.ParseCel(text);
        var compiler = new Compiler(text, scope, options);
        Node root = compiler.Compile(syntax);
        return new Expression(text, scope, root, compiler, options);
    }
}
