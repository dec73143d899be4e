namespace KafkaFlow.Playbooks.Tests;

/// <summary>A source in which « stands directly before the place a diagnostic has to name.</summary>
internal sealed record MarkedSource(string Text, int Line, int Column)
{
    private const char Mark = '«';

    public static MarkedSource Parse(string marked)
    {
        var at = marked.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0 || marked.IndexOf(Mark, at + 1) >= 0) throw new ArgumentException("one « is needed", nameof(marked));
        var before = marked[..at];
        return new(before + marked[(at + 1)..], before.Count(c => c == '\n') + 1, at - before.LastIndexOf('\n'));
    }
}
