namespace KafkaFlow.Expressions.Syntax;

/// <summary>Text that is, but for white space around it, exactly one <c>{{ e }}</c>.</summary>
internal static class SingleOutput
{
    /// <returns>The expression, or null if the text has another form.</returns>
    /// <exception cref="SyntaxException">The expression is malformed.</exception>
    public static SyntaxNode? Parse(string text)
    {
        int start = text.Length - text.AsSpan().TrimStart().Length;
        if (!text.AsSpan(start).StartsWith("{{", StringComparison.Ordinal))
            return null;
        TemplateScanner.CheckLength(text);
        var tokens = new List<Token>(16);
        // A minus trims text, which a value has none of; "{{ -1 }}" is written with a space.
        int from = start + 2 + (text.AsSpan(start + 2).StartsWith("-", StringComparison.Ordinal) ? 1 : 0);
        var lexer = new Lexer(text, from, ExpressionMode.Output, tokens);
        lexer.Run();
        if (text.AsSpan(lexer.End).TrimStart().Length > 0)
            return null;
        var parser = new Parser(text, tokens, ExpressionMode.Output);
        SyntaxNode node = parser.ParseExpression();
        parser.ExpectEnd();
        return node;
    }
}
