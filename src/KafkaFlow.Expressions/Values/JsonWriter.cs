using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Values;

/// <summary>How JSON is laid out.</summary>
/// <param name="Spaced">A space after commas and colons.</param>
/// <param name="Sorted">Keys in code point order.</param>
/// <param name="HtmlSafe">ASCII only, and <c>' &lt; &gt; &amp;</c> escaped, so that the text may stand in
/// quotes.</param>
internal sealed record JsonLayout(bool Spaced, bool Sorted, bool HtmlSafe)
{
    public static readonly JsonLayout Compact = new(false, false, false);
    public static readonly JsonLayout Template = new(true, true, true);
}

/// <summary>Writes values as JSON; stops early once the text exceeds a maximum.</summary>
internal sealed class JsonWriter
{
    /// <summary>
    /// Deeper than any value made from data and one expression; reached only by lists made by a caller.
    /// </summary>
    private const int MaxDepth = 512;
    private readonly StringBuilder _out = new();
    private readonly JsonLayout _layout;
    private readonly int _maxChars;

    private JsonWriter(JsonLayout layout, int maxChars)
    {
        _layout = layout;
        _maxChars = maxChars;
    }

    public static string Write(Value value)
    {
        if (value.Error is { } error)
            throw new InvalidOperationException($"an error value has no JSON: {error.Code}: {error.Message}");
        var writer = new JsonWriter(JsonLayout.Compact, int.MaxValue);
        writer.Append(value, 0);
        return writer._out.ToString();
    }

    /// <returns>The text, or null if it is longer than the maximum.</returns>
    public static string? Write(Value value, JsonLayout layout, int maxChars)
    {
        var writer = new JsonWriter(layout, maxChars);
        writer.Append(value, 0);
        return writer._out.Length > maxChars ? null : writer._out.ToString();
    }

    private void Append(Value value, int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidOperationException($"data nested deeper than {MaxDepth} levels");
        if (_out.Length > _maxChars)
            return;
        switch (value.Kind)
        {
            case ValueKind.Missing:
            case ValueKind.Null:
                _out.Append("null");
                break;
            case ValueKind.Bool:
                _out.Append(value.Bits != 0 ? "true" : "false");
                break;
            case ValueKind.Int:
                _out.Append(CultureInfo.InvariantCulture, $"{value.Bits}");
                break;
            case ValueKind.UInt:
                _out.Append(CultureInfo.InvariantCulture, $"{value.Unsigned}");
                break;
            case ValueKind.Double:
                AppendDouble(value);
                break;
            case ValueKind.List:
                AppendList((ValueList)value.Object!, depth + 1);
                break;
            case ValueKind.Map:
                AppendMap((ValueMap)value.Object!, depth + 1);
                break;
            case ValueKind.Optional:
                // An empty optional has null as its content.
                Append(((OptionalValue)value.Object!).Content, depth + 1);
                break;
            default:
                AppendText(ValueText.Of(value));
                break;
        }
    }

    private void AppendDouble(Value value)
    {
        if (double.IsFinite(value.Number) || value.Object is WrittenNumber)
            _out.Append(ValueText.OfDouble(value));
        else
            _out.Append('"').Append(value.Number.ToString(CultureInfo.InvariantCulture)).Append('"');
    }

    private void AppendList(ValueList list, int depth)
    {
        _out.Append('[');
        for (int i = 0; i < list.Count && _out.Length <= _maxChars; i++)
        {
            if (i > 0)
                _out.Append(_layout.Spaced ? ", " : ",");
            Append(list[i], depth);
        }
        _out.Append(']');
    }

    private void AppendMap(ValueMap map, int depth)
    {
        int[]? order = _layout.Sorted ? SortedOrder(map) : null;
        _out.Append('{');
        for (int i = 0; i < map.Count && _out.Length <= _maxChars; i++)
        {
            if (i > 0)
                _out.Append(_layout.Spaced ? ", " : ",");
            int at = order is null ? i : order[i];
            AppendText(map is StringMap strings ? strings.NameAt(at) : ValueText.Of(map.KeyAt(at)));
            _out.Append(_layout.Spaced ? ": " : ":");
            Append(map.ValueAt(at), depth);
        }
        _out.Append('}');
    }

    private static int[] SortedOrder(ValueMap map)
    {
        var order = new int[map.Count];
        var keys = new string[map.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = ValueText.Of(map.KeyAt(i));
        }
        Array.Sort(keys, order, CodePointOrder.Instance);
        return order;
    }

    private void AppendText(string text)
    {
        _out.Append('"');
        int start = 0;
        for (int i = 0; i < text.Length && _out.Length <= _maxChars; i++)
        {
            char c = text[i];
            if (!MustEscape(text, i))
                continue;
            _out.Append(text, start, i - start);
            start = i + 1;
            int simple = "\"\\\n\r\t\b\f".IndexOf(c, StringComparison.Ordinal);
            if (simple >= 0)
                _out.Append('\\').Append("\"\\nrtbf"[simple]);
            else
                _out.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }
        _out.Append(text, start, text.Length - start).Append('"');
    }

    private bool MustEscape(string text, int index)
    {
        char c = text[index];
        if (c < ' ' || c is '"' or '\\')
            return true;
        if (_layout.HtmlSafe)
            return c > '~' || c is '<' or '>' or '&' or '\'';
        // A lone half of a pair has no UTF-8; escaped it survives a round trip.
        if (char.IsHighSurrogate(c))
            return index + 1 >= text.Length || !char.IsLowSurrogate(text[index + 1]);
        return char.IsLowSurrogate(c) && (index == 0 || !char.IsHighSurrogate(text[index - 1]));
    }
}
