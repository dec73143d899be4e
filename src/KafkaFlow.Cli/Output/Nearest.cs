namespace KafkaFlow.Cli.Output;

/// <summary>The nearest known word to a mistyped one, by edit distance (Levenshtein 1966).</summary>
internal static class Nearest
{
    private const int MaxDistance = 3;

    public static string? Of(string typed, IEnumerable<string> known) =>
        known.Select(word => (Word: word, Distance: Distance(typed, word)))
            .Where(candidate => candidate.Distance <= Math.Min(MaxDistance, typed.Length / 2 + 1))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.Length];
    }
}
