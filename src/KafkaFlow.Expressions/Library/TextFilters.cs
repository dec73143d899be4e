using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>Filters that give text, with the behaviour they have in Jinja.</summary>
internal static class TextFilters
{
    private const int TruncateLength = 255;
    private const int TruncateLeeway = 5;

    public static readonly FunctionEntry[] All =
    [
        Plain("string", static s => s),
        Plain("lower", static s => s.ToLowerInvariant()),
        Plain("upper", static s => s.ToUpperInvariant()),
        Plain("capitalize", static s => s.Length == 0 ? s : char.ToUpperInvariant(s[0]) + s[1..].ToLowerInvariant()),
        new("trim", 0, 1, Trim, ["chars"]),
        new("replace", 2, 3, Replace, ["old", "new", "count"]),
        new("join", 0, 2, Join, ["d", "attribute"]),
        new("split", 0, 1, Split, ["separator"]),
        new("truncate", 0, 4, Truncate, ["length", "killwords", "end", "leeway"]),
        new("urlencode", 0, 0, UrlEncode, []),
        Plain("sqlquote", static s => $"'{s.Replace("'", "''", StringComparison.Ordinal)}'"),
    ];

    private static FunctionEntry Plain(string name, Func<string, string> map) =>
        new(name, 0, 0, (frame, a) => ValueText.Bounded(a[0]) is { } text && frame.ChargeText(text.Length + 2)
            ? Value.String(map(text))
            : TooLong(frame), []);

    public static Value TooLong(Frame frame)
    {
        frame.ChargeText(long.MaxValue);
        return frame.Stopped;
    }

    private static Value Trim(Frame frame, ReadOnlySpan<Value> a)
    {
        if (ValueText.Bounded(a[0]) is not { } text || !frame.ChargeText(text.Length))
            return TooLong(frame);
        if (a[1].IsMissing || a[1].Kind == ValueKind.Null)
            return Value.String(text.Trim());
        return a[1].Object is string chars ? Value.String(text.Trim(chars.ToCharArray()))
            : Failure.NoOverload("trim", a[..2]);
    }

    private static Value Replace(Frame frame, ReadOnlySpan<Value> a)
    {
        if (ValueText.Bounded(a[0]) is not { } text || ValueText.Bounded(a[1]) is not { } old
            || ValueText.Bounded(a[2]) is not { } with)
            return TooLong(frame);
        if (!a[3].IsMissing && !a[3].IsInt)
            return Failure.NoOverload("replace", a);
        return StringFunctions.Replaced(frame, text, old, with, a[3].IsMissing ? -1 : a[3].Bits);
    }

    private static Value Join(Frame frame, ReadOnlySpan<Value> a)
    {
        if (!Collections.TryItems(frame, a[0], out Value[] items))
            return frame.Fatal ?? Failure.NoOverload("join", a[..1]);
        string separator = a[1].IsMissing ? "" : ValueText.Bounded(a[1]) ?? "";
        string[]? path = a[2].Object is string attribute ? attribute.Split('.') : null;
        var result = new StringBuilder();
        for (int i = 0; i < items.Length; i++)
        {
            Value item = path is null ? items[i] : Attributes.Get(items[i], path);
            if (item.IsMissing)
                return Failure.Of("no_such_key", "join: an item has no such attribute");
            if (ValueText.Bounded(item) is not { } text)
                return TooLong(frame);
            if (i > 0)
                result.Append(separator);
            result.Append(text);
            if (!frame.Charge(1) || result.Length > ExpressionLimits.TextChars)
                break;
        }
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static Value Split(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || (!a[1].IsMissing && a[1].Object is not string))
            return Failure.NoOverload("split", a);
        if (!a[1].IsMissing)
            return StringFunctions.Pieces(frame, text, a[1].Text, -1);
        if (!frame.ChargeText(text.Length) || !frame.Charge(text.Length / 2 * (long)Collections.UnitsPerText))
            return frame.Stopped;
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return Collections.ListOf(frame, Array.ConvertAll(words, Value.String));
    }

    private static Value Truncate(Frame frame, ReadOnlySpan<Value> a)
    {
        if (ValueText.Bounded(a[0]) is not { } text || !frame.ChargeText(text.Length))
            return TooLong(frame);
        if ((!a[1].IsMissing && !a[1].IsInt) || (!a[3].IsMissing && a[3].Object is not string)
            || (!a[4].IsMissing && !a[4].IsInt))
            return Failure.NoOverload("truncate", a);
        long length = a[1].IsMissing ? TruncateLength : a[1].Bits;
        string end = a[3].IsMissing ? "..." : a[3].Text;
        long leeway = a[4].IsMissing ? TruncateLeeway : a[4].Bits;
        int endLength = CodePoints.Count(end);
        if (length < endLength || leeway < 0)
            return Failure.Invalid("truncate: the length is below that of the end, or the leeway is negative");
        if (CodePoints.Count(text) <= (Int128)length + leeway)
            return Value.String(text);
        string kept = text[..CodePoints.ToOffset(text, length - endLength)];
        int space = kept.LastIndexOf(' ');
        return Value.String((a[2].Truthy || space < 0 ? kept : kept[..space]) + end);
    }

    private static Value UrlEncode(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueMap map)
        {
            if (ValueText.Bounded(a[0]) is not { } text || !frame.ChargeText(text.Length * 3L))
                return TooLong(frame);
            return Value.String(Escaped(text, "/", plus: false));
        }
        var result = new StringBuilder();
        for (int i = 0; i < map.Count; i++)
        {
            if (ValueText.Bounded(map.KeyAt(i)) is not { } key || ValueText.Bounded(map.ValueAt(i)) is not { } value
                || !frame.ChargeText((key.Length + value.Length) * 3L) || result.Length > ExpressionLimits.TextChars)
                return TooLong(frame);
            result.Append(i > 0 ? "&" : "").Append(Escaped(key, "", plus: true)).Append('=')
                .Append(Escaped(value, "", plus: true));
        }
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static string Escaped(string text, string safe, bool plus)
    {
        var result = new StringBuilder(text.Length);
        foreach (byte octet in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)octet;
            if (char.IsAsciiLetterOrDigit(c) || "_.-~".Contains(c, StringComparison.Ordinal)
                || safe.Contains(c, StringComparison.Ordinal))
                result.Append(c);
            else if (c == ' ' && plus)
                result.Append('+');
            else
                result.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }
        return result.ToString();
    }
}
