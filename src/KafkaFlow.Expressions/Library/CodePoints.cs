namespace KafkaFlow.Expressions.Library;

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
