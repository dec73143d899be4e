using System.Globalization;

namespace KafkaFlow.Expressions.Values;

/// <summary>Values as text: in templates (<c>true</c>, <c>null</c>, <c>1.0</c>, compact JSON) and in CEL.</summary>
internal static class ValueText
{
    /// <summary>The text of a value in a template.</summary>
    public static string Of(Value value) => value.Kind switch
    {
        ValueKind.String => value.Text,
        ValueKind.Null => "null",
        ValueKind.Bool => value.Bits != 0 ? "true" : "false",
        ValueKind.Int => value.Bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.UInt => value.Unsigned.ToString(CultureInfo.InvariantCulture),
        ValueKind.Double => OfDouble(value),
        ValueKind.Bytes => Convert.ToBase64String(((BytesValue)value.Object!).Data),
        ValueKind.Timestamp => Timestamps.Format(value),
        ValueKind.Duration => Durations.Format(value.Bits),
        ValueKind.Type => ((TypeValue)value.Object!).Name,
        ValueKind.Optional =>
            ((OptionalValue)value.Object!).HasValue ? Of(((OptionalValue)value.Object).Content) : "null",
        ValueKind.List or ValueKind.Map => JsonWriter.Write(value),
        _ => "",
    };

    /// <summary>As <see cref="Of"/>, but null if the text is longer than a text may be.</summary>
    public static string? Bounded(Value value)
    {
        string? text = value.Kind is ValueKind.List or ValueKind.Map
            ? JsonWriter.Write(value, JsonLayout.Compact, ExpressionLimits.TextChars)
            : Of(value);
        return text is null || text.Length > ExpressionLimits.TextChars ? null : text;
    }

    /// <summary>
    /// A number as it was written in JSON, else the shortest text that reads back the same, as Python has it.
    /// </summary>
    public static string OfDouble(Value value) =>
        value.Object is WrittenNumber written ? written.Text : PythonText(value.Number);

    /// <summary>CEL's text: the shortest that reads back the same, without <c>.0</c> on whole numbers.</summary>
    public static string CelText(double number)
    {
        string text = PythonText(number);
        return text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text;
    }

    private static string PythonText(double number)
    {
        if (double.IsNaN(number))
            return "NaN";
        if (double.IsInfinity(number))
            return number > 0 ? "Infinity" : "-Infinity";
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        string text = number.ToString("E16", CultureInfo.InvariantCulture);
        int exponent =
            int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        if (exponent is >= -4 and < 16)
            return Positional(number, shortest);
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        string digits = mark >= 0 ? shortest[..mark] : Scientific(shortest);
        char sign = exponent < 0 ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"{digits}e{sign}{Math.Abs(exponent):00}");
    }

    private static string Positional(double number, string shortest)
    {
        string text = shortest.Contains('E', StringComparison.Ordinal)
            ? decimal.Parse(shortest, NumberStyles.Float, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture)
            : shortest;
        return text.Contains('.', StringComparison.Ordinal) || !double.IsFinite(number) ? text : text + ".0";
    }

    private static string Scientific(string positional)
    {
        string sign = positional[0] == '-' ? "-" : "";
        string digits = positional.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal)
            .TrimStart('0').TrimEnd('0');
        return digits.Length == 1 ? sign + digits : $"{sign}{digits[0]}.{digits[1..]}";
    }
}

/// <summary>Order of strings by code point; .NET's ordinal order differs for characters beyond U+FFFF.</summary>
internal sealed class CodePointOrder : IComparer<string>
{
    public static readonly CodePointOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x;
        ReadOnlySpan<char> b = y;
        int common = a.CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length.CompareTo(b.Length);
        return Rank(a[common]).CompareTo(Rank(b[common]));
    }

    // Halves of pairs stand for code points above U+FFFF, so they come after U+E000..U+FFFF.
    private static int Rank(char c) => c >= 0xE000 ? c - 0x800 : c >= 0xD800 ? c + 0x2000 : c;
}
