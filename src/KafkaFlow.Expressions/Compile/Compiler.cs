namespace KafkaFlow.Expressions.Compile;

/// <summary>Turns a syntax tree into nodes: names become slots, constants are folded, macros become loops.</summary>
internal sealed class Compiler
{
    private const long FoldingFuel = 1_000;
    private readonly CompileOptions _options;
    private readonly int[]? _lineStarts;
    private readonly MacroCompiler _macros;
    private readonly FilterCompiler _filters;
    private long _patternBytes;

    public Compiler(string text, ExpressionScope scope, CompileOptions options)
    {
        _options = options;
        _lineStarts = LineStarts(text);
        Names = new Names(scope, options);
        _macros = new MacroCompiler(this);
        _filters = new FilterCompiler(this);
    }

    public Names Names { get; }
    public bool UnknownFails => _options.UnknownFails;

    public Node Compile(SyntaxNode syntax)
    {
        Node node = CompileNode(syntax);
        return _options.Trace && node is not ConstNode ? Place(new TraceNode(syntax, node), syntax.Start) : node;
    }

    public Node[] CompileAll(SyntaxNode[] items)
    {
        if (items.Length == 0)
            return [];
        var nodes = new Node[items.Length];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = Compile(items[i]);
        return nodes;
    }

    /// <summary>Gives a node its line and column.</summary>
    public T Place<T>(T node, int offset) where T : Node
    {
        int line = 0;
        if (_lineStarts is not null)
        {
            line = Array.BinarySearch(_lineStarts, offset);
            line = line < 0 ? ~line - 1 : line;
        }
        node.Line = line + 1;
        node.Column = offset - (_lineStarts?[line] ?? 0) + 1;
        return node;
    }

    private Node CompileNode(SyntaxNode syntax) => syntax switch
    {
        LiteralSyntax literal => new ConstNode(literal.Value),
        NameSyntax name => CompileName(name),
        SelectSyntax select => CompileSelect(select),
        IndexSyntax index => CompileIndex(index),
        CallSyntax call => CompileCall(call),
        FilterSyntax filter => _filters.Filter(filter),
        TestSyntax test => _filters.Test(test),
        UnarySyntax unary => CompileUnary(unary),
        BinarySyntax binary => CompileBinary(binary),
        LogicSyntax logic => CompileLogic(logic),
        ConditionalSyntax conditional => CompileConditional(conditional),
        ListSyntax list => CompileList(list),
        MapSyntax map => CompileMap(map),
        _ => throw new InvalidOperationException($"no rule for {syntax.GetType().Name}"),
    };

    private Node CompileName(NameSyntax name)
    {
        if (Names.Resolve(name.Name, name.Rooted) is { } node)
            return Place(node, name.Start);
        if (UnknownFails)
            return Place(new FailingNode("unknown_name", $"unknown name '{name.Name}'"), name.Start);
        throw new SyntaxException("unknown_name", $"unknown name '{name.Name}'", name.Start,
            Meant(Suggestions.Name(name.Name, Names.Nearest(name.Name))));
    }

    public static string? Meant(string? name) => name is null ? null : $"did you mean {name}?";

    private Node CompileSelect(SelectSyntax select)
    {
        if (select.Optional)
        {
            Node optional = Compile(select.Operand);
            Node key = new ConstNode(Value.String(select.Field));
            return Place(new OptionalSelectNode(optional, key), select.Start);
        }
        if (CompileQualified(select) is { } qualified)
            return qualified;
        Node operand = Compile(select.Operand);
        return operand is PathNode path
            ? Place(new PathNode(path.Source, [.. path.Names, select.Field], _options.Template), select.Start)
            : Place(new PathNode(operand, [select.Field], _options.Template), select.Start);
    }

    /// <summary>The longest dotted name that is a variable or a type, such as google.protobuf.Timestamp.</summary>
    private Node? CompileQualified(SelectSyntax select)
    {
        if (QualifiedName(select, out NameSyntax? root) is not { } name
            || (!root!.Rooted && Names.LocalSlot(root.Name) >= 0))
            return null;
        bool possible = _options.UnknownFails || name.StartsWith("google.", StringComparison.Ordinal);
        return possible && Names.Resolve(name, root.Rooted) is { } node ? Place(node, select.Start) : null;
    }

    private static string? QualifiedName(SyntaxNode syntax, out NameSyntax? root)
    {
        root = null;
        var parts = new List<string>();
        while (syntax is SelectSyntax { Optional: false } select)
        {
            parts.Add(select.Field);
            syntax = select.Operand;
        }
        if (syntax is not NameSyntax name)
            return null;
        root = name;
        parts.Add(name.Name);
        parts.Reverse();
        return string.Join('.', parts);
    }

    private Node CompileIndex(IndexSyntax index)
    {
        Node operand = Compile(index.Operand);
        Node key = Compile(index.Index);
        return Place<Node>(index.Optional
            ? new OptionalSelectNode(operand, key)
            : new IndexNode(operand, key, _options.Template), index.Start);
    }

    // There is no clock: now() is a name of the scope, whose value the caller supplies.
    private Node CompileCall(CallSyntax call)
    {
        if (_macros.TryCompile(call) is { } macro)
            return Place(macro, call.NameStart);
        if (call is { Target: null, Name: "now", Arguments.Length: 0 }
            && Names.Resolve("now", rooted: true) is { } moment)
            return Place(moment, call.NameStart);
        if (call.Target is { } target && QualifiedFunction(call, target) is { } qualified)
            return Finish(call, qualified, CompileAll(call.Arguments), call.Arguments.Length);
        Dictionary<string, FunctionEntry> table = call.Target is null ? FunctionTable.Globals : FunctionTable.Methods;
        if (!table.TryGetValue(call.Name, out FunctionEntry? function))
            return Unknown(call, table);
        Node[] arguments = CompileAll(call.Arguments);
        if (call.Target is not null)
            arguments = [Compile(call.Target), .. arguments];
        return Finish(call, function, arguments, call.Arguments.Length);
    }

    private FunctionEntry? QualifiedFunction(CallSyntax call, SyntaxNode target)
    {
        if (target is not NameSyntax { Rooted: false } name || Names.LocalSlot(name.Name) >= 0)
            return null;
        return FunctionTable.Globals.GetValueOrDefault($"{name.Name}.{call.Name}");
    }

    private FailingNode Unknown(CallSyntax call, Dictionary<string, FunctionEntry> table)
    {
        string message = call.Target is null ? $"unknown function '{call.Name}'" : $"unknown method '{call.Name}'";
        if (UnknownFails)
            return Place(new FailingNode("unknown_function", message), call.NameStart);
        Dictionary<string, FunctionEntry> other = call.Target is null ? FunctionTable.Methods : FunctionTable.Globals;
        string? hint = other.ContainsKey(call.Name)
            ? call.Target is null ? $"write x.{call.Name}(..)" : $"write {call.Name}(x)"
            : Meant(Suggestions.Function(call.Name, table.Keys));
        throw new SyntaxException("unknown_function", message, call.NameStart, hint);
    }

    private Node Finish(CallSyntax call, FunctionEntry function, Node[] arguments, int given)
    {
        if (given < function.MinArguments || given > function.MaxArguments)
        {
            string message = $"{function.Name}() takes {Count(function)}, found {given}";
            if (UnknownFails)
                return Place(new FailingNode("no_such_overload", message), call.NameStart);
            throw new SyntaxException("arguments", message, call.NameStart);
        }
        if (function.Name == "matches" && arguments[1] is ConstNode { Value.Object: string pattern })
            return Place(CompilePattern(arguments[0], pattern, call), call.NameStart);
        return Fold(Place(new CallNode(function, arguments), call.NameStart), arguments, call);
    }

    public static string Count(FunctionEntry function) => function.MinArguments == function.MaxArguments
        ? $"{function.MinArguments} arguments"
        : $"{function.MinArguments} to {function.MaxArguments} arguments";

    private MatchesNode CompilePattern(Node subject, string pattern, CallSyntax call)
    {
        if (!Pattern.TryMake(pattern, out Pattern? made, out string problem) && !UnknownFails)
            throw new SyntaxException("constant_error", problem, call.Arguments[^1].Start);
        _patternBytes += made?.MakingBytes(locating: false) ?? 0;
        if (_patternBytes > ExpressionLimits.PatternBytes)
        {
            throw new SyntaxException("limit_regex",
                $"regular expressions that need more than their limit of {ExpressionLimits.PatternBytes} bytes",
                call.Arguments[^1].Start);
        }
        return new MatchesNode(subject, pattern, made);
    }

    private Node Fold(Node node, Node[] arguments, CallSyntax call)
    {
        Node folded = FoldPure(node, arguments, out Value value);
        if (value.Error is { } error && !UnknownFails && !error.Code.StartsWith("limit_", StringComparison.Ordinal))
            throw new SyntaxException("constant_error", error.Message, call.NameStart);
        return folded;
    }

    /// <summary>Replaces a node over constants by its value, unless that is a failure or costs too much.</summary>
    public static Node FoldPure(Node node, ReadOnlySpan<Node> operands, out Value value)
    {
        value = default;
        foreach (Node operand in operands)
        {
            if (operand is not ConstNode)
                return node;
        }
        Frame frame = Frame.Take(NoVariables.Instance, 0, FoldingFuel);
        value = node.Eval(frame);
        if (frame.Fatal is { } fatal)
            value = fatal;
        frame.Return();
        return value.IsFailure ? node : new ConstNode(value);
    }

    private Node CompileUnary(UnarySyntax unary)
    {
        Node operand = Compile(unary.Operand);
        Node node = unary.Operator switch
        {
            Operator.Not => new NotNode(operand),
            Operator.WordNot => new WordNotNode(operand),
            _ => new NegateNode(operand),
        };
        return FoldPure(Place(node, unary.Start), [operand], out _);
    }

    private Node CompileBinary(BinarySyntax binary)
    {
        Node left = Compile(binary.Left);
        Node right = Compile(binary.Right);
        Node node = binary.Operator switch
        {
            Operator.Equal => new EqualNode(left, right, negated: false, _options.LenientUndefined),
            Operator.NotEqual => new EqualNode(left, right, negated: true, _options.LenientUndefined),
            Operator.In => new InNode(left, right, negated: false),
            Operator.NotIn => new InNode(left, right, negated: true),
            Operator.Less or Operator.LessEqual or Operator.Greater or Operator.GreaterEqual =>
                new CompareNode(binary.Operator, left, right),
            _ => new ArithmeticNode(binary.Operator, left, right),
        };
        return FoldPure(Place(node, binary.At), [left, right], out _);
    }

    private Node CompileLogic(LogicSyntax logic)
    {
        Node[] operands = CompileAll(logic.Operands);
        return Place<Node>(logic.Operator switch
        {
            Operator.And => new SymbolLogicNode(operands, deciding: false),
            Operator.Or => new SymbolLogicNode(operands, deciding: true),
            Operator.WordAnd => new WordLogicNode(operands, stopAt: false),
            _ => new WordLogicNode(operands, stopAt: true),
        }, logic.Start);
    }

    private Node CompileConditional(ConditionalSyntax syntax)
    {
        Node condition = Compile(syntax.Condition);
        Node then = Compile(syntax.Then);
        Node? otherwise = syntax.Otherwise is null ? null : Compile(syntax.Otherwise);
        return Place<Node>(syntax.Words
            ? new WordConditionalNode(condition, then, otherwise)
            : new ConditionalNode(condition, then, otherwise!), syntax.Start);
    }

    private Node CompileList(ListSyntax list)
    {
        Node[] items = CompileAll(list.Items);
        bool[]? optional = Array.IndexOf(list.Optional, true) < 0 ? null : list.Optional;
        return FoldPure(Place(new ListNode(items, optional), list.Start), items, out _);
    }

    private Node CompileMap(MapSyntax map)
    {
        Node[] keys = CompileAll(map.Keys);
        Node[] values = CompileAll(map.Values);
        bool[]? optional = Array.IndexOf(map.Optional, true) < 0 ? null : map.Optional;
        return FoldPure(Place(new MapNode(keys, values, optional), map.Start), [.. keys, .. values], out _);
    }

    private static int[]? LineStarts(string text)
    {
        if (!text.Contains('\n', StringComparison.Ordinal))
            return null;
        var starts = new List<int> { 0 };
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
                starts.Add(i + 1);
        }
        return [.. starts];
    }
}

/// <param name="Template">Within <c>{{ }}</c> or <c>{% %}</c>: selecting on what is no map gives a missing
/// value.</param>
/// <param name="UnknownFails">An unknown name or function fails when evaluated and is no compile error, as in CEL
/// without a type checker.</param>
/// <param name="LenientUndefined"><c>==</c> and <c>!=</c> accept missing operands.</param>
/// <param name="Trace">Keeps the value of each sub-expression.</param>
/// <param name="Container">CEL's namespace for names, such as <c>com.example</c>.</param>
internal sealed record CompileOptions(
    bool Template = false, bool UnknownFails = false, bool LenientUndefined = false, bool Trace = false,
    string Container = "");
