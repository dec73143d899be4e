using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace KafkaFlow.Playbooks.Yaml;

internal enum ScalarType { Text, Null, True, False, Integer, Real, OutOfRange }

/// <summary>
/// Types of plain scalars by the YAML 1.2 core schema. Quoted and block scalars are text. Numbers that JSON or 64 bits
/// cannot hold are <see cref="ScalarType.OutOfRange"/>.
/// </summary>
internal static partial class ScalarTyping
{
    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^0o[0-7]+\z|^0x[0-9a-fA-F]+\z")]
    private static partial Regex OctalOrHex();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0[0-9]+)\z")]
    private static partial Regex OtherInYaml11();

    public static ScalarType Of(string text, ScalarStyle style)
    {
        if (style is not (ScalarStyle.Plain or ScalarStyle.Any)) return ScalarType.Text;
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return ScalarType.Null;
            case "true" or "True" or "TRUE": return ScalarType.True;
            case "false" or "False" or "FALSE": return ScalarType.False;
        }
        if (Decimal().IsMatch(text) || OctalOrHex().IsMatch(text))
            return TryInteger(text, out _) ? ScalarType.Integer : ScalarType.OutOfRange;
        if (Float().IsMatch(text)) return double.IsFinite(Real(text)) ? ScalarType.Real : ScalarType.OutOfRange;
        return NotFinite().IsMatch(text) ? ScalarType.OutOfRange : ScalarType.Text;
    }

    /// <summary>True for plain text that YAML 1.1 reads as a boolean or an octal number.</summary>
    public static bool DiffersInYaml11(YamlScalar scalar) =>
        scalar.Style is ScalarStyle.Plain && OtherInYaml11().IsMatch(scalar.Text);

    public static long Integer(YamlScalar scalar) =>
        TryInteger(scalar.Text, out var value)
            ? value
            : throw new InvalidOperationException("scalar was typed as an integer but does not parse as one");

    public static double Real(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool TryInteger(string text, out long value)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            var digits = text.AsSpan(2);
            return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
                && value >= 0;
        }
        if (text.StartsWith("0o", StringComparison.Ordinal)) return TryOctal(text.AsSpan(2), out value);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out long value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (value > long.MaxValue >> 3) return false;
            value = value << 3 | (long)(digit - '0');
        }
        return true;
    }
}
