using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaFlow.Playbooks;

/// <summary>Durations as text: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>, or a number of
/// seconds.</summary>
public static partial class DurationText
{
    [GeneratedRegex(@"^(?<number>[0-9]{1,12}(\.[0-9]{1,6})?)\s*(?<unit>ms|s|m|h|d)?\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?<number>[0-9]{1,15}(\.[0-9]{1,9})?)(?<unit>ms|s|m|h|d)\z")]
    private static partial Regex FormInPlaybook();

    /// <returns>Milliseconds of a text in a playbook, where a unit is required; null if it is none.</returns>
    internal static decimal? InPlaybook(string text) =>
        FormInPlaybook().Match(text) is { Success: true } match ? Millis(match) : null;

    /// <returns>False if it is none, or longer than <see cref="PlaybookLimits.MaxDurationMs"/>.</returns>
    public static bool TryParse(string text, out long millis)
    {
        millis = 0;
        var match = Form().Match(text.Trim());
        if (!match.Success) return false;
        var exact = Millis(match);
        if (exact > PlaybookLimits.MaxDurationMs) return false;
        millis = (long)exact;
        return true;
    }

    private static decimal Millis(Match match) =>
        decimal.Parse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture)
        * match.Groups["unit"].Value switch
        {
            "ms" => 1m, "m" => 60_000m, "h" => 3_600_000m, "d" => 86_400_000m, _ => 1_000m,
        };
}
