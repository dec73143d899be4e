namespace KafkaFlow.Expressions.Syntax;

/// <summary>
/// Parses a template into blocks. White space is as Jinja's defaults have it: kept, but for the minus sign at a
/// delimiter and one newline at the end of the text.
/// </summary>
internal sealed class TemplateScanner
{
    private readonly string _text;
    private readonly int _end;
    private int _at;
    private bool _trimNext;
    private int _depth;
    private Statement? _statement;

    private TemplateScanner(string text)
    {
        _text = text;
        _end = text.EndsWith("\r\n", StringComparison.Ordinal) ? text.Length - 2
            : text.EndsWith('\n') ? text.Length - 1
            : text.Length;
    }

    /// <summary>A statement that ends the blocks before it: its word, and the parser standing after the word.</summary>
    private sealed record Statement(string Word, Parser Parser, int Start);

    /// <summary>Whether the text has no template syntax at all.</summary>
    public static bool IsLiteral(string text)
    {
        int brace = -1;
        while ((brace = text.IndexOf('{', brace + 1)) >= 0)
        {
            if (brace + 1 < text.Length && text[brace + 1] is '{' or '%' or '#')
                return false;
        }
        return true;
    }

    public static void CheckLength(string text)
    {
        if (text.Length > ExpressionLimits.TemplateChars)
        {
            throw new SyntaxException("limit_source",
                $"the text has {text.Length} characters, the limit is {ExpressionLimits.TemplateChars}", 0);
        }
    }

    public static IReadOnlyList<BlockSyntax> Parse(string text)
    {
        CheckLength(text);
        var scanner = new TemplateScanner(text);
        List<BlockSyntax> blocks = scanner.ParseBlocks();
        if (scanner._statement is { } stray)
            throw new SyntaxException($"unexpected '{stray.Word}': no block is open that it could end", stray.Start);
        return blocks;
    }

    /// <summary>Blocks up to the end or to a statement that is not a block of its own, such as else or endif.</summary>
    private List<BlockSyntax> ParseBlocks()
    {
        if (++_depth > ExpressionLimits.SyntaxDepth)
            throw new SyntaxException("limit_nesting", $"blocks are nested deeper than {ExpressionLimits.SyntaxDepth}",
                _at);
        var blocks = new List<BlockSyntax>();
        _statement = null;
        while (_at < _end)
        {
            int open = NextDelimiter();
            AddText(blocks, _at, open);
            if (open >= _end)
                break;
            _at = open + 2;
            if (_text[open + 1] == '#')
                SkipComment(open);
            else if (_text[open + 1] == '{')
                blocks.Add(ParseOutput(open));
            else if (!ParseStatement(open, blocks))
                break;
        }
        _depth--;
        return blocks;
    }

    private int NextDelimiter()
    {
        for (int i = _at; i + 1 < _end; i++)
        {
            if (_text[i] == '{' && _text[i + 1] is '{' or '%' or '#')
                return i;
        }
        return _end;
    }

    private void AddText(List<BlockSyntax> blocks, int from, int to)
    {
        ReadOnlySpan<char> text = _text.AsSpan(from, to - from);
        if (_trimNext)
            text = text.TrimStart();
        _trimNext = false;
        if (to + 2 < _end && _text[to + 2] == '-')
            text = text.TrimEnd();
        if (text.Length > 0)
            blocks.Add(new TextBlock(text.ToString(), from));
        _at = to;
    }

    private void SkipComment(int open)
    {
        int end = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw new SyntaxException("expected '#}' but the text ends", open);
        _trimNext = end > _at && _text[end - 1] == '-';
        _at = end + 2;
    }

    private Parser Lex(ExpressionMode mode)
    {
        if (_at < _end && _text[_at] is '-' or '+')
            _at++;
        var tokens = new List<Token>(16);
        var lexer = new Lexer(_text, _at, mode, tokens);
        lexer.Run();
        _at = lexer.End;
        _trimNext = lexer.Trims;
        return new Parser(_text, tokens, mode);
    }

    private OutputBlock ParseOutput(int open)
    {
        if (_at < _end && _text[_at] == '+')
            throw new SyntaxException("expected an operand but found '+'", _at);
        Parser parser = Lex(ExpressionMode.Output);
        SyntaxNode expression = parser.ParseExpression();
        parser.ExpectEnd();
        return new OutputBlock(expression, open);
    }

    /// <returns>False if the statement ends the current blocks.</returns>
    private bool ParseStatement(int open, List<BlockSyntax> blocks)
    {
        Parser parser = Lex(ExpressionMode.Statement);
        int start = parser.Offset;
        string word = parser.TakeName("a statement");
        switch (word)
        {
            case "if":
                blocks.Add(ParseIf(parser, open));
                return true;
            case "for":
                blocks.Add(ParseFor(parser, open));
                return true;
            case "set":
                string name = parser.TakeName("a name to set");
                parser.Expect(TokenKind.Assign, "'=' after the name");
                blocks.Add(new SetBlock(name, parser.ParseExpression(), open));
                parser.ExpectEnd();
                return true;
            case "raw":
                parser.ExpectEnd();
                ParseRaw(blocks, open);
                return true;
            case "elif" or "else" or "endif" or "endfor":
                _statement = new Statement(word, parser, start);
                return false;
            default:
                throw new SyntaxException("syntax", $"unknown statement '{word}'", start,
                    "the statements are if, elif, else, for, set and raw");
        }
    }

    private IfBlock ParseIf(Parser parser, int open)
    {
        var branches = new List<(SyntaxNode, IReadOnlyList<BlockSyntax>)>();
        List<BlockSyntax> otherwise = [];
        SyntaxNode condition = Condition(parser);
        while (true)
        {
            branches.Add((condition, ParseBlocks()));
            Statement next = Closing("endif", open);
            if (next.Word != "elif")
                break;
            condition = Condition(next.Parser);
        }
        if (_statement!.Word == "else")
        {
            _statement.Parser.ExpectEnd();
            otherwise = ParseBlocks();
        }
        End("endif", open);
        return new IfBlock(branches, otherwise, open);
    }

    private static SyntaxNode Condition(Parser parser)
    {
        SyntaxNode condition = parser.ParseExpression();
        parser.ExpectEnd();
        return condition;
    }

    private ForBlock ParseFor(Parser parser, int open)
    {
        string first = parser.TakeName("the name of the loop's variable");
        string? second = parser.TryTake(TokenKind.Comma) ? parser.TakeName("the name of the second variable") : null;
        parser.TakeWord("in");
        SyntaxNode range = parser.ParseOr();
        SyntaxNode? filter = parser.TryTakeWord("if") ? parser.ParseExpression() : null;
        parser.ExpectEnd();
        List<BlockSyntax> body = ParseBlocks();
        List<BlockSyntax> otherwise = [];
        if (Closing("endfor", open).Word == "else")
        {
            _statement!.Parser.ExpectEnd();
            otherwise = ParseBlocks();
        }
        End("endfor", open);
        return new ForBlock(first, second, range, filter, body, otherwise, open);
    }

    private Statement Closing(string expected, int open) =>
        _statement ?? throw new SyntaxException($"expected '{expected}' but the text ends", open);

    private void End(string expected, int open)
    {
        Statement end = Closing(expected, open);
        if (end.Word != expected)
            throw new SyntaxException($"expected '{expected}' but found '{end.Word}'", end.Start);
        end.Parser.ExpectEnd();
        _statement = null;
    }

    private void ParseRaw(List<BlockSyntax> blocks, int open)
    {
        int from = _at;
        bool trimStart = _trimNext;
        for (int i = from; (i = _text.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i += 2)
        {
            ReadOnlySpan<char> rest = _text.AsSpan(i + 2);
            bool trimEnd = rest.StartsWith("-", StringComparison.Ordinal);
            ReadOnlySpan<char> word = rest[(trimEnd ? 1 : 0)..].TrimStart();
            if (!word.StartsWith("endraw", StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> tail = word[6..].TrimStart();
            _trimNext = tail.StartsWith("-%}", StringComparison.Ordinal);
            if (!_trimNext && !tail.StartsWith("%}", StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> raw = _text.AsSpan(from, i - from);
            raw = trimStart ? raw.TrimStart() : raw;
            raw = trimEnd ? raw.TrimEnd() : raw;
            blocks.Add(new TextBlock(raw.ToString(), from));
            _at = _text.Length - tail.Length + (_trimNext ? 3 : 2);
            return;
        }
        throw new SyntaxException("expected 'endraw' but the text ends", open);
    }
}

/// <summary>Text that is, but for white space around it, exactly one <c>{{ e }}</c>.</summary>
internal static class SingleOutput
{
    /// <summary>True if the text begins as one does; no CEL expression begins so.</summary>
    public static bool Opens(string text) => text.AsSpan().TrimStart().StartsWith("{{", StringComparison.Ordinal);

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
