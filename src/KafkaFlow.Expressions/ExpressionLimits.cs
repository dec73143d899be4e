namespace KafkaFlow.Expressions;

/// <summary>
/// What one text and one evaluation may use. Exceeding one is a diagnostic or an error value naming the limit.
/// </summary>
public static class ExpressionLimits
{
    /// <summary>Characters of a condition.</summary>
    public const int ConditionChars = 16 * 1024;
    /// <summary>Characters of a template.</summary>
    public const int TemplateChars = 256 * 1024;
    /// <summary>Height of the syntax tree and depth of nested blocks.</summary>
    public const int SyntaxDepth = 250;
    /// <summary>Nesting of lists and maps in data.</summary>
    public const int DataDepth = 64;
    /// <summary>Work units of one condition: see docs/expressions.md for what costs what.</summary>
    public const long ConditionFuel = 100_000;
    /// <summary>Work units of one template.</summary>
    public const long TemplateFuel = 500_000;
    /// <summary>Characters of any text or bytes made by an expression, and of the output of a template.</summary>
    public const int TextChars = 1024 * 1024;
    /// <summary>Elements of any list or map made by an expression.</summary>
    public const int Elements = 100_000;
    /// <summary>Characters of a regular expression.</summary>
    public const int PatternChars = 1_000;
    /// <summary>Bytes that the regular expressions of one text may take to make, and of one evaluation to match.
    /// </summary>
    public const long PatternBytes = 4 * 1024 * 1024;
    /// <summary>Compiled texts kept by one <see cref="ExpressionCache"/>.</summary>
    public const int CachedTexts = 2_048;
    /// <summary>Characters of all texts kept by one <see cref="ExpressionCache"/>; a longer text is not kept.</summary>
    public const int CachedChars = 512 * 1024;
}
