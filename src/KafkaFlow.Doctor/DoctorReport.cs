using System.Text.Json.Nodes;

namespace KafkaFlow.Doctor;

/// <summary>The results in the order of the checks.</summary>
public sealed record DoctorReport(IReadOnlyList<CheckResult> Checks)
{
    /// <summary>No check failed; warnings count as well.</summary>
    public bool Ok => Checks.All(check => check.Status != CheckStatus.Fail);

    public JsonObject ToJson() => new()
    {
        ["ok"] = Ok,
        ["checks"] = new JsonArray([.. Checks.Select(check => new JsonObject
        {
            ["name"] = check.Name,
            ["status"] = Word(check.Status),
            ["found"] = check.Found,
            ["expected"] = check.Expected,
            ["fix"] = check.Fix,
        })]),
    };

    /// <summary>A line for each check; below those that are not ok, what was expected and how to mend it.</summary>
    public void WriteText(TextWriter writer)
    {
        var width = Checks.Max(check => check.Name.Length);
        var indent = new string(' ', width + Word(CheckStatus.Skipped).Length + 4);
        foreach (var check in Checks)
        {
            var status = Word(check.Status).PadRight(Word(CheckStatus.Skipped).Length);
            writer.WriteLine($"{status}  {check.Name.PadRight(width)}  {check.Found}");
            if (check.Status is CheckStatus.Ok or CheckStatus.Skipped) continue;
            if (check.Expected is { } expected) writer.WriteLine($"{indent}expected: {expected}");
            if (check.Fix is { } fix) writer.WriteLine($"{indent}fix: {fix}");
        }
        var counts = Checks.GroupBy(check => check.Status).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {Word(group.Key)}");
        writer.WriteLine(string.Join(", ", counts));
    }

    private static string Word(CheckStatus status) => status switch
    {
        CheckStatus.Ok => "ok",
        CheckStatus.Warn => "warn",
        CheckStatus.Fail => "fail",
        CheckStatus.Skipped => "skipped",
        _ => throw new InvalidOperationException($"no status {status}"),
    };
}
