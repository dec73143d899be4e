namespace KafkaFlow.Playbooks.Reading;

/// <summary>The name somebody probably meant.</summary>
internal static class NearestName
{
    private const int MaxLength = 80;

    /// <returns>The candidate within a third of the letters (at least one, at most three edits), or null.</returns>
    public static string? Of(string typed, IEnumerable<string> candidates)
    {
        if (typed.Length is 0 or > MaxLength) return null;
        var best = Math.Clamp(typed.Length / 3, 1, 3) + 1;
        string? nearest = null;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - typed.Length) >= best) continue;
            var distance = Distance(typed, candidate);
            if (distance >= best) continue;
            (best, nearest) = (distance, candidate);
        }
        return nearest;
    }

    /// <returns>A hint naming the nearest candidate, else <paramref name="otherwise"/>.</returns>
    public static string? Hint(string typed, IEnumerable<string> candidates, string? otherwise = null) =>
        Of(typed, candidates) is { } nearest ? $"did you mean '{nearest}'?" : otherwise;

    /// <summary>Optimal string alignment: insert, delete, replace, swap of neighbours; case counts once.</summary>
    private static int Distance(string a, string b)
    {
        if (string.Equals(a, b, StringComparison.OrdinalIgnoreCase)) return a == b ? 0 : 1;
        var rows = new int[3][];
        for (var r = 0; r < rows.Length; r++) rows[r] = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) rows[0][j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var (above, twoAbove, row) = (rows[(i - 1) % 3], rows[(i + 1) % 3], rows[i % 3]);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
            }
        }
        return rows[a.Length % 3][b.Length];
    }
}
