using System.Text;

namespace KafkaFlow.Expressions;

/// <summary>
/// Text with <c>{{ }}</c> and <c>{% %}</c>. Text that is exactly one <c>{{ e }}</c> keeps the type of its value;
/// other text gives a String.
/// </summary>
public sealed class Template : CompiledExpression
{
    private const int KeptChars = 16 * 1024;
    [ThreadStatic] private static StringBuilder? _idle;
    private readonly Node? _single;
    private readonly Block[] _blocks;
    private readonly InitialValue[] _initials;
    private readonly int _locals;
    private readonly CompileOptions _options;
    private readonly ExpressionScope _scope;
    /// <summary>The same text with every sub-expression traced: made by the first explanation.</summary>
    private Template? _traced;

    private Template(
        string text, Node? single, Block[] blocks, InitialValue[] initials, Names? names, ExpressionScope scope,
        CompileOptions options)
        : base(text, names?.UsedSlots ?? [])
    {
        _scope = scope;
        _options = options;
        IsLiteral = names is null;
        _single = single;
        _blocks = blocks;
        _initials = initials;
        _locals = names?.LocalCount ?? 0;
    }

    /// <summary>True if the text holds no template syntax: it renders to itself.</summary>
    public bool IsLiteral { get; }

    /// <returns>The template, or null and the first problem.</returns>
    public static Template? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        TryCompile(text, scope, lenientUndefined: false, out problem);

    /// <param name="lenientUndefined"><c>==</c>, <c>!=</c> and <c>for</c> accept missing operands, as playbooks written
    /// for Jinja expect.</param>
    public static Template? TryCompile(
        string text, ExpressionScope scope, bool lenientUndefined, out ExpressionDiagnostic? problem)
    {
        problem = null;
        if (TemplateScanner.IsLiteral(text))
            return new Template(text, null, [], [], null, scope, new CompileOptions());
        try
        {
            return Compile(text, scope, new CompileOptions(Template: true, LenientUndefined: lenientUndefined));
        }
        catch (SyntaxException e)
        {
            problem = e.ToDiagnostic(text);
            return null;
        }
    }

    /// <returns>The value, or an error value. A missing name is an error unless the text handles it.</returns>
    public override Value Evaluate(IVariables variables) => Evaluate(variables, out _);

    public override Value Evaluate(IVariables variables, out long fuel)
    {
        fuel = 0;
        return IsLiteral ? Value.String(Text) : Run(variables, null, out fuel);
    }

    public override Explanation Explain(IVariables variables)
    {
        if (IsLiteral)
            return new Explanation(Value.String(Text), 0, []);
        var trace = new List<(SyntaxNode, Value)>();
        _traced ??= Compile(Text, _scope, _options with { Trace = true });
        Value value = _traced.Run(variables, trace, out long fuel);
        return new Explanation(value, fuel, Explainer.Parts(Text, trace));
    }

    private Value Run(IVariables variables, List<(SyntaxNode Syntax, Value Value)>? trace, out long fuel)
    {
        Frame frame = Frame.Take(variables, _locals, ExpressionLimits.TemplateFuel);
        frame.Trace = trace;
        Value value = _single is not null ? _single.Eval(frame) : RenderText(frame);
        if (frame.Fatal is { } fatal)
            value = fatal;
        fuel = frame.FuelUsed;
        frame.Return();
        return WordConditionalNode.Finished(value);
    }

    private static Template Compile(string text, ExpressionScope scope, CompileOptions options)
    {
        var compiler = new Compiler(text, scope, options);
        if (SingleOutput.Parse(text) is { } syntax)
            return new Template(text, compiler.Compile(syntax), [], [], compiler.Names, scope, options);
        Block[] blocks = new BlockCompiler(compiler, options)
            .CompileTemplate(TemplateScanner.Parse(text), out InitialValue[] initials);
        return new Template(text, null, blocks, initials, compiler.Names, scope, options);
    }

    private Value RenderText(Frame frame)
    {
        StringBuilder output = _idle ?? new StringBuilder();
        _idle = null;
        InitialValue.SetAll(_initials, frame);
        Value value = Block.RenderAll(_blocks, frame, output) ?? Value.String(output.ToString());
        if (output.Capacity <= KeptChars)
            _idle = output.Clear();
        return value;
    }
}
