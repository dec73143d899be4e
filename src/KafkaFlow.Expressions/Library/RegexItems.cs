using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>
/// Escapes and character classes of RE2 as .NET writes them. Each method reads at a place of the source, moves it, and
/// gives what is wrong, or null.
/// </summary>
internal static class RegexItems
{
    /// <summary>One escape as the content of a character class.</summary>
    public static string? Item(string source, ref int at, out string item, out bool astral)
    {
        item = "";
        astral = false;
        char c = source[at + 1];
        at += 2;
        switch (c)
        {
            case 'd':
                item = "0-9";
                return null;
            case 'D':
                item = "\\x00-/:-\\uffff";
                return null;
            case 's':
                item = "\\t\\n\\f\\r ";
                return null;
            case 'S':
                item = "\\x00-\\x08\\x0b\\x0e-\\x1f!-\\uffff";
                return null;
            case 'w':
                item = "0-9A-Za-z_";
                return null;
            case 'W':
                item = "\\x00-/:-@\\[-\\^`{-\\uffff";
                return null;
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v':
                item = "\\" + c;
                return null;
            case 'x':
                return Hex(source, ref at, out item, out astral);
            case 'p' or 'P':
                return Category(source, ref at, c, out item);
            case '0':
                item = "\\x00";
                return null;
            default:
                if (char.IsAsciiLetterOrDigit(c) || c > '~')
                    return $"the escape \\{c} is not supported";
                item = $"\\x{(int)c:x2}";
                return null;
        }
    }

    private static string? Hex(string source, ref int at, out string item, out bool astral)
    {
        item = "";
        astral = false;
        string digits;
        if (at < source.Length && source[at] == '{')
        {
            int end = source.IndexOf('}', at);
            if (end < 0)
                return "\\x{ without }";
            digits = source[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            digits = source.Substring(at, Math.Min(2, source.Length - at));
            at += digits.Length;
        }
        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || code is < 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
            return "\\x needs hexadecimal digits of a character";
        astral = code > 0xFFFF;
        item = astral ? char.ConvertFromUtf32(code) : $"\\u{code:x4}";
        return null;
    }

    private static string? Category(string source, ref int at, char c, out string item)
    {
        string name;
        item = "";
        if (at < source.Length && source[at] == '{')
        {
            int end = source.IndexOf('}', at);
            if (end < 0)
                return "\\p{ without }";
            name = source[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            name = at < source.Length ? source[at].ToString() : "";
            at++;
        }
        if (name.Length is 0 or > 2 || !char.IsAsciiLetterUpper(name[0]))
            return "only general categories such as \\p{L} and \\p{Lu} are supported, no scripts";
        item = $"\\{c}{{{name}}}";
        return null;
    }

    public static string? Class(string source, ref int at, out string pattern)
    {
        pattern = "";
        int start = at++;
        bool negated = at < source.Length && source[at] == '^';
        if (negated)
            at++;
        var content = new StringBuilder();
        var others = new StringBuilder();
        bool first = true;
        while (at < source.Length && (source[at] != ']' || first))
        {
            first = false;
            char c = source[at];
            string? problem = null;
            if (c == '[' && at + 1 < source.Length && source[at + 1] == ':')
            {
                problem = Posix(source, ref at, content);
            }
            else if (c == '\\' && at + 1 < source.Length)
            {
                problem = Item(source, ref at, out string item, out bool astral);
                (astral ? others.Append('|') : content).Append(item);
            }
            else if (char.IsHighSurrogate(c) && at + 1 < source.Length)
            {
                others.Append('|').Append(source, at, 2);
                at += 2;
            }
            else
            {
                content.Append(c is '[' or ']' or '^' ? "\\" + c : c.ToString());
                at++;
            }
            if (problem is not null)
                return problem;
            if (others.Length > 0 && (negated || (at < source.Length && source[at] == '-')))
                return "a negated class or a range with characters beyond U+FFFF is not supported";
        }
        if (at >= source.Length)
        {
            at = start;
            return "a class is not closed";
        }
        at++;
        if (negated)
            pattern = $"(?:{RegexTranslation.Pair}|[^\\ud800-\\udfff{content}])";
        else if (others.Length == 0)
            pattern = $"[{content}]";
        else
            pattern = content.Length > 0 ? $"(?:[{content}]{others})" : $"(?:{others.ToString(1, others.Length - 1)})";
        return null;
    }

    private static string? Posix(string source, ref int at, StringBuilder content)
    {
        int end = source.IndexOf(":]", at, StringComparison.Ordinal);
        string name = end < 0 ? "" : source[(at + 2)..end];
        string? ranges = PosixClasses.RangesOf(name);
        if (ranges is null)
            return "an unknown class such as [:name:]";
        content.Append(ranges);
        at = end + 2;
        return null;
    }
}

/// <summary>The ASCII classes such as <c>[:alpha:]</c>, as ranges within a class.</summary>
internal static class PosixClasses
{
    public static string? RangesOf(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => "\\x00-\\x7f",
        "blank" => "\\t ",
        "cntrl" => "\\x00-\\x1f\\x7f",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => "!-/:-@\\[-`{-~",
        "space" => "\\t\\n\\v\\f\\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };
}
