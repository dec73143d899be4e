using KafkaFlow.Contracts;

namespace KafkaFlow.PostgresSink;

/// <summary>Finds what no Postgres can hold before it is sent, since one such value fails a whole batch.</summary>
internal static class EventColumnText
{
    private static readonly long FirstMicros = Timestamp.FromDateTime(DateTime.UnixEpoch.AddYears(-1969)).UnixMicros;
    private static readonly long LastMicros = Timestamp.FromDateTime(DateTime.MaxValue.ToUniversalTime()).UnixMicros;

    /// <returns>null if the event can be stored, else the column and what is wrong with it.</returns>
    public static string? Problem(ExecutionEvent e)
    {
        if (TimeProblem(e.CreatedAt) is { } problem) return problem;
        var column = 0;
        foreach (var (value, _) in SinkTables.ValuesOf(e))
        {
            if (value is string text && TextProblem(text) is { } found)
                return $"column {SinkTables.EventColumns[column].Name} {found}";
            column++;
        }
        return null;
    }

    public static string? TimeProblem(Timestamp time) =>
        time.UnixMicros >= FirstMicros && time.UnixMicros <= LastMicros
            ? null
            : $"column created_at is {time.UnixMicros} microseconds, expected a time of the years 1 to 9999";

    private static string? TextProblem(string text)
    {
        var zero = text.IndexOf('\0', StringComparison.Ordinal);
        if (zero >= 0) return $"holds U+0000 at position {zero}";
        var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else return $"holds half of a surrogate pair at position {i}";
        }
        return null;
    }
}
