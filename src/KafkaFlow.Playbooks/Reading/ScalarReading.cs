using System.Globalization;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Single values of a playbook: text, words of a closed list, flags, durations.</summary>
internal static class ScalarReading
{
    /// <returns>The text of a scalar that is text, or null with a diagnostic.</returns>
    public static string? Text(YamlNode node, string what, DiagnosticList problems)
    {
        if (node is YamlScalar { IsText: true } scalar && scalar.Text.Length > 0) return scalar.Text;
        if (node is YamlScalar { IsText: true })
            problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is empty", "empty text", "text");
        else
            problems.WrongType(node, what, "text", node is YamlScalar { IsNull: false } ? "quote it" : null);
        return null;
    }

    /// <returns>The word if it is one of the list, or null with a diagnostic.</returns>
    /// <param name="other">What may stand there besides, in words.</param>
    public static string? Word(
        YamlNode node, string what, IReadOnlyList<string> words, DiagnosticList problems, string? other = null)
    {
        var expected = $"one of {string.Join(", ", other is null ? words : words.Append(other))}";
        if (node is not YamlScalar { IsText: true } scalar)
        {
            problems.WrongType(node, what, expected);
            return null;
        }
        if (words.Contains(scalar.Text)) return scalar.Text;
        problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is '{scalar.Text}'", scalar.Text,
            expected, NearestName.Hint(scalar.Text, words));
        return null;
    }

    /// <returns>A whole number of the range, or null with a diagnostic.</returns>
    public static int? Count(YamlNode node, string what, int least, int most, DiagnosticList problems)
    {
        if (node is not YamlScalar { Type: ScalarType.Integer or ScalarType.OutOfRange } scalar)
        {
            problems.WrongType(node, what, $"a whole number from {least} to {most}");
            return null;
        }
        if (scalar.Type == ScalarType.Integer && ScalarTyping.Integer(scalar) is var number && number >= least
            && number <= most) return (int)number;
        problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is out of range", scalar.Text,
            $"a whole number from {least} to {most}");
        return null;
    }

    /// <returns>A number of the range, or null with a diagnostic.</returns>
    public static double? Number(YamlNode node, string what, double least, double most, DiagnosticList problems)
    {
        double? number = node is not YamlScalar scalar ? null : scalar.Type switch
        {
            ScalarType.Integer => ScalarTyping.Integer(scalar),
            ScalarType.Real => ScalarTyping.Real(scalar.Text),
            _ => null,
        };
        var range = string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}");
        if (number is null)
            problems.WrongType(node, what, range);
        else if (number < least || number > most)
            problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is out of range", ((YamlScalar)node).Text,
                range);
        else
            return number;
        return null;
    }

    public static bool? Flag(YamlNode node, string what, DiagnosticList problems)
    {
        if (node is YamlScalar { Type: ScalarType.True or ScalarType.False } scalar)
            return scalar.Type == ScalarType.True;
        problems.WrongType(node, what, "true or false");
        return null;
    }

    /// <returns>Milliseconds of <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c> or of seconds.</returns>
    /// <param name="least">1, or 0 where none at all is a duration too.</param>
    public static long? Duration(YamlNode node, string what, DiagnosticList problems, long least = 1)
    {
        const string Form = "a duration like 500ms, 30s, 5m, 2h or 1d, or a number of seconds";
        var scalar = node as YamlScalar;
        decimal? milliseconds = scalar?.Type switch
        {
            ScalarType.Integer => ScalarTyping.Integer(scalar) * 1000m,
            ScalarType.Real when Math.Abs(ScalarTyping.Real(scalar.Text)) < 1e15 =>
                (decimal)ScalarTyping.Real(scalar.Text) * 1000m,
            ScalarType.Text => DurationText.InPlaybook(scalar.Text),
            _ => null,
        };
        if (milliseconds is null)
        {
            if (scalar is { IsText: true })
                problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is '{scalar.Text}'", scalar.Text, Form);
            else
                problems.WrongType(node, what, Form);
            return null;
        }
        if (milliseconds >= least && milliseconds <= PlaybookLimits.MaxDurationMs) return (long)milliseconds;
        problems.Error(node.At, DiagnosticCodes.BadValue, $"{what} is out of range", scalar!.Text,
            $"{least} ms to {PlaybookLimits.MaxDurationMs} ms");
        return null;
    }
}
