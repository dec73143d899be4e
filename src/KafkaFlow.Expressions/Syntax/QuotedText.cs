using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Syntax;

/// <summary>Reads string and bytes literals.</summary>
internal static class QuotedText
{
    /// <param name="strict">An unknown escape is an error; else, as in Jinja, it keeps its backslash.</param>
    /// <param name="multiline">A quote may span lines.</param>
    /// <returns>A string, or a byte array.</returns>
    public static object Read(string text, ref int at, bool raw, bool bytes, bool strict, bool multiline)
    {
        int start = at;
        char quote = text[at];
        bool triple = at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote;
        at += triple ? 3 : 1;
        var builder = new StringBuilder();
        var octets = bytes ? new List<byte>() : null;
        while (true)
        {
            if (at >= text.Length)
                throw new SyntaxException($"expected a closing {quote} but the text ends", start);
            char c = text[at];
            if (c == quote && (!triple || (at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote)))
            {
                at += triple ? 3 : 1;
                break;
            }
            if (c is '\n' or '\r' && !triple && !multiline)
                throw new SyntaxException($"expected a closing {quote} before the end of the line", start);
            at++;
            if (c != '\\' || raw)
                Append(builder, octets, text, c, ref at);
            else
                ReadEscape(text, ref at, builder, octets, strict);
        }
        return octets is null ? builder.ToString() : octets.ToArray();
    }

    private static void Append(StringBuilder builder, List<byte>? octets, string text, char c, ref int at)
    {
        if (octets is null)
        {
            builder.Append(c);
            return;
        }
        int length = char.IsHighSurrogate(c) && at < text.Length && char.IsLowSurrogate(text[at]) ? 2 : 1;
        octets.AddRange(Encoding.UTF8.GetBytes(text.Substring(at - 1, length)));
        at += length - 1;
    }

    private static void ReadEscape(string text, ref int at, StringBuilder builder, List<byte>? octets, bool strict)
    {
        int start = at - 1;
        if (at >= text.Length)
            throw new SyntaxException("escape without end", start);
        char c = text[at++];
        int simple = "abfnrtv\\?\"'`".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            Put("\a\b\f\n\r\t\v\\?\"'`"[simple]);
            return;
        }
        int code = c switch
        {
            'x' or 'X' => Digits(text, ref at, 2, 16),
            'u' when octets is null => Digits(text, ref at, 4, 16),
            'U' when octets is null => Digits(text, ref at, 8, 16),
            >= '0' and <= '3' => Octal(text, ref at),
            _ => -1,
        };
        if (code is >= 0 and <= 0x10FFFF && code is < 0xD800 or > 0xDFFF)
            PutCode(code);
        else if (!strict && code < 0)
            builder.Append('\\').Append(text, start + 1, at - start - 1);
        else
            throw new SyntaxException("bad escape sequence", start);

        void Put(char single)
        {
            builder.Append(single);
            octets?.Add((byte)single);
        }

        void PutCode(int point)
        {
            if (octets is null)
                builder.Append(char.ConvertFromUtf32(point));
            else
                octets.Add((byte)point);
        }
    }

    private static int Octal(string text, ref int at)
    {
        at--;
        return Digits(text, ref at, 3, 8);
    }

    private static int Digits(string text, ref int at, int count, int radix)
    {
        long code = 0;
        for (int i = 0; i < count; i++)
        {
            int digit = at + i < text.Length && char.IsAsciiHexDigit(text[at + i])
                ? int.Parse(text.AsSpan(at + i, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : radix;
            if (digit >= radix)
                return -1;
            code = (code * radix) + digit;
        }
        at += count;
        return code > 0x10FFFF ? 0x110000 : (int)code;
    }
}
