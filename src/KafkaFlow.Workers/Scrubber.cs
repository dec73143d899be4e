namespace KafkaFlow.Workers;

/// <summary>
/// Replaces secrets in text. Long ones wherever they stand; short ones, which also occur in ordinary words, only in
/// messages and only as whole words, so that results keep their meaning. Immutable.
/// </summary>
internal sealed class Scrubber
{
    public const string Replacement = "***";
    private const int MinLengthInResults = 6;
    private readonly string[] _secrets;

    public Scrubber(IEnumerable<string> secrets) =>
        _secrets = [.. secrets.Where(s => s.Length > 0).Distinct().OrderByDescending(s => s.Length)];

    /// <summary>For results: the JSON text of data.</summary>
    public string Result(string json)
    {
        foreach (var secret in _secrets.Where(s => s.Length >= MinLengthInResults))
        {
            json = json.Replace(secret, Replacement, StringComparison.Ordinal);
            json = json.Replace(Escaped(secret), Replacement, StringComparison.Ordinal);
        }
        return json;
    }

    /// <summary>For error messages, details and logs.</summary>
    public string Message(string text)
    {
        foreach (var secret in _secrets)
            text = secret.Length >= MinLengthInResults
                ? text.Replace(secret, Replacement, StringComparison.Ordinal)
                : ReplaceWords(text, secret);
        return text;
    }

    private static string Escaped(string secret) => Json.Text(writer => writer.WriteStringValue(secret))[1..^1];

    private static string ReplaceWords(string text, string word)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0;)
        {
            var end = at + word.Length;
            var isWhole = (at == 0 || !IsWord(text[at - 1])) && (end == text.Length || !IsWord(text[end]));
            if (isWhole) text = string.Concat(text.AsSpan(0, at), Replacement, text.AsSpan(end));
            at = text.IndexOf(word, isWhole ? at + Replacement.Length : at + 1, StringComparison.Ordinal);
        }
        return text;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
