namespace KafkaFlow.Expressions.Syntax;

/// <summary>Ends parsing or compiling at the first problem; caught by the facades, which return a diagnostic.</summary>
internal sealed class SyntaxException(string code, string message, int offset, string? hint = null) : Exception(message)
{
    public string Code { get; } = code;
    public int Offset { get; } = offset;
    public string? Hint { get; } = hint;

    public SyntaxException(string message, int offset) : this("syntax", message, offset)
    {
    }

    public ExpressionDiagnostic ToDiagnostic(string text)
    {
        (int line, int column) = TextPosition.Of(text, Offset);
        return new ExpressionDiagnostic(Code, Message, line, column, Hint);
    }
}

internal static class TextPosition
{
    /// <summary>Line and column, from 1, of an offset.</summary>
    public static (int Line, int Column) Of(ReadOnlySpan<char> text, int offset)
    {
        ReadOnlySpan<char> before = text[..Math.Min(offset, text.Length)];
        return (1 + before.Count('\n'), before.Length - before.LastIndexOf('\n'));
    }
}
