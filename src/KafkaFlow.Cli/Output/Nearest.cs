using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Output;

/// <summary>The nearest known word to a mistyped one, by edit distance.</summary>
internal static class Nearest
{
    private const int MaxDistance = 3;

    public static string? Of(string typed, IEnumerable<string> known) =>
        known.Select(word => (Word: word, Distance: EditDistance.Between(typed, word)))
            .Where(candidate => candidate.Distance <= Math.Min(MaxDistance, typed.Length / 2 + 1))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();
}
