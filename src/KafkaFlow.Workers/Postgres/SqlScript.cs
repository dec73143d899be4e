using System.Globalization;
using System.Text;

namespace KafkaFlow.Workers.Postgres;

/// <param name="Text">With parameters as <c>$1..$n</c> of this statement.</param>
/// <param name="Parameters">Names of <c>$1..$n</c>: a key of the given map, or a number, from 1, in the given list.
/// </param>
/// <param name="Words">The first words in upper case, at most <see cref="SqlScript.KeptWords"/>.</param>
internal sealed record SqlStatement(string Text, IReadOnlyList<string> Parameters, IReadOnlyList<string> Words)
{
    public string Keyword => Words.Count > 0 ? Words[0] : "";

    /// <summary>It would end or begin the transaction that the script runs in.</summary>
    public bool IsTransactionControl => Keyword switch
    {
        "BEGIN" or "COMMIT" or "END" or "ABORT" => true,
        "START" or "PREPARE" => Words is [_, "TRANSACTION", ..],
        "ROLLBACK" => Words is not [_, "TO", ..],
        _ => false,
    };
}

/// <summary>
/// Splits a script at its semicolons as Postgres reads it: quotes (also E'..'), identifiers, <c>$tag$</c> bodies, both
/// kinds of comments, parentheses and BEGIN ATOMIC bodies hide them. Text of comments only makes no statement.
/// Parameters outside quotes are numbered: <c>:name</c> and <c>@name</c> where the name is given, and <c>$1</c>.
/// </summary>
internal sealed class SqlScript
{
    public const int KeptWords = 4;
    private readonly string _text;
    private readonly IReadOnlySet<string> _names;
    private readonly List<SqlStatement> _statements = [];
    private readonly StringBuilder _current = new();
    private readonly List<string> _parameters = [];
    private readonly List<string> _words = [];
    private int _parentheses;
    private int _atomic;
    private bool _hasContent;
    private string _lastWord = "";
    private int _at;

    private SqlScript(string text, IReadOnlySet<string> names)
    {
        _text = text;
        _names = names;
    }

    public static IReadOnlyList<SqlStatement> Split(string text, IReadOnlySet<string> parameterNames)
    {
        var script = new SqlScript(text, parameterNames);
        while (script._at < text.Length) script.Step();
        script.EndStatement();
        return script._statements;
    }

    private char Current => _text[_at];
    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';
    private char Previous => _at > 0 ? _text[_at - 1] : '\0';

    private void Step()
    {
        switch (Current)
        {
            case '\'':
                Take(EndOfQuote('\'', backslash: IsEscapeString()));
                break;
            case '"':
                Take(EndOfQuote('"', backslash: false));
                break;
            case '-' when Next == '-':
                TakeComment(EndOfLine());
                break;
            case '/' when Next == '*':
                TakeComment(EndOfBlockComment());
                break;
            case '$' when char.IsAsciiDigit(Next):
                TakeParameter(EndOfWord(_at + 1));
                break;
            case '$' when EndOfDollarBody() is { } end:
                Take(end);
                break;
            case ':' when Next == ':':
                Take(_at + 2);
                break;
            case ':' or '@' when IsWordStart(Next) && !IsOperator(Previous):
                TakeParameter(EndOfWord(_at + 1));
                break;
            case ';' when _parentheses == 0 && _atomic == 0:
                EndStatement();
                _at++;
                break;
            default:
                StepOverPlainText();
                break;
        }
    }

    private void StepOverPlainText()
    {
        if (IsWordStart(Current))
        {
            var end = EndOfWord(_at);
            NoteWord(_text[_at..end].ToUpperInvariant());
            Take(end);
            return;
        }
        if (Current == '(') _parentheses++;
        if (Current == ')' && _parentheses > 0) _parentheses--;
        Take(_at + 1);
    }

    private void NoteWord(string word)
    {
        // The body of a SQL function: BEGIN ATOMIC .. END, with CASE .. END inside.
        if (word == "ATOMIC" && _lastWord == "BEGIN") _atomic = 1;
        else if (_atomic > 0 && word is "CASE") _atomic++;
        else if (_atomic > 0 && word is "END") _atomic--;
        _lastWord = word;
        if (_words.Count < KeptWords) _words.Add(word);
    }

    private void Take(int end)
    {
        end = Math.Min(end, _text.Length);
        for (var i = _at; i < end && !_hasContent; i++) _hasContent = !char.IsWhiteSpace(_text[i]);
        _current.Append(_text, _at, end - _at);
        _at = end;
    }

    private void TakeComment(int end)
    {
        if (_hasContent) _current.Append(_text, _at, end - _at);
        _at = end;
    }

    private void TakeParameter(int end)
    {
        var name = _text[(_at + 1)..end];
        if (!_names.Contains(name))
        {
            Take(end);
            return;
        }
        var index = _parameters.IndexOf(name);
        if (index < 0)
        {
            _parameters.Add(name);
            index = _parameters.Count - 1;
        }
        _current.Append('$').Append((index + 1).ToString(CultureInfo.InvariantCulture));
        _hasContent = true;
        _at = end;
    }

    private void EndStatement()
    {
        if (_hasContent) _statements.Add(new(_current.ToString().Trim(), [.. _parameters], [.. _words]));
        _current.Clear();
        _parameters.Clear();
        _words.Clear();
        _parentheses = _atomic = 0;
        _lastWord = "";
        _hasContent = false;
    }

    private int EndOfQuote(char quote, bool backslash)
    {
        for (var i = _at + 1; i < _text.Length; i++)
        {
            if (backslash && _text[i] == '\\') i++;
            else if (_text[i] == quote && i + 1 < _text.Length && _text[i + 1] == quote) i++;
            else if (_text[i] == quote) return i + 1;
        }
        return _text.Length;
    }

    /// <summary>E'..': the letter stands alone before the quote.</summary>
    private bool IsEscapeString() =>
        Previous is 'e' or 'E' && (_at < 2 || !IsWord(_text[_at - 2]));

    private int EndOfLine()
    {
        var end = _text.IndexOf('\n', _at);
        return end < 0 ? _text.Length : end + 1;
    }

    private int EndOfBlockComment()
    {
        var depth = 0;
        for (var i = _at; i < _text.Length - 1; i++)
        {
            if (_text[i] == '/' && _text[i + 1] == '*') (depth, i) = (depth + 1, i + 1);
            else if (_text[i] == '*' && _text[i + 1] == '/') (depth, i) = (depth - 1, i + 1);
            if (depth == 0) return i + 1;
        }
        return _text.Length;
    }

    /// <returns>null if no <c>$tag$</c> begins here.</returns>
    private int? EndOfDollarBody()
    {
        if (IsWord(Previous)) return null;
        var open = IsWordStart(Next) ? EndOfTag(_at + 1) : _at + 1;
        if (open >= _text.Length || _text[open] != '$') return null;
        var tag = _text[_at..(open + 1)];
        var close = _text.IndexOf(tag, open + 1, StringComparison.Ordinal);
        return close < 0 ? _text.Length : close + tag.Length;
    }

    private int EndOfTag(int from)
    {
        while (from < _text.Length && IsWord(_text[from])) from++;
        return from;
    }

    private int EndOfWord(int from)
    {
        while (from < _text.Length && (IsWord(_text[from]) || (_text[from] == '$' && from > _at + 1))) from++;
        return from;
    }

    private static bool IsWordStart(char c) => char.IsLetter(c) || c == '_';

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static bool IsOperator(char c) => ":@<>=!|&#~?".Contains(c, StringComparison.Ordinal);
}
