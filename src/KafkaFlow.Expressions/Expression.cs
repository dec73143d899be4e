namespace KafkaFlow.Expressions;

/// <summary>A CEL expression that gives any value. Immutable, thread-safe.</summary>
public sealed class Expression
{
    private readonly Node _root;
    private readonly int _locals;

    private Expression(string text, ExpressionScope scope, Node root, Compiler compiler, CompileOptions options)
    {
        Text = text;
        Scope = scope;
        Options = options;
        Slots = compiler.Names.UsedSlots;
        _root = root;
        _locals = compiler.Names.LocalCount;
    }

    public string Text { get; }
    /// <summary>Slots of the scope that the text mentions.</summary>
    public IReadOnlyList<int> Slots { get; }
    internal ExpressionScope Scope { get; }
    internal CompileOptions Options { get; }
    internal Value? Constant => (_root as ConstNode)?.Value;

    /// <returns>The expression, or null and the first problem.</returns>
    public static Expression? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        TryCompile(text, scope, new CompileOptions(), out problem);

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

    /// <exception cref="SyntaxException">The text is malformed or names what does not exist.</exception>
    internal static Expression Compile(string text, ExpressionScope scope, CompileOptions options)
    {
        SyntaxNode syntax = options.Template
            ? SingleOutput.Parse(text) ?? throw new SyntaxException("expected text that is exactly one {{ e }}", 0)
            : Parser.ParseCel(text);
        var compiler = new Compiler(text, scope, options);
        Node root = compiler.Compile(syntax);
        return new Expression(text, scope, root, compiler, options);
    }

    /// <returns>The value, or an error value; a missing name or key is an error.</returns>
    public Value Evaluate(IVariables variables)
    {
        return Run(variables).Strict;
    }

    /// <summary>Evaluates and gives the value of each sub-expression that was reached.</summary>
    public Explanation Explain(IVariables variables) => Explainer.Explain(this, variables);

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

    internal Value RunTraced(IVariables variables, List<(SyntaxNode, Value)> trace, out long fuel)
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
}
