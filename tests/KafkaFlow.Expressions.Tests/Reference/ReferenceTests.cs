using KafkaFlow.Expressions.Library;
using KafkaFlow.Testing;

namespace KafkaFlow.Expressions.Tests.Reference;

/// <summary>Executes the examples of docs/expressions.md.</summary>
[Trait("tier", "fast")]
public sealed class ReferenceTests
{
    private const string Arrow = " ==> ";
    private static readonly Lazy<(string Data, List<(string Kind, string Text, string Expected, int Line)> Examples)> Page = new(Read);

    [Fact]
    public void Every_example_of_the_reference_gives_what_it_says()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of(Page.Value.Data);
        var wrong = new List<string>();
        foreach ((string kind, string text, string expected, int line) in Page.Value.Examples)
        {
            string found = Run(kind, text, scope, variables);
            if (found != expected)
                wrong.Add($"line {line}: {text} gives {found}");
        }
        Assert.Empty(wrong);
        Assert.True(Page.Value.Examples.Count > 150, "the reference has lost its examples");
    }

    [Fact]
    public void Every_function_filter_and_test_has_an_example()
    {
        string examples = string.Join('\n', Page.Value.Examples.Select(e => e.Text));
        string[] absent =
        [
            .. FunctionTable.Globals.Keys.Where(n => !examples.Contains($"{n}(", StringComparison.Ordinal)),
            .. FunctionTable.Methods.Keys.Where(n => !examples.Contains($".{n}(", StringComparison.Ordinal)),
            .. FunctionTable.Filters.Keys.Where(n => !examples.Contains($"| {n}", StringComparison.Ordinal)),
            .. FunctionTable.Tests.Keys.Where(n => !examples.Contains($"is {n}", StringComparison.Ordinal)),
        ];
        Assert.Empty(absent);
    }

    /// <summary><c>KAFKAFLOW_WRITE_DOCS=1</c> writes the tables anew.</summary>
    [Fact]
    public void The_types_and_errors_of_every_function_are_what_calling_it_gives()
    {
        const string begin = "<!-- signatures -->\n";
        const string end = "\n<!-- end of signatures -->";
        string page = Path.Combine(TestEnvironment.RepositoryRoot, "docs", "expressions.md");
        string text = File.ReadAllText(page);
        int from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int to = text.IndexOf(end, StringComparison.Ordinal);
        string table = SignatureTable.Make();
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_WRITE_DOCS") == "1")
            File.WriteAllText(page, text[..from] + table + text[to..]);
        Assert.Equal(table, File.ReadAllText(page)[from..(from + table.Length)]);
    }

    private static string Run(string kind, string text, ExpressionScope scope, Bound variables)
    {
        ExpressionDiagnostic? problem;
        Value? value = kind switch
        {
            "cel" => Expression.TryCompile(text, scope, out problem)?.Evaluate(variables),
            "condition" => Condition.TryCompile(text, scope, out problem)?.Evaluate(variables),
            _ => Template.TryCompile(text, scope, out problem)?.Evaluate(variables),
        };
        if (value is not { } found)
            return $"error {problem?.Code}";
        return found.Error is { } error ? $"error {error.Code}" : found.ToJson();
    }

    private static (string, List<(string, string, string, int)>) Read()
    {
        string[] lines = File.ReadAllLines(Path.Combine(TestEnvironment.RepositoryRoot, "docs", "expressions.md"));
        var examples = new List<(string, string, string, int)>();
        string data = "";
        string kind = "";
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
                kind = lines[i][3..];
            else if (kind == "data")
                data += lines[i];
            else if (kind is "cel" or "condition" or "template")
                examples.Add(Split(kind, lines[i], i + 1));
        }
        return (data, examples);
    }

    private static (string, string, string, int) Split(string kind, string line, int number)
    {
        int arrow = line.LastIndexOf(Arrow, StringComparison.Ordinal);
        Assert.True(arrow > 0, $"line {number} has no{Arrow}: {line}");
        return (kind, line[..arrow], line[(arrow + Arrow.Length)..], number);
    }
}
