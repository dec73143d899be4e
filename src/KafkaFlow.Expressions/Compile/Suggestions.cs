namespace KafkaFlow.Expressions.Compile;

/// <summary>Names near to a mistyped one, and habits from other languages.</summary>
internal static class Suggestions
{
    private const int MaxCompared = 64;
    private static readonly Dictionary<string, string> Habits = new()
    {
        ["len"] = "size", ["length"] = "size", ["count"] = "size", ["toLower"] = "lowerAscii",
        ["toUpper"] = "upperAscii",
        ["lower"] = "lowerAscii", ["upper"] = "upperAscii", ["startswith"] = "startsWith", ["endswith"] = "endsWith",
        ["strip"] = "trim", ["None"] = "null", ["none"] = "null", ["nil"] = "null", ["undefined"] = "null",
        ["True"] = "true", ["False"] = "false", ["float"] = "double", ["str"] = "string", ["match"] = "matches",
        ["any"] = "exists", ["includes"] = "contains", ["typeof"] = "type",
    };

    public static string? Function(string name, IEnumerable<string> known) =>
        (Habits.TryGetValue(name, out string? habit) ? habit : null) ?? Nearest(name, known);

    public static string? Name(string name, string? nearest) =>
        Habits.TryGetValue(name, out string? habit) && habit is "null" or "true" or "false" ? habit : nearest;

    /// <summary>The known name at the least distance, if that is at most a third of the length.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(1, name.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate, least);
            if (distance < least)
            {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /// <summary>Damerau-Levenshtein distance (adjacent transpositions), or the bound if it is not below it.</summary>
    private static int Distance(string a, string b, int bound)
    {
        if (Math.Abs(a.Length - b.Length) >= bound || a.Length > MaxCompared || b.Length > MaxCompared)
            return bound;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                int least = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        }
        return rows[a.Length, b.Length];
    }
}
