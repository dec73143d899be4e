namespace KafkaFlow.Expressions.Syntax;

/// <summary>The language's own words, so that lexing them makes no new strings.</summary>
internal static class NameCache
{
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Words = new HashSet<string>(
    [
        "and", "or", "not", "in", "is", "if", "else", "elif", "for", "endfor", "endif", "set", "true", "false", "null",
        "none", "None", "True", "False", "defined", "default", "tojson", "lower", "upper", "string", "int", "join",
        "length", "replace", "size", "has", "all", "exists", "map", "filter", "workload", "result", "output", "data",
        "ctx", "event", "error", "status", "item", "index", "name", "id", "items", "execution_id", "attempt",
    ], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Get(ReadOnlySpan<char> name) =>
        Words.TryGetValue(name, out string? known) ? known : name.ToString();
}
