using KafkaFlow.Avro;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Schemas;

/// <summary>The seven rules by which a subject may evolve.</summary>
internal static class CompatibilityLevels
{
    public const string Default = "BACKWARD";
    /// <summary>Reasons enough: the versions after that are not compared.</summary>
    private const int MaxProblems = 10_000;
    private const string None = "NONE";
    private const string Transitive = "_TRANSITIVE";

    public static readonly string[] All =
    [
        None, "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE",
    ];

    /// <summary>Against one chosen version the whole history does not count.</summary>
    public static string WithoutHistory(string level) => level.Replace(Transitive, "", StringComparison.Ordinal);

    /// <returns>Reasons against a schema as the next of a subject; empty if it may follow.</returns>
    /// <param name="earlier">The subject's versions, oldest first.</param>
    public static IReadOnlyList<string> Problems(
        string level, AvroSchema next, IReadOnlyList<SchemaVersion> earlier, SchemaReader reader)
    {
        if (level == None || earlier.Count == 0) return [];
        var against = level.EndsWith(Transitive, StringComparison.Ordinal) ? earlier : [earlier[^1]];
        var problems = new List<string>();
        foreach (var version in against)
        {
            if (problems.Count >= MaxProblems) break;
            if (reader.Registered(version.Content, out var unreadable) is not { } old)
            {
                problems.Add($"version {version.Number} cannot be read: {unreadable}");
                continue;
            }
            if (!level.StartsWith("FORWARD", StringComparison.Ordinal))
                problems.AddRange(Compare(next, old, $"new schema reading version {version.Number}"));
            if (!level.StartsWith("BACKWARD", StringComparison.Ordinal))
                problems.AddRange(Compare(old, next, $"version {version.Number} reading the new schema"));
        }
        return problems;
    }

    private static IEnumerable<string> Compare(AvroSchema reader, AvroSchema writer, string what) =>
        SchemaCompatibility.Problems(reader, writer).Select(problem => $"{what}: {problem}");
}
