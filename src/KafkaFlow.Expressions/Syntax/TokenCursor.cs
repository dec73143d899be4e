namespace KafkaFlow.Expressions.Syntax;

/// <summary>A place in a list of tokens, and what statements and expressions take from there.</summary>
internal abstract class TokenCursor(string text, List<Token> tokens)
{
    private int _at;

    /// <summary>Offset of the next token in the text.</summary>
    public int Offset => Current.Start;
    protected Token Current => tokens[_at];
    protected Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public void ExpectEnd()
    {
        if (Current.Kind != TokenKind.End)
            throw Unexpected("the end of the expression");
    }

    /// <summary>The next token as a name; for statements.</summary>
    public string TakeName(string what)
    {
        if (Current.Kind != TokenKind.Name)
            throw Unexpected(what);
        return Take().Text;
    }

    public void TakeWord(string word)
    {
        if (!Current.IsName(word))
            throw Unexpected($"'{word}'");
        Skip(1);
    }

    public bool TryTakeWord(string word)
    {
        bool found = Current.IsName(word);
        if (found)
            Skip(1);
        return found;
    }

    public void Expect(TokenKind kind, string what)
    {
        if (!TryTake(kind))
            throw Unexpected(what);
    }

    public bool TryTake(TokenKind kind)
    {
        bool found = Current.Kind == kind;
        if (found)
            Skip(1);
        return found;
    }

    protected Token Take() => tokens[_at++];
    protected void Skip(int count) => _at += count;
    protected void Back() => _at--;

    protected SyntaxException Unexpected(string expected)
    {
        Token found = Current;
        string shown = found.Kind == TokenKind.End ? "the end" : $"'{Shortened(text[found.Start..found.End])}'";
        string? hint = found.Kind == TokenKind.Assign ? "write == to compare" : null;
        return new SyntaxException("syntax", $"expected {expected} but found {shown}", found.Start, hint);
    }

    private static string Shortened(string word) => word.Length <= 24 ? word : word[..21] + "...";

    protected static T Checked<T>(T node) where T : SyntaxNode =>
        node.Height > ExpressionLimits.SyntaxDepth ? throw TooDeep(node.Start) : node;

    protected static SyntaxException TooDeep(int offset) =>
        new("limit_nesting", $"the expression is nested deeper than {ExpressionLimits.SyntaxDepth} levels", offset);
}

internal enum TokenKind : byte
{
    End, Name, QuotedName, Int, UInt, Double, String, Bytes,
    LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace, Dot, Comma, Colon, Question,
    Plus, Minus, Star, Slash, Percent, Tilde, Pipe, Bang, Assign,
    Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, AndAnd, OrOr,
}

/// <summary>A word of the text. Content is the name, the text, or the bytes; Bits the number.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End, object? Content, long Bits)
{
    public string Text => (string)Content!;
    public bool IsName(string name) => Kind == TokenKind.Name && (string)Content! == name;
}

/// <summary>Where an expression stands, which decides a few rules of the lexer and its end.</summary>
internal enum ExpressionMode
{
    /// <summary>The whole text is CEL: comments with <c>//</c>, words such as <c>loop</c> reserved.</summary>
    Cel,
    /// <summary>Within <c>{{ }}</c>.</summary>
    Output,
    /// <summary>Within <c>{% %}</c>.</summary>
    Statement,
}
