using System.Globalization;

namespace KafkaFlow.Expressions.Syntax;

/// <summary>
/// Cuts an expression into tokens, up to the end of the text or, in a template, the closing delimiter.
/// </summary>
internal ref struct Lexer
{
    private readonly string _text;
    private readonly ExpressionMode _mode;
    private readonly List<Token> _tokens;
    private int _at;
    private int _depth;

    public Lexer(string text, int start, ExpressionMode mode, List<Token> tokens)
    {
        _text = text;
        _mode = mode;
        _tokens = tokens;
        _at = start;
    }

    /// <summary>Offset after the closing delimiter.</summary>
    public int End { get; private set; }
    /// <summary>The closing delimiter had a minus: white space after it is dropped.</summary>
    public bool Trims { get; private set; }

    public void Run()
    {
        while (true)
        {
            SkipSpace();
            int start = _at;
            if (_at >= _text.Length)
            {
                if (_mode != ExpressionMode.Cel)
                    throw new SyntaxException($"expected '{Closing}' but the text ends", start);
                End = start;
                break;
            }
            if (_mode != ExpressionMode.Cel && _depth == 0 && TryClose())
                break;
            _tokens.Add(Next());
        }
        int end = _tokens.Count > 0 ? _tokens[^1].End : _at;
        _tokens.Add(new Token(TokenKind.End, Math.Min(end, _text.Length), end, null, 0));
    }

    private readonly string Closing => _mode == ExpressionMode.Output ? "}}" : "%}";

    private bool TryClose()
    {
        ReadOnlySpan<char> rest = _text.AsSpan(_at);
        bool trims = rest[0] == '-';
        if (!rest[(trims ? 1 : 0)..].StartsWith(Closing, StringComparison.Ordinal))
            return false;
        Trims = trims;
        End = _at + (trims ? 3 : 2);
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f')
                _at++;
            else if (c == '/' && _mode == ExpressionMode.Cel && Peek(1) == '/')
                SkipLine();
            else
                return;
        }
    }

    private void SkipLine()
    {
        int end = _text.AsSpan(_at).IndexOf('\n');
        _at = end < 0 ? _text.Length : _at + end;
    }

    private readonly char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private Token Next()
    {
        int start = _at;
        char c = _text[_at];
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
            return Number(start);
        if (c is '"' or '\'')
            return Quoted(start, raw: false, bytes: false);
        if (char.IsAsciiLetter(c) || c == '_')
            return PrefixedOrName(start);
        if (c == '`')
            return QuotedName(start);
        (TokenKind kind, int length) = Punctuation(c, Peek(1));
        if (kind == TokenKind.End)
            throw UnexpectedCharacter(c, start);
        if (kind is TokenKind.LeftParen or TokenKind.LeftBrace or TokenKind.LeftBracket)
            _depth++;
        else if (kind is TokenKind.RightParen or TokenKind.RightBrace or TokenKind.RightBracket)
            _depth--;
        _at += length;
        return new Token(kind, start, _at, null, 0);
    }

    private readonly SyntaxException UnexpectedCharacter(char c, int start)
    {
        string? hint = (c, Peek(1)) switch
        {
            ('&', _) => "write && or and",
            ('#', _) => "comments start with // in a condition and stand in {# #} in a template",
            ('$', _) => "names start with a letter or _",
            ('=', _) => "write ==",
            _ => null,
        };
        string shown = c is >= ' ' and <= '~' ? $"'{c}'" : $"U+{(int)c:X4}";
        return new SyntaxException("syntax", $"unexpected character {shown}", start, hint);
    }

    private readonly (TokenKind Kind, int Length) Punctuation(char c, char next)
    {
        return (c, next) switch
        {
            ('&', '&') => (TokenKind.AndAnd, 2),
            ('|', '|') => (TokenKind.OrOr, 2),
            ('=', '=') => Peek(2) == '='
                ? throw new SyntaxException("syntax", "unexpected '==='", _at, "write ==")
                : (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('<', '=') => (TokenKind.LessEqual, 2),
            ('>', '=') => (TokenKind.GreaterEqual, 2),
            ('/', '/') => throw new SyntaxException("syntax", "unexpected '//'", _at, "int / int is whole; write /"),
            ('*', '*') => throw new SyntaxException("syntax", "unexpected '**'", _at, "there is no power operator"),
            ('(', _) => (TokenKind.LeftParen, 1),
            (')', _) => (TokenKind.RightParen, 1),
            ('[', _) => (TokenKind.LeftBracket, 1),
            (']', _) => (TokenKind.RightBracket, 1),
            ('{', _) => (TokenKind.LeftBrace, 1),
            ('}', _) => (TokenKind.RightBrace, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (',', _) => (TokenKind.Comma, 1),
            (':', _) => (TokenKind.Colon, 1),
            ('?', _) => (TokenKind.Question, 1),
            ('+', _) => (TokenKind.Plus, 1),
            ('-', _) => (TokenKind.Minus, 1),
            ('*', _) => (TokenKind.Star, 1),
            ('/', _) => (TokenKind.Slash, 1),
            ('%', _) => (TokenKind.Percent, 1),
            ('~', _) => (TokenKind.Tilde, 1),
            ('|', _) => (TokenKind.Pipe, 1),
            ('!', _) => (TokenKind.Bang, 1),
            ('=', _) => (TokenKind.Assign, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('>', _) => (TokenKind.Greater, 1),
            _ => (TokenKind.End, 0),
        };
    }

    private Token PrefixedOrName(int start)
    {
        bool raw = false;
        bool bytes = false;
        int length = 0;
        while (length < 2 && Peek(length) is var c
            && ((!bytes && !raw && c is 'b' or 'B') || (!raw && c is 'r' or 'R')))
        {
            bytes |= c is 'b' or 'B';
            raw |= c is 'r' or 'R';
            length++;
        }
        if (length > 0 && Peek(length) is '"' or '\'')
        {
            _at += length;
            return Quoted(start, raw, bytes);
        }
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            _at++;
        return new Token(TokenKind.Name, start, _at, Words.NameOf(_text.AsSpan(start, _at - start)), 0);
    }

    private Token QuotedName(int start)
    {
        int end = _text.IndexOf('`', start + 1);
        if (end < 0)
            throw new SyntaxException("quoted name without end", start);
        string name = _text[(start + 1)..end];
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"_.-/ ".Contains(c, StringComparison.Ordinal))
                throw new SyntaxException($"character '{c}' is not allowed in a quoted name", start);
        }
        if (name.Length == 0)
            throw new SyntaxException("empty quoted name", start);
        _at = end + 1;
        return new Token(TokenKind.QuotedName, start, _at, name, 0);
    }

    private Token Quoted(int start, bool raw, bool bytes)
    {
        bool escapesStrict = _mode == ExpressionMode.Cel || bytes;
        object content = QuotedText.Read(_text, ref _at, raw, bytes, escapesStrict, _mode != ExpressionMode.Cel);
        return new Token(bytes ? TokenKind.Bytes : TokenKind.String, start, _at, content, 0);
    }

    private Token Number(int start)
    {
        if (_text[_at] == '0' && Peek(1) is 'x' or 'X')
            return HexNumber(start);
        SkipDigits();
        bool floating = false;
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            floating = true;
            _at++;
            SkipDigits();
        }
        if (Peek(0) is 'e' or 'E'
            && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            floating = true;
            _at += 2;
            SkipDigits();
        }
        ReadOnlySpan<char> digits = _text.AsSpan(start, _at - start);
        if (floating)
        {
            double value = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
            RefuseLetter(start);
            return new Token(TokenKind.Double, start, _at, null, BitConverter.DoubleToInt64Bits(value));
        }
        bool fits = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        return WholeNumber(start, number, fits);
    }

    private Token HexNumber(int start)
    {
        _at += 2;
        int digits = _at;
        while (char.IsAsciiHexDigit(Peek(0)))
            _at++;
        bool fits = ulong.TryParse(_text.AsSpan(digits, _at - digits), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out ulong number);
        return WholeNumber(start, number, fits);
    }

    private Token WholeNumber(int start, ulong number, bool fits)
    {
        bool unsigned = Peek(0) is 'u' or 'U';
        if (unsigned)
            _at++;
        RefuseLetter(start);
        if (!fits || (!unsigned && number > 1UL + long.MaxValue))
            throw new SyntaxException("the number does not fit in 64 bits", start);
        return new Token(unsigned ? TokenKind.UInt : TokenKind.Int, start, _at, null, unchecked((long)number));
    }

    private readonly void RefuseLetter(int start)
    {
        if (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) == '_')
            throw new SyntaxException("a number is followed by a letter", start);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)))
            _at++;
    }
}
