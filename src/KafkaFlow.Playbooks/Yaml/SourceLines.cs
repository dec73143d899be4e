namespace KafkaFlow.Playbooks.Yaml;

/// <summary>Where the lines of a source begin; line breaks are those that the scanner counts by.</summary>
internal sealed class SourceLines
{
    private readonly List<int> _starts = [0];
    private readonly string _source;

    public SourceLines(string source)
    {
        _source = source;
        for (var i = 0; i < source.Length; i++)
        {
            if (!IsBreak(source[i])) continue;
            if (source[i] == '\r' && i + 1 < source.Length && source[i + 1] == '\n') i++;
            _starts.Add(i + 1);
        }
    }

    public int Count => _starts.Count;

    /// <returns>The index of a position in the source, or -1 if it is outside.</returns>
    public int IndexOf(Position at)
    {
        if (at.Line < 1 || at.Line > _starts.Count) return -1;
        var index = _starts[at.Line - 1] + at.Column - 1;
        return index >= 0 && index <= _source.Length ? index : -1;
    }

    public Position PositionOf(int index)
    {
        var line = _starts.BinarySearch(index);
        if (line < 0) line = ~line - 1;
        return new(line + 1, index - _starts[line] + 1);
    }

    public static bool IsBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';
}
