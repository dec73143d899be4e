using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Scalars as values.</summary>
internal static class PlainValue
{
    /// <summary>The value as it stands; null for a number out of range.</summary>
    public static Value Of(YamlScalar scalar) => scalar.Type switch
    {
        ScalarType.True => Value.Bool(true),
        ScalarType.False => Value.Bool(false),
        ScalarType.Integer => Value.Int(ScalarTyping.Integer(scalar)),
        ScalarType.Real => Value.Double(ScalarTyping.Real(scalar.Text)),
        ScalarType.Text => Value.String(scalar.Text),
        _ => Value.Null,
    };

    /// <summary>Reports what a scalar cannot be or might not be meant to be.</summary>
    public static void Check(YamlScalar scalar, DiagnosticList problems)
    {
        if (scalar.Type == ScalarType.OutOfRange)
            problems.Error(scalar.At, DiagnosticCodes.BadValue, $"the number '{scalar.Text}' cannot be kept exactly",
                scalar.Text, "a 64-bit integer or a finite number", "quote it to keep it as text");
        else if (ScalarTyping.DiffersInYaml11(scalar))
            problems.Warn(scalar.At, DiagnosticCodes.AmbiguousScalar,
                $"'{scalar.Text}' is {scalar.Kind} here and something else in YAML 1.1", scalar.Text,
                "true, false, a decimal number or quoted text", "quote it, or write true or false");
    }
}
