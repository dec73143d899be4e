using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Values;

/// <summary>Reads JSON (RFC 8259) into values in one pass over the text.</summary>
internal ref struct JsonReader
{
    private readonly ReadOnlySpan<char> _text;
    private readonly int _maxDepth;
    private int _at;
    private string? _problem;

    private JsonReader(string text, int maxDepth)
    {
        _text = text;
        _maxDepth = maxDepth;
    }

    public static Value Parse(string text, int maxDepth)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new JsonReader(text, maxDepth);
        reader.SkipSpace();
        Value value = reader.ReadValue(0);
        reader.SkipSpace();
        if (reader._problem is null && reader._at < text.Length)
            reader._problem = "text after the value";
        return reader._problem is null
            ? value
            : Failure.Of("bad_json", $"malformed JSON at character {reader._at + 1}: {reader._problem}");
    }

    private Value ReadValue(int depth)
    {
        if (_at >= _text.Length)
            return Fail("expected a value, found the end");
        switch (_text[_at])
        {
            case '{':
                return depth >= _maxDepth ? Fail($"nested deeper than {_maxDepth}") : ReadMap(depth + 1);
            case '[':
                return depth >= _maxDepth ? Fail($"nested deeper than {_maxDepth}") : ReadList(depth + 1);
            case '"':
                return ReadText() is { } text ? Value.String(text) : default;
            case 't':
                return ReadWord("true", Value.Bool(true));
            case 'f':
                return ReadWord("false", Value.Bool(false));
            case 'n':
                return ReadWord("null", Value.Null);
            default:
                return ReadNumber();
        }
    }

    private Value ReadMap(int depth)
    {
        _at++;
        var builder = new StringMapBuilder(4);
        SkipSpace();
        if (Take('}'))
            return Value.From(StringMap.Empty);
        while (true)
        {
            if (_at >= _text.Length || _text[_at] != '"')
                return Fail("expected a key in double quotes");
            if (ReadText() is not { } key)
                return default;
            SkipSpace();
            if (!Take(':'))
                return Fail("expected ':' after the key");
            SkipSpace();
            Value value = ReadValue(depth);
            if (_problem is not null)
                return default;
            builder.Add(key, value);
            SkipSpace();
            if (Take('}'))
                return Value.From(builder.Build());
            if (!Take(','))
                return Fail("expected ',' or '}'");
            SkipSpace();
        }
    }

    private Value ReadList(int depth)
    {
        _at++;
        SkipSpace();
        if (Take(']'))
            return Value.From(ValueList.Empty);
        var items = new List<Value>();
        while (true)
        {
            Value item = ReadValue(depth);
            if (_problem is not null)
                return default;
            items.Add(item);
            SkipSpace();
            if (Take(']'))
                return Value.From(new ValueList(items.ToArray()));
            if (!Take(','))
                return Fail("expected ',' or ']'");
            SkipSpace();
        }
    }

    private Value ReadNumber()
    {
        int start = _at;
        Take('-');
        int digits = _at;
        SkipDigits();
        if (_at == digits || (_text[digits] == '0' && _at > digits + 1))
        {
            _at = start;
            return Fail("expected a value");
        }
        bool integral = true;
        if (Take('.'))
        {
            integral = false;
            int fraction = _at;
            SkipDigits();
            if (_at == fraction)
                return Fail("expected a digit after '.'");
        }
        if (_at < _text.Length && (_text[_at] | 0x20) == 'e')
        {
            integral = false;
            _at++;
            if (!Take('+'))
                Take('-');
            int exponent = _at;
            SkipDigits();
            if (_at == exponent)
                return Fail("expected a digit in the exponent");
        }
        ReadOnlySpan<char> number = _text[start.._at];
        if (integral
            && long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return Value.Int(whole);
        double value = double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        return new Value(new WrittenNumber(number.ToString()), BitConverter.DoubleToInt64Bits(value));
    }

    private string? ReadText()
    {
        _at++;
        int length = _text[_at..].IndexOfAny('"', '\\');
        ReadOnlySpan<char> run = length < 0 ? _text[_at..] : _text.Slice(_at, length);
        int control = run.IndexOfAnyInRange('\0', '\u001f');
        if (control >= 0)
        {
            _at += control;
            return FailText("control character in a string");
        }
        if (length < 0)
        {
            _at = _text.Length;
            return FailText("string without end");
        }
        _at += length;
        if (_text[_at] == '"')
        {
            _at++;
            return run.Length == 0 ? "" : run.ToString();
        }
        return ReadEscapedText(run);
    }

    private string? ReadEscapedText(ReadOnlySpan<char> head)
    {
        var builder = new StringBuilder(head.Length + 32).Append(head);
        while (_at < _text.Length)
        {
            char c = _text[_at++];
            if (c == '"')
                return builder.ToString();
            if (c < ' ')
                return FailText("control character in a string");
            if (c != '\\')
                builder.Append(c);
            else if (!ReadEscape(builder))
                return FailText("bad escape in a string");
        }
        return FailText("string without end");
    }

    private bool ReadEscape(StringBuilder builder)
    {
        if (_at >= _text.Length)
            return false;
        char c = _text[_at++];
        if (c == 'u')
        {
            if (_at + 4 > _text.Length || !ushort.TryParse(_text.Slice(_at, 4), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out ushort unit))
                return false;
            _at += 4;
            builder.Append((char)unit);
            return true;
        }
        int simple = "\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal);
        if (simple < 0)
            return false;
        builder.Append("\"\\/\b\f\n\r\t"[simple]);
        return true;
    }

    private Value ReadWord(string word, Value value)
    {
        if (!_text[_at..].StartsWith(word, StringComparison.Ordinal))
            return Fail("expected a value");
        _at += word.Length;
        return value;
    }

    private void SkipDigits()
    {
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && (_text[_at] is ' ' or '\n' or '\r' or '\t'))
            _at++;
    }

    private bool Take(char c)
    {
        if (_at >= _text.Length || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private Value Fail(string problem)
    {
        _problem ??= problem;
        return default;
    }

    private string? FailText(string problem)
    {
        _problem ??= problem;
        return null;
    }
}
