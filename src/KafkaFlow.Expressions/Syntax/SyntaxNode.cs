namespace KafkaFlow.Expressions.Syntax;

/// <summary>The syntax tree of one expression. Start and End are offsets into the whole text.</summary>
internal abstract class SyntaxNode(int start, int end, int height)
{
    public int Start { get; } = start;
    public int End { get; } = end;
    /// <summary>Levels of nodes; bounded, because compiling and evaluating recurse.</summary>
    public int Height { get; } = height;

    protected static int Above(SyntaxNode? a, SyntaxNode? b = null, SyntaxNode? c = null) =>
        1 + Math.Max(a?.Height ?? 0, Math.Max(b?.Height ?? 0, c?.Height ?? 0));

    protected static int Above(SyntaxNode? a, SyntaxNode[] others)
    {
        int height = a?.Height ?? 0;
        foreach (SyntaxNode other in others)
            height = Math.Max(height, other.Height);
        return height + 1;
    }
}

internal sealed class LiteralSyntax(Value value, int start, int end) : SyntaxNode(start, end, 1)
{
    public Value Value { get; } = value;
}

internal sealed class NameSyntax(string name, bool rooted, int start, int end) : SyntaxNode(start, end, 1)
{
    public string Name { get; } = name;
    /// <summary>Written with a leading dot: comprehension variables do not hide it.</summary>
    public bool Rooted { get; } = rooted;
}

internal sealed class SelectSyntax(SyntaxNode operand, string field, bool optional, int end)
    : SyntaxNode(operand.Start, end, Above(operand))
{
    public SyntaxNode Operand { get; } = operand;
    public string Field { get; } = field;
    public bool Optional { get; } = optional;
}

internal sealed class IndexSyntax(SyntaxNode operand, SyntaxNode index, bool optional, int end)
    : SyntaxNode(operand.Start, end, Above(operand, index))
{
    public SyntaxNode Operand { get; } = operand;
    public SyntaxNode Index { get; } = index;
    public bool Optional { get; } = optional;
}

/// <summary>A call of a function (no target) or a method.</summary>
internal sealed class CallSyntax(
    SyntaxNode? target, string name, SyntaxNode[] arguments, int start, int nameStart, int end)
    : SyntaxNode(start, end, Above(target, arguments))
{
    public SyntaxNode? Target { get; } = target;
    public string Name { get; } = name;
    public SyntaxNode[] Arguments { get; } = arguments;
    public int NameStart { get; } = nameStart;
}

/// <summary><c>operand | name(arguments)</c>; a keyword argument has a name.</summary>
internal sealed class FilterSyntax(
    SyntaxNode operand, string name, SyntaxNode[] arguments, string?[] keywords, int nameStart, int end)
    : SyntaxNode(operand.Start, end, Above(operand, arguments))
{
    public SyntaxNode Operand { get; } = operand;
    public string Name { get; } = name;
    public SyntaxNode[] Arguments { get; } = arguments;
    public string?[] Keywords { get; } = keywords;
    public int NameStart { get; } = nameStart;
}

/// <summary><c>operand is [not] name(arguments)</c>.</summary>
internal sealed class TestSyntax(
    SyntaxNode operand, string name, SyntaxNode[] arguments, bool negated, int nameStart, int end)
    : SyntaxNode(operand.Start, end, Above(operand, arguments))
{
    public SyntaxNode Operand { get; } = operand;
    public string Name { get; } = name;
    public SyntaxNode[] Arguments { get; } = arguments;
    public bool Negated { get; } = negated;
    public int NameStart { get; } = nameStart;
}

internal enum Operator
{
    Or, And, WordOr, WordAnd, Not, WordNot, Negate,
    Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, NotIn,
    Add, Subtract, Concat, Multiply, Divide, Remainder,
}

internal sealed class UnarySyntax(Operator op, SyntaxNode operand, int start)
    : SyntaxNode(start, operand.End, Above(operand))
{
    public Operator Operator { get; } = op;
    public SyntaxNode Operand { get; } = operand;
}

internal sealed class BinarySyntax(Operator op, SyntaxNode left, SyntaxNode right, int at)
    : SyntaxNode(left.Start, right.End, Above(left, right))
{
    public Operator Operator { get; } = op;
    public SyntaxNode Left { get; } = left;
    public SyntaxNode Right { get; } = right;
    /// <summary>Offset of the operator, where errors are reported.</summary>
    public int At { get; } = at;
}

/// <summary>A chain of one logical operator; flat, so that its length costs no depth.</summary>
internal sealed class LogicSyntax(Operator op, SyntaxNode[] operands)
    : SyntaxNode(operands[0].Start, operands[^1].End, Above(null, operands))
{
    public Operator Operator { get; } = op;
    public SyntaxNode[] Operands { get; } = operands;
}

/// <summary><c>c ? a : b</c>, or in words <c>a if c else b</c>, where c is judged by truthiness.</summary>
internal sealed class ConditionalSyntax(
    SyntaxNode condition, SyntaxNode then, SyntaxNode? otherwise, bool words, int start, int end)
    : SyntaxNode(start, end, Above(condition, then, otherwise))
{
    public SyntaxNode Condition { get; } = condition;
    public SyntaxNode Then { get; } = then;
    public SyntaxNode? Otherwise { get; } = otherwise;
    public bool Words { get; } = words;
}

internal sealed class ListSyntax(SyntaxNode[] items, bool[] optional, int start, int end)
    : SyntaxNode(start, end, Above(null, items))
{
    public SyntaxNode[] Items { get; } = items;
    public bool[] Optional { get; } = optional;
}

internal sealed class MapSyntax(SyntaxNode[] keys, SyntaxNode[] values, bool[] optional, int start, int end)
    : SyntaxNode(start, end, Math.Max(Above(null, keys), Above(null, values)))
{
    public SyntaxNode[] Keys { get; } = keys;
    public SyntaxNode[] Values { get; } = values;
    public bool[] Optional { get; } = optional;
}

/// <summary>A piece of a template.</summary>
internal abstract record BlockSyntax(int Start);

internal sealed record TextBlock(string Text, int Start) : BlockSyntax(Start);

/// <summary><c>{{ expression }}</c></summary>
internal sealed record OutputBlock(SyntaxNode Expression, int Start) : BlockSyntax(Start);

/// <summary><c>{% set name = value %}</c></summary>
internal sealed record SetBlock(string Name, SyntaxNode Value, int Start) : BlockSyntax(Start);

/// <summary><c>{% if %} .. {% elif %} .. {% else %} .. {% endif %}</c></summary>
internal sealed record IfBlock(
    IReadOnlyList<(SyntaxNode Condition, IReadOnlyList<BlockSyntax> Body)> Branches,
    IReadOnlyList<BlockSyntax> Otherwise, int Start) : BlockSyntax(Start);

/// <summary><c>{% for a[, b] in range [if filter] %} .. {% else %} .. {% endfor %}</c></summary>
internal sealed record ForBlock(
    string First, string? Second, SyntaxNode Range, SyntaxNode? Filter,
    IReadOnlyList<BlockSyntax> Body, IReadOnlyList<BlockSyntax> Otherwise, int Start) : BlockSyntax(Start);
