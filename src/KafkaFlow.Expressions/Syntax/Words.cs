namespace KafkaFlow.Expressions.Syntax;

/// <summary>Words that the language knows.</summary>
internal static class Words
{
    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "in", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ];
    // Frequent names, so that lexing them makes no new strings.
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = new HashSet<string>(
    [
        "and", "or", "not", "in", "is", "if", "else", "elif", "for", "endfor", "endif", "set", "true", "false", "null",
        "none", "None", "True", "False", "defined", "default", "tojson", "lower", "upper", "string", "int", "join",
        "length", "replace", "size", "has", "all", "exists", "map", "filter", "workload", "result", "output", "data",
        "ctx", "event", "error", "status", "item", "index", "name", "id", "items", "execution_id", "attempt",
    ], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public static string NameOf(ReadOnlySpan<char> name) =>
        Known.TryGetValue(name, out string? known) ? known : name.ToString();

    /// <summary>CEL's reserved words: no names, but in a template most of them are.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name);

    public static Operator? Relation(TokenKind kind) => kind switch
    {
        TokenKind.Equal => Operator.Equal,
        TokenKind.NotEqual => Operator.NotEqual,
        TokenKind.Less => Operator.Less,
        TokenKind.LessEqual => Operator.LessEqual,
        TokenKind.Greater => Operator.Greater,
        TokenKind.GreaterEqual => Operator.GreaterEqual,
        _ => null,
    };

    public static Operator Factor(TokenKind kind) => kind switch
    {
        TokenKind.Star => Operator.Multiply,
        TokenKind.Slash => Operator.Divide,
        _ => Operator.Remainder,
    };

    /// <summary>Whether an operand can begin with a token.</summary>
    public static bool StartsOperand(Token token) => token.Kind switch
    {
        TokenKind.Name => token.Text is not ("and" or "or" or "in" or "is" or "if" or "else"),
        TokenKind.Int or TokenKind.UInt or TokenKind.Double or TokenKind.String or TokenKind.Bytes => true,
        TokenKind.LeftParen or TokenKind.LeftBracket or TokenKind.LeftBrace => true,
        TokenKind.Minus or TokenKind.Bang => true,
        _ => false,
    };

    public static Value? Literal(string name, bool inTemplate) => name switch
    {
        "true" => Value.Bool(true),
        "false" => Value.Bool(false),
        "null" => Value.Null,
        "True" when inTemplate => Value.Bool(true),
        "False" when inTemplate => Value.Bool(false),
        "None" or "none" when inTemplate => Value.Null,
        _ => null,
    };
}
