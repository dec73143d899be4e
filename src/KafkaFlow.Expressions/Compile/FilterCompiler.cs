namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// Compiles filters and tests: finds them in their tables and puts keyword arguments in their places.
/// </summary>
internal sealed class FilterCompiler(Compiler compiler)
{
    private static readonly string[] SpecialFilters =
        ["default", "d", "map", "select", "reject", "selectattr", "rejectattr"];
    private static readonly string[] SpecialTests = ["defined", "undefined"];

    public Node Filter(FilterSyntax syntax)
    {
        Node operand = compiler.Compile(syntax.Operand);
        switch (syntax.Name)
        {
            case "default" or "d":
                Node?[] given = Arrange(syntax, ["default_value", "boolean"]);
                Node otherwise = given[0] ?? new ConstNode(Value.String(""));
                return compiler.Place(new DefaultNode(operand, otherwise, given[1]), syntax.NameStart);
            case "map":
                return compiler.Place(Map(syntax, operand), syntax.NameStart);
            case "select" or "reject" or "selectattr" or "rejectattr":
                return compiler.Place(Select(syntax, operand), syntax.NameStart);
        }
        if (!FunctionTable.Filters.TryGetValue(syntax.Name, out FunctionEntry? filter))
            return FunctionAsFilter(syntax, operand);
        Node?[] arguments = Arrange(syntax, filter.Parameters!);
        for (int i = 0; i < filter.MinArguments; i++)
        {
            if (arguments[i] is null)
                throw Arguments(syntax, $"{filter.Name} needs its argument '{filter.Parameters![i]}'");
        }
        return compiler.Place(new FilterNode(filter, operand, arguments), syntax.NameStart);
    }

    public Node Test(TestSyntax syntax)
    {
        Node operand = compiler.Compile(syntax.Operand);
        if (syntax.Name is "defined" or "undefined")
        {
            if (syntax.Arguments.Length > 0)
                throw new SyntaxException("arguments", $"{syntax.Name} takes no arguments", syntax.NameStart);
            bool wanted = syntax.Name == "defined" != syntax.Negated;
            return compiler.Place(new DefinedNode(operand, wanted), syntax.NameStart);
        }
        FunctionEntry test = FindTest(syntax.Name, syntax.NameStart);
        Node[] arguments = compiler.CompileAll(syntax.Arguments);
        CheckCount(test, arguments.Length, syntax.NameStart);
        return compiler.Place(new TestNode(test, operand, arguments, syntax.Negated), syntax.NameStart);
    }

    private MapFilterNode Map(FilterSyntax syntax, Node operand)
    {
        if (Array.IndexOf(syntax.Keywords, null) >= 0)
        {
            FunctionEntry filter = FindFilter(ConstantText(syntax, 0), syntax.Arguments[0].Start);
            Node[] rest = compiler.CompileAll(syntax.Arguments[1..]);
            CheckCount(filter, rest.Length, syntax.NameStart);
            return new MapFilterNode(operand, null, null, filter, rest);
        }
        int attribute = Array.IndexOf(syntax.Keywords, "attribute");
        if (attribute < 0)
            throw Arguments(syntax, "map needs the name of a filter or attribute=");
        Node? otherwise = null;
        for (int i = 0; i < syntax.Keywords.Length; i++)
        {
            if (syntax.Keywords[i] == "default")
                otherwise = compiler.Compile(syntax.Arguments[i]);
            else if (i != attribute)
                throw Arguments(syntax, $"map has no argument '{syntax.Keywords[i]}'");
        }
        return new MapFilterNode(operand, ConstantText(syntax, attribute).Split('.'), otherwise, null, []);
    }

    private SelectFilterNode Select(FilterSyntax syntax, Node operand)
    {
        if (Array.Exists(syntax.Keywords, k => k is not null))
            throw Arguments(syntax, $"{syntax.Name} takes no keyword arguments");
        bool byAttribute = syntax.Name.EndsWith("attr", StringComparison.Ordinal);
        bool wanted = syntax.Name.StartsWith("select", StringComparison.Ordinal);
        if (byAttribute && syntax.Arguments.Length == 0)
            throw Arguments(syntax, $"{syntax.Name} needs the name of an attribute");
        string[]? path = byAttribute ? ConstantText(syntax, 0).Split('.') : null;
        int testAt = byAttribute ? 1 : 0;
        if (syntax.Arguments.Length <= testAt)
            return new SelectFilterNode(operand, path, null, [], wanted);
        string name = ConstantText(syntax, testAt);
        Node[] rest = compiler.CompileAll(syntax.Arguments[(testAt + 1)..]);
        FunctionEntry test = name is "defined" or "undefined"
            ? new FunctionEntry(name, 0, 0, TestFunctions.Never)
            : FindTest(name, syntax.Arguments[testAt].Start);
        CheckCount(test, rest.Length, syntax.NameStart);
        return new SelectFilterNode(operand, path, test, rest, wanted);
    }

    /// <summary>Functions and methods serve as filters too: <c>x | size</c>.</summary>
    private CallNode FunctionAsFilter(FilterSyntax syntax, Node operand)
    {
        bool method = FunctionTable.Methods.TryGetValue(syntax.Name, out FunctionEntry? function);
        if (!method && !FunctionTable.Globals.TryGetValue(syntax.Name, out function))
        {
            throw new SyntaxException("unknown_filter", $"unknown filter '{syntax.Name}'", syntax.NameStart,
                Compiler.Meant(Suggestions.Nearest(syntax.Name, [.. SpecialFilters, .. FunctionTable.Filters.Keys])));
        }
        if (Array.Exists(syntax.Keywords, k => k is not null))
            throw Arguments(syntax, $"{syntax.Name} takes no keyword arguments");
        int given = syntax.Arguments.Length + (method ? 0 : 1);
        CheckCount(function!, given, syntax.NameStart);
        Node[] arguments = [operand, .. compiler.CompileAll(syntax.Arguments)];
        return compiler.Place(new CallNode(function!, arguments), syntax.NameStart);
    }

    private Node?[] Arrange(FilterSyntax syntax, string[] parameters)
    {
        var places = new Node?[parameters.Length];
        for (int i = 0; i < syntax.Arguments.Length; i++)
        {
            int place = syntax.Keywords[i] is { } keyword ? Array.IndexOf(parameters, keyword) : i;
            if (place < 0 || place >= places.Length || places[place] is not null)
            {
                throw Arguments(syntax, syntax.Keywords[i] is { } name
                    ? $"{syntax.Name} has no argument '{name}'"
                    : $"{syntax.Name} takes at most {parameters.Length} arguments");
            }
            places[place] = compiler.Compile(syntax.Arguments[i]);
        }
        return places;
    }

    private static FunctionEntry FindFilter(string name, int offset) =>
        FunctionTable.Filters.TryGetValue(name, out FunctionEntry? filter)
            ? filter
            : throw new SyntaxException("unknown_filter", $"unknown filter '{name}'", offset,
                Compiler.Meant(Suggestions.Nearest(name, FunctionTable.Filters.Keys)));

    private static FunctionEntry FindTest(string name, int offset) =>
        FunctionTable.Tests.TryGetValue(name, out FunctionEntry? test)
            ? test
            : throw new SyntaxException("unknown_test", $"unknown test '{name}'", offset,
                Compiler.Meant(Suggestions.Nearest(name, [.. SpecialTests, .. FunctionTable.Tests.Keys])));

    private static void CheckCount(FunctionEntry function, int given, int offset)
    {
        if (given < function.MinArguments || given > function.MaxArguments)
        {
            throw new SyntaxException("arguments",
                $"{function.Name} takes {Compiler.Count(function)}, found {given}", offset);
        }
    }

    private static string ConstantText(FilterSyntax syntax, int index) =>
        syntax.Arguments[index] is LiteralSyntax { Value.Object: string text }
            ? text
            : throw new SyntaxException("arguments", $"this argument of {syntax.Name} must be a text in quotes",
                syntax.Arguments[index].Start);

    private static SyntaxException Arguments(FilterSyntax syntax, string message) =>
        new("arguments", message, syntax.NameStart);
}

/// <summary>Places of filter arguments that are not given.</summary>
internal static class FilterParameters
{
    public static Node?[] Pad(FunctionEntry filter, Node[] given)
    {
        var places = new Node?[filter.Parameters!.Length];
        given.CopyTo(places, 0);
        return places;
    }
}
