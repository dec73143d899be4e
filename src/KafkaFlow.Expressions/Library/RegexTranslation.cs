using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>
/// Turns RE2 syntax (github.com/google/re2/wiki/Syntax) into .NET's, where the two differ in silence: end of text,
/// ASCII classes, POSIX classes, named groups, characters beyond U+FFFF. Refuses what has no counterpart.
/// </summary>
internal sealed class RegexTranslation
{
    public const string Pair = "[\\ud800-\\udbff][\\udc00-\\udfff]";
    private const int MaxGroups = 100;
    private const int MaxSize = 1_500;
    private readonly string _source;
    private readonly StringBuilder _out = new();
    private readonly Stack<(bool Multiline, bool DotAll, long Size, long Choices)> _groups = new();
    private bool _multiline;
    private bool _dotAll;
    private long _size;
    private long _choices;
    private long _atom;
    private long _atomChoices;
    /// <summary>A match may begin, or a loop go on, at any character from here.</summary>
    private bool _open;
    private int _bars;
    private int _groupsWithBars;
    private int _groupOfBar;
    /// <summary>Counts groups opened and closed, so that no two places between them have one number.</summary>
    private int _group;
    private int _at;

    private RegexTranslation(string source)
    {
        _source = source;
        _open = !source.StartsWith('^') || HasOuterChoice(source);
    }

    /// <summary>True if <c>|</c> stands outside groups; a class or escape that looks like it errs to true.</summary>
    private static bool HasOuterChoice(string source)
    {
        int depth = 0;
        foreach (char c in source)
        {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth <= 0 && c == '|')
                return true;
        }
        return source.Contains('\\', StringComparison.Ordinal) && source.Contains("\\(", StringComparison.Ordinal);
    }

    /// <param name="size">The positions of the automaton: atoms, with counted repetitions multiplied out.</param>
    public static bool TryTranslate(string source, out string translated, out PatternSize size, out string problem)
    {
        translated = "";
        size = default;
        if (source.Length > ExpressionLimits.PatternChars)
        {
            problem = $"the regular expression is longer than the limit of {ExpressionLimits.PatternChars} characters";
            return false;
        }
        var translation = new RegexTranslation(source);
        problem = translation.Run() ?? "";
        if (problem.Length > 0)
            return false;
        if (translation._size > MaxSize)
        {
            problem = "the regular expression repeats too much";
            return false;
        }
        translated = translation._out.ToString();
        // Words of which one is searched for: the longest one begun says what else may be.
        bool words = translation._choices == translation._bars && translation._groupsWithBars <= 1;
        size = new PatternSize(
            (int)translation._size, words ? 0 : (int)Math.Min(translation._choices, MaxSize));
        return true;
    }

    private string? Run()
    {
        while (_at < _source.Length)
        {
            char c = _source[_at];
            string? problem = c switch
            {
                '\\' => Escape(),
                '[' => Class(),
                '(' => Open(),
                ')' => Close(),
                '{' => Repeat(),
                _ => Plain(c),
            };
            if (problem is not null)
                return $"regular expression, character {_at + 1}: {problem}";
        }
        return _groups.Count > 0 ? "regular expression: a group is not closed" : null;
    }

    private string? Plain(char c)
    {
        if (char.IsHighSurrogate(c) && _at + 1 < _source.Length)
        {
            Atom($"(?:{_source.AsSpan(_at, 2)})");
            _at++;
        }
        else if (c == '.')
        {
            Wild(_dotAll ? $"(?:{Pair}|[^\\ud800-\\udfff])" : $"(?:{Pair}|[^\\n\\ud800-\\udfff])");
        }
        else if (c == '$')
        {
            _out.Append(_multiline ? "$" : "\\z");
        }
        else if (c is '*' or '+' or '?' or '|' or '^')
        {
            _out.Append(c);
            if (c is '*' or '+')
                Loop();
            else if (c != '^')
                _choices++;
            if (c == '|')
                Bar();
        }
        else
        {
            Atom(c is '#' or ' ' or '}' or ']' ? "\\" + c : c.ToString());
        }
        _at++;
        return null;
    }

    private void Atom(string text)
    {
        _out.Append(text);
        _atom = 1;
        _atomChoices = 0;
        _size++;
    }

    /// <summary>An atom that several characters match: where matches overlap, it tells them not apart.</summary>
    private void Wild(string text)
    {
        Atom(text);
        if (!_open)
            return;
        _atomChoices = 1;
        _choices++;
    }

    private void Bar()
    {
        _bars++;
        if (_groupsWithBars == 0 || _groupOfBar != _group)
            _groupsWithBars++;
        _groupOfBar = _group;
    }

    private void Loop()
    {
        _choices += _atom - Math.Min(_atom, _atomChoices);
        _atomChoices = Math.Max(_atom, _atomChoices);
        _open = true;
    }

    private string? Escape()
    {
        if (_at + 1 >= _source.Length)
            return "a backslash ends the pattern";
        char c = _source[_at + 1];
        if (c == 'Q')
        {
            int end = _source.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
            string literal = end < 0 ? _source[(_at + 2)..] : _source[(_at + 2)..end];
            foreach (char single in literal)
                Atom(System.Text.RegularExpressions.Regex.Escape(single.ToString())
                    .Replace("]", "\\]", StringComparison.Ordinal));
            _at = end < 0 ? _source.Length : end + 2;
            return null;
        }
        if (c is 'A' or 'z' or 'b' or 'B')
        {
            _out.Append('\\').Append(c);
            _at += 2;
            return null;
        }
        string? problem = RegexItems.Item(_source, ref _at, out string item, out bool astral);
        if (problem is null)
            Wild(astral ? $"(?:{item})" : $"[{item}]");
        return problem;
    }

    private string? Class()
    {
        string? problem = RegexItems.Class(_source, ref _at, out string pattern);
        if (problem is null)
            Wild(pattern);
        return problem;
    }

    private string? Open()
    {
        if (_groups.Count >= MaxGroups)
            return $"groups are nested deeper than {MaxGroups}";
        _group++;
        _groups.Push((_multiline, _dotAll, _size, _choices));
        _size = 0;
        _choices = 0;
        if (_at + 1 >= _source.Length || _source[_at + 1] != '?')
        {
            _out.Append('(');
            _at++;
            return null;
        }
        ReadOnlySpan<char> rest = _source.AsSpan(_at + 2);
        if (rest.StartsWith("P<", StringComparison.Ordinal) || (rest.StartsWith("<", StringComparison.Ordinal)
            && !rest.StartsWith("<=", StringComparison.Ordinal) && !rest.StartsWith("<!", StringComparison.Ordinal)))
        {
            _out.Append("(?<");
            _at += rest[0] == 'P' ? 4 : 3;
            return null;
        }
        return Flags();
    }

    private string? Flags()
    {
        int start = _at;
        _at += 2;
        bool on = true;
        while (_at < _source.Length && _source[_at] is not (':' or ')'))
        {
            switch (_source[_at++])
            {
                case '-' when on:
                    on = false;
                    break;
                case 'i':
                    break;
                case 'm':
                    _multiline = on;
                    break;
                case 's':
                    _dotAll = on;
                    break;
                default:
                    return "only groups (?:..), (?P<name>..) and flags i m s are supported; no look-around";
            }
        }
        if (_at >= _source.Length)
            return "a group is not closed";
        _out.Append(_source, start, _at - start + 1);
        if (_source[_at++] == ')')
        {
            // Flags without a colon hold to the end of the group around them.
            (_, _, long size, long choices) = _groups.Pop();
            _size += size;
            _choices += choices;
        }
        return null;
    }

    private string? Close()
    {
        if (_groups.Count == 0)
            return "a group is closed that is not open";
        (_multiline, _dotAll, long before, long choicesBefore) = _groups.Pop();
        _atom = _size;
        _group++;
        _atomChoices = _choices;
        _size += before;
        _choices += choicesBefore;
        _out.Append(')');
        _at++;
        return null;
    }

    private string? Repeat()
    {
        int end = _source.IndexOf('}', _at);
        string[] counts = end < 0 ? [] : _source[(_at + 1)..end].Split(',');
        if (counts.Length is 0 or > 2
            || !short.TryParse(counts[0], NumberStyles.None, CultureInfo.InvariantCulture, out short least))
        {
            Atom("\\{");
            _at++;
            return null;
        }
        short most = least;
        if (counts.Length == 2 && counts[1].Length > 0
            && !short.TryParse(counts[1], NumberStyles.None, CultureInfo.InvariantCulture, out most))
        {
            Atom("\\{");
            _at++;
            return null;
        }
        if (Math.Max(least, most) > 1000)
            return "a count is above 1000";
        bool endless = counts.Length == 2 && counts[1].Length == 0;
        int times = Math.Max((int)Math.Max(least, most), 1);
        _size += _atom * (times - 1);
        _choices += (_atomChoices * (times - 1)) + (endless ? 0 : most - least);
        _atom *= times;
        _atomChoices *= times;
        if (endless)
            Loop();
        _out.Append(_source, _at, end - _at + 1);
        _at = end + 1;
        return _size > MaxSize ? "it repeats too much" : null;
    }
}
