namespace KafkaFlow.Contracts;

/// <summary>
/// How many letters must be inserted, deleted or replaced to make one word of another (Levenshtein 1966).
/// </summary>
public static class EditDistance
{
    private const int MaxDistance = 3;

    /// <returns>The known word nearest to a mistyped one; null if none is near.</returns>
    public static string? Nearest(string typed, IEnumerable<string> known) =>
        known.Select(word => (Word: word, Distance: Between(typed, word)))
            .Where(candidate => candidate.Distance <= Math.Min(MaxDistance, typed.Length / 2 + 1))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();

    public static int Between(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
