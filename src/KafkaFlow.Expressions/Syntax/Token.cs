namespace KafkaFlow.Expressions.Syntax;

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
