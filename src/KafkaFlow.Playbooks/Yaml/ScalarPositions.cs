using System.Globalization;
using YamlDotNet.Core;

namespace KafkaFlow.Playbooks.Yaml;

/// <summary>
/// Finds where a character of a scalar's value stands in the source. Value and source are walked together: folding,
/// indentation and escapes change white space and quotes only, so the other characters come in the same order.
/// </summary>
internal sealed class ScalarPositions(string source)
{
    private readonly SourceLines _lines = new(source);

    /// <param name="scalar">The scalar.</param>
    /// <param name="line">Line within the scalar's value, from 1.</param>
    /// <param name="column">Column within that line, from 1.</param>
    /// <returns>The position in the source; the scalar's own if the place cannot be found.</returns>
    public Position Locate(YamlScalar scalar, int line, int column)
    {
        var target = OffsetOf(scalar.Text, line, column);
        var at = Begin(scalar);
        if (at < 0) return scalar.At;
        for (var i = 0; i < target; i++)
        {
            if (char.IsWhiteSpace(scalar.Text[i])) continue;
            if (!Skip(scalar, ref at, scalar.Text[i])) return scalar.At;
        }
        var isEnd = target >= scalar.Text.Length || char.IsWhiteSpace(scalar.Text[target]);
        if (!isEnd) SkipSpace(scalar, ref at);
        return at <= source.Length ? _lines.PositionOf(at) : scalar.At;
    }

    private static int OffsetOf(string text, int line, int column)
    {
        var offset = 0;
        for (var l = 1; l < line; l++)
        {
            var next = text.IndexOf('\n', offset);
            if (next < 0) break;
            offset = next + 1;
        }
        return Math.Clamp(offset + column - 1, 0, text.Length);
    }

    /// <summary>Index of the first character of the content, after quote or block header.</summary>
    private int Begin(YamlScalar scalar)
    {
        var at = _lines.IndexOf(scalar.At);
        if (at < 0) return -1;
        if (scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted) return at + 1;
        if (scalar.Style is not (ScalarStyle.Literal or ScalarStyle.Folded)) return at;
        while (at < source.Length && !SourceLines.IsBreak(source[at])) at++;
        return at;
    }

    /// <summary>Moves behind the next visible character, which has to be the given one.</summary>
    private bool Skip(YamlScalar scalar, ref int at, char expected)
    {
        SkipSpace(scalar, ref at);
        if (at >= source.Length) return false;
        if (scalar.Style == ScalarStyle.SingleQuoted && source[at] == '\'')
        {
            at += 2;
            return expected == '\'';
        }
        if (scalar.Style == ScalarStyle.DoubleQuoted && source[at] == '\\') return SkipEscape(ref at, expected);
        return source[at++] == expected;
    }

    private void SkipSpace(YamlScalar scalar, ref int at)
    {
        while (at < source.Length)
        {
            if (char.IsWhiteSpace(source[at])) at++;
            else if (scalar.Style == ScalarStyle.DoubleQuoted && IsSpaceEscape(at)) at += 2;
            else return;
        }
    }

    private bool IsSpaceEscape(int at) =>
        source[at] == '\\' && at + 1 < source.Length
        && (source[at + 1] is 'n' or 't' or 'r' or ' ' or 'v' or 'f' or 'N' or '_' or 'L' or 'P' or '\t'
            || SourceLines.IsBreak(source[at + 1]));

    private bool SkipEscape(ref int at, char expected)
    {
        if (at + 1 >= source.Length) return false;
        var digits = source[at + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            at += 2;
            return true;
        }
        if (at + 2 + digits > source.Length) return false;
        var code = source.AsSpan(at + 2, digits);
        if (!int.TryParse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        if (value > char.MaxValue)
        {
            // A pair in the value is one escape in the source: the high half stays, the low half moves on.
            if (!char.IsHighSurrogate(expected)) at += 2 + digits;
            return true;
        }
        at += 2 + digits;
        return true;
    }
}
