using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>The strings extension. Positions count code points.</summary>
internal static class StringFunctions
{
    public static readonly FunctionEntry[] Globals = [new("strings.quote", 1, 1, Quote)];

    public static readonly FunctionEntry[] Methods =
    [
        new("charAt", 1, 1, CharAt),
        new("indexOf", 1, 2, static (f, a) => IndexOf(f, a, last: false)),
        new("lastIndexOf", 1, 2, static (f, a) => IndexOf(f, a, last: true)),
        new("lowerAscii", 0, 0, static (f, a) =>
            Map(f, a, "lowerAscii", static s => string.Create(s.Length, s, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
                to[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        }))),
        new("upperAscii", 0, 0, static (f, a) =>
            Map(f, a, "upperAscii", static s => string.Create(s.Length, s, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
                to[i] = char.IsAsciiLetterLower(from[i]) ? (char)(from[i] & ~0x20) : from[i];
        }))),
        new("trim", 0, 0, static (f, a) => Map(f, a, "trim", static s => s.Trim())),
        new("reverse", 0, 0, Reverse),
        new("replace", 2, 3, Replace),
        new("split", 1, 2, Split),
        new("substring", 1, 2, Substring),
        new("join", 0, 1, Join),
        new("format", 1, 1, StringFormat.Format),
    ];

    private static Value Map(Frame frame, ReadOnlySpan<Value> a, string name, Func<string, string> map)
    {
        if (a[0].Object is not string text)
            return Failure.NoOverload(name, a);
        return frame.ChargeText(text.Length) ? Value.String(map(text)) : frame.Stopped;
    }

    private static Value CharAt(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || !a[1].IsInt)
            return Failure.NoOverload("charAt", a);
        frame.Charge(text.Length / 16);
        int offset = CodePoints.ToOffset(text, a[1].Bits);
        if (offset < 0)
            return Failure.Of("index_out_of_range", "charAt() is beyond the text");
        return Value.String(offset == text.Length ? "" : text.Substring(offset, CodePoints.Width(text, offset)));
    }

    private static Value IndexOf(Frame frame, ReadOnlySpan<Value> a, bool last)
    {
        string name = last ? "lastIndexOf" : "indexOf";
        if (a[0].Object is not string text || a[1].Object is not string part || (a.Length == 3 && !a[2].IsInt))
            return Failure.NoOverload(name, a);
        if (!frame.Charge(1 + ((text.Length + ((long)text.Length * Math.Min(part.Length, 64) / 16)) / 16)))
            return frame.Stopped;
        int from = a.Length == 3 ? CodePoints.ToOffset(text, a[2].Bits) : last ? text.Length : 0;
        if (from < 0)
            return Failure.Of("index_out_of_range", $"{name}() starts beyond the text");
        int found;
        if (!last)
            found = text.IndexOf(part, from, StringComparison.Ordinal);
        else if (part.Length == 0)
            found = from;
        else
            found = text.AsSpan(0, Math.Min(text.Length, from + part.Length)).LastIndexOf(part);
        return Value.Int(found < 0 ? -1 : CodePoints.ToIndex(text, found));
    }

    private static Value Reverse(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is ValueList list)
            return ListFunctions.Reverse(frame, list);
        if (a[0].Object is not string text)
            return Failure.NoOverload("reverse", a);
        return frame.ChargeText(text.Length) ? Value.String(Reversed(text)) : frame.Stopped;
    }

    public static string Reversed(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int end = text.Length; end > 0;)
        {
            int width = end > 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;
            end -= width;
            result.Append(text, end, width);
        }
        return result.ToString();
    }

    private static Value Replace(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string old || a[2].Object is not string with
            || (a.Length == 4 && !a[3].IsInt))
            return Failure.NoOverload("replace", a);
        return Replaced(frame, text, old, with, a.Length == 4 ? a[3].Bits : -1);
    }

    /// <param name="limit">How many occurrences; below zero all.</param>
    public static Value Replaced(Frame frame, string text, string old, string with, long limit)
    {
        if (!frame.ChargeText(text.Length))
            return frame.Stopped;
        var result = new StringBuilder(text.Length);
        int at = 0;
        while (limit != 0)
        {
            int found = old.Length > 0 ? text.IndexOf(old, at, StringComparison.Ordinal) : at;
            if (found < 0 || result.Length > ExpressionLimits.TextChars)
                break;
            result.Append(text, at, found - at).Append(with);
            limit--;
            int width = old.Length > 0 ? old.Length : found < text.Length ? CodePoints.Width(text, found) : 0;
            if (old.Length == 0)
                result.Append(text, found, width);
            at = found + width;
            if (width == 0)
                break;
        }
        result.Append(text, at, text.Length - at);
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static Value Split(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string separator || (a.Length == 3 && !a[2].IsInt))
            return Failure.NoOverload("split", a);
        return Pieces(frame, text, separator, a.Length == 3 ? a[2].Bits : -1);
    }

    /// <param name="limit">How many pieces at most; below zero any number.</param>
    public static Value Pieces(Frame frame, string text, string separator, long limit)
    {
        if (!frame.ChargeText(text.Length))
            return frame.Stopped;
        var pieces = new List<Value>();
        if (limit == 0)
            return Value.From(ValueList.Empty);
        int at = 0;
        while (limit < 0 || pieces.Count < limit - 1)
        {
            int found;
            if (separator.Length > 0)
                found = text.IndexOf(separator, at, StringComparison.Ordinal);
            else
                found = at < text.Length && at + CodePoints.Width(text, at) < text.Length
                    ? at + CodePoints.Width(text, at) : -1;
            if (found < 0)
                break;
            if (pieces.Count >= ExpressionLimits.Elements || !frame.Charge(Collections.UnitsPerText))
                break;
            pieces.Add(Value.String(text[at..found]));
            at = found + separator.Length;
        }
        if (separator.Length > 0 || at < text.Length)
            pieces.Add(Value.String(text[at..]));
        return frame.ChargeElements(pieces.Count) ? Collections.ListOf(frame, pieces) : frame.Stopped;
    }

    private static Value Substring(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || !a[1].IsInt || (a.Length == 3 && !a[2].IsInt))
            return Failure.NoOverload("substring", a);
        if (!frame.ChargeText(text.Length))
            return frame.Stopped;
        int from = CodePoints.ToOffset(text, a[1].Bits);
        int to = a.Length == 3 ? CodePoints.ToOffset(text, a[2].Bits) : text.Length;
        return from < 0 || to < 0 || from > to
            ? Failure.Of("index_out_of_range", "substring() is beyond the text or reversed")
            : Value.String(text[from..to]);
    }

    private static Value Join(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not ValueList list || (a.Length == 2 && a[1].Object is not string))
            return Failure.NoOverload("join", a);
        string separator = a.Length == 2 ? a[1].Text : "";
        var result = new StringBuilder();
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i].Object is not string piece)
                return Failure.Of("no_such_overload", $"join() needs texts, found {KindName.Of(list[i])}");
            if (i > 0)
                result.Append(separator);
            result.Append(piece);
            if (!frame.Charge(1) || result.Length > ExpressionLimits.TextChars)
                break;
        }
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static Value Quote(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text)
            return Failure.NoOverload("strings.quote", a);
        if (!frame.ChargeText(text.Length * 2L))
            return frame.Stopped;
        var result = new StringBuilder(text.Length + 2).Append('"');
        foreach (Rune rune in text.EnumerateRunes())
        {
            int simple = rune.IsAscii ? "\a\b\f\n\r\t\v\\\"".IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
            if (simple >= 0)
                result.Append('\\').Append("abfnrtv\\\""[simple]);
            else
                result.Append(rune.ToString());
        }
        return Value.String(result.Append('"').ToString());
    }
}

/// <summary>Strings counted in code points.</summary>
internal static class CodePoints
{
    /// <summary>UTF-16 units of the code point at an index.</summary>
    public static int Width(string text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    public static int Count(string text)
    {
        int pairs = 0;
        int from = 0;
        while (text.AsSpan(from).IndexOfAnyInRange('\uD800', '\uDBFF') is var at && at >= 0)
        {
            from += at;
            pairs += Width(text, from) - 1;
            from++;
        }
        return text.Length - pairs;
    }

    /// <summary>The UTF-16 offset of a code point's index, which may be the length; -1 if out of range.</summary>
    public static int ToOffset(string text, long index)
    {
        if (index < 0 || index > text.Length)
            return -1;
        int offset = 0;
        for (long i = 0; i < index; i++)
        {
            if (offset >= text.Length)
                return -1;
            offset += Width(text, offset);
        }
        return offset;
    }

    public static int ToIndex(string text, int offset) => Count(text[..offset]);
}
