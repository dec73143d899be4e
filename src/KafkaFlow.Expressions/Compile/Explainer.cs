namespace KafkaFlow.Expressions.Compile;

/// <summary>Turns the values traced in one run into parts of the text.</summary>
internal static class Explainer
{
    /// <summary>Values kept of one run; a loop may give more.</summary>
    public const int MaxEntries = 1_000;

    public static List<ExplainedPart> Parts(string text, List<(SyntaxNode Syntax, Value Value)> trace)
    {
        var last = new Dictionary<SyntaxNode, Value>();
        foreach ((SyntaxNode syntax, Value value) in trace)
            last[syntax] = value;
        var parts = new List<ExplainedPart>();
        foreach ((SyntaxNode syntax, Value value) in last.OrderBy(e => e.Key.Start).ThenByDescending(e => e.Key.End))
        {
            (int line, int column) = TextPosition.Of(text, syntax.Start);
            parts.Add(new ExplainedPart(text[syntax.Start..syntax.End], line, column, value));
        }
        return parts;
    }
}
