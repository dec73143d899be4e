using System.Xml.Linq;

namespace KafkaFlow.TestRunner;

/// <summary>Outcome of one test as its program's XML result file tells.</summary>
internal sealed record TestResult(string Name, string Outcome, string Reason)
{
    public const string Pass = "Pass";
    public const string Fail = "Fail";
    public const string Skip = "Skip";

    public static IEnumerable<TestResult> Read(string xmlFile)
    {
        var document = XDocument.Load(xmlFile);
        foreach (var test in document.Descendants("test"))
        {
            var outcome = (string?)test.Attribute("result") ?? Fail;
            var reason = outcome == Skip
                ? (string?)test.Element("reason")
                : (string?)test.Element("failure")?.Element("message");
            yield return new((string?)test.Attribute("name") ?? "?", outcome, OneLine(reason ?? ""));
        }
        foreach (var error in document.Descendants("error"))
            yield return new(
                (string?)error.Attribute("name") ?? (string?)error.Attribute("type") ?? "fixture", Fail,
                OneLine((string?)error.Descendants("message").FirstOrDefault() ?? "error outside a test"));
    }

    public override string ToString() =>
        Outcome == Fail ? $"FAIL {Name}: {Reason}" : Outcome == Skip ? $"SKIP {Name}: {Reason}" : $"PASS {Name}";

    private static string OneLine(string text)
    {
        const int shown = 600;
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= shown ? line : line[..shown] + " ..";
    }
}
