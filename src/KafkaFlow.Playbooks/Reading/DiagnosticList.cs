using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Collects what is wrong with one source. Owned by one compilation.</summary>
internal sealed class DiagnosticList(string file)
{
    private readonly List<PlaybookDiagnostic> _items = [];
    private int _errors;
    private int _warnings;

    public bool HasErrors => _errors > 0;

    /// <summary>No further error is kept: what would only look for more may stop.</summary>
    public bool IsFull => _errors >= PlaybookLimits.MaxDiagnostics;

    public bool IsFullOfWarnings => _warnings >= PlaybookLimits.MaxDiagnostics;

    public void Error(
        Position at, string code, string message, string? found = null, string? expected = null, string? hint = null)
    {
        if (_errors++ < PlaybookLimits.MaxDiagnostics)
            Add(at, PlaybookDiagnostic.Error, code, message, found, expected, hint);
    }

    public void Warn(
        Position at, string code, string message, string? found = null, string? expected = null, string? hint = null)
    {
        if (_warnings++ < PlaybookLimits.MaxDiagnostics)
            Add(at, PlaybookDiagnostic.Warning, code, message, found, expected, hint);
    }

    public void WrongType(YamlNode node, string what, string expected, string? hint = null) =>
        Error(node.At, DiagnosticCodes.WrongType, $"{what} is {node.Kind}, but has to be {expected}",
            node.Kind, expected, hint);

    /// <summary>Everything collected, by position.</summary>
    public IReadOnlyList<PlaybookDiagnostic> Sorted()
    {
        var sorted = _items.OrderBy(d => d.Line).ThenBy(d => d.Column).ToList();
        var dropped = _errors + _warnings - sorted.Count;
        if (dropped > 0)
            sorted.Add(sorted[^1] with
            {
                Severity = PlaybookDiagnostic.Warning, Code = DiagnosticCodes.MoreProblems, Found = null,
                Expected = null, Hint = null, Message = $"{dropped} more problems are not shown",
            });
        return sorted;
    }

    private void Add(
        Position at, string severity, string code, string message, string? found, string? expected, string? hint) =>
        _items.Add(new(file, at.Line, at.Column, severity, code, message, found, expected, hint));
}
