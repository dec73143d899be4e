namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// The macros of CEL: calls that bind names. What is no macro by name, arity and style is an ordinary call.
/// </summary>
internal sealed class MacroCompiler(Compiler compiler)
{
    public Node? TryCompile(CallSyntax call)
    {
        SyntaxNode[] arguments = call.Arguments;
        if (call.Target is null)
            return call.Name == "has" && arguments.Length == 1 ? Has(arguments[0]) : null;
        if (call is { Name: "bind", Target: NameSyntax { Name: "cel" } } && arguments.Length == 3)
            return Bind(arguments);
        switch (call.Name, arguments.Length)
        {
            case ("all" or "exists" or "exists_one" or "existsOne", 2):
            case ("all" or "exists" or "exists_one" or "existsOne", 3):
                return Quantifier(call);
            case ("map", 2):
                return Collect(call, variables: 1, filter: -1, transform: 1);
            case ("map", 3):
                return Collect(call, variables: 1, filter: 1, transform: 2);
            case ("filter", 2):
                return Collect(call, variables: 1, filter: 1, transform: -1);
            case ("transformList", 3):
                return Collect(call, variables: 2, filter: -1, transform: 2);
            case ("transformList", 4):
                return Collect(call, variables: 2, filter: 2, transform: 3);
            case ("transformMap" or "transformMapEntry", 3):
                return CollectMap(call, filter: -1, transform: 2);
            case ("transformMap" or "transformMapEntry", 4):
                return CollectMap(call, filter: 2, transform: 3);
            case ("sortBy", 2):
                return SortBy(call);
            case ("optMap" or "optFlatMap", 2):
                return OptionalMap(call);
            default:
                return null;
        }
    }

    private HasNode Has(SyntaxNode argument)
    {
        if (argument is not SelectSyntax { Optional: false } select)
            throw new SyntaxException("has() takes a field selection such as has(a.b)", argument.Start);
        return new HasNode(compiler.Compile(select.Operand), select.Field);
    }

    private BindNode Bind(SyntaxNode[] arguments)
    {
        Node value = compiler.Compile(arguments[1]);
        int mark = compiler.Names.Mark();
        int slot = compiler.Names.AddLocal(Variable(arguments[0]));
        Node body = compiler.Compile(arguments[2]);
        compiler.Names.Release(mark);
        return new BindNode(slot, value, body);
    }

    private Node Quantifier(CallSyntax call)
    {
        Node range = compiler.Compile(call.Target!);
        int mark = compiler.Names.Mark();
        LoopSlots slots = Variables(call, call.Arguments.Length - 1);
        Node predicate = compiler.Compile(call.Arguments[^1]);
        compiler.Names.Release(mark);
        return call.Name switch
        {
            "all" => new QuantifierNode(range, slots, predicate, deciding: false),
            "exists" => new QuantifierNode(range, slots, predicate, deciding: true),
            _ => new ExistsOneNode(range, slots, predicate),
        };
    }

    private CollectNode Collect(CallSyntax call, int variables, int filter, int transform)
    {
        Node range = compiler.Compile(call.Target!);
        int mark = compiler.Names.Mark();
        LoopSlots slots = Variables(call, variables);
        Node? predicate = filter < 0 ? null : compiler.Compile(call.Arguments[filter]);
        Node? body = transform < 0 ? null : compiler.Compile(call.Arguments[transform]);
        compiler.Names.Release(mark);
        return new CollectNode(range, slots, predicate, body);
    }

    private CollectMapNode CollectMap(CallSyntax call, int filter, int transform)
    {
        Node range = compiler.Compile(call.Target!);
        int mark = compiler.Names.Mark();
        LoopSlots slots = Variables(call, 2);
        Node? predicate = filter < 0 ? null : compiler.Compile(call.Arguments[filter]);
        Node body = compiler.Compile(call.Arguments[transform]);
        compiler.Names.Release(mark);
        return new CollectMapNode(range, slots, slots.First, predicate, body, call.Name == "transformMapEntry");
    }

    private SortByNode SortBy(CallSyntax call)
    {
        Node range = compiler.Compile(call.Target!);
        int mark = compiler.Names.Mark();
        LoopSlots slots = Variables(call, 1);
        Node key = compiler.Compile(call.Arguments[1]);
        compiler.Names.Release(mark);
        return new SortByNode(range, slots, key);
    }

    private OptionalMapNode OptionalMap(CallSyntax call)
    {
        Node target = compiler.Compile(call.Target!);
        int mark = compiler.Names.Mark();
        LoopSlots slots = Variables(call, 1);
        Node body = compiler.Compile(call.Arguments[1]);
        compiler.Names.Release(mark);
        return new OptionalMapNode(target, slots.First, body, flat: call.Name == "optFlatMap");
    }

    private LoopSlots Variables(CallSyntax call, int count)
    {
        string first = Variable(call.Arguments[0]);
        if (count == 1)
            return new LoopSlots(compiler.Names.AddLocal(first), -1);
        string second = Variable(call.Arguments[1]);
        if (first == second)
            throw new SyntaxException($"the two variables of {call.Name}() have one name", call.Arguments[1].Start);
        return new LoopSlots(compiler.Names.AddLocal(first), compiler.Names.AddLocal(second));
    }

    private static string Variable(SyntaxNode argument) => argument is NameSyntax { Rooted: false } name
        ? name.Name
        : throw new SyntaxException("a macro's variable must be a plain name", argument.Start);
}
