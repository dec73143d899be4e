namespace KafkaFlow.Expressions.Syntax;

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
